//! The pages as endpoints. Each has a `get` and a `post`, and whatever fails in them is the
//! server's error page.

mod applications;
mod authorize;
mod connected_apps;
mod sign_in;
mod sign_out;

pub(crate) use self::{
    applications::{
        ApplicationsEndpoint, DeleteApplicationEndpoint, EditApplicationEndpoint,
        NewApplicationEndpoint, RotateSecretEndpoint,
    },
    authorize::AuthorizeEndpoint,
    connected_apps::ConnectedAppsEndpoint,
    sign_in::SignInEndpoint,
    sign_out::SignOutEndpoint,
};
