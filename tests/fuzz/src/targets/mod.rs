//! The targets, one per file: what is sent, and what must hold.

mod assertion;
mod authorize;
mod bearer;
mod claims;
mod client_document;
mod form;
mod introspection_answer;
mod jwks;
mod jwt;
mod private_key;
mod redirect_uri;
mod registration;
mod resource;
mod scope;

/// Something that reads what strangers send.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is that of the folder with its seeds, too.
    pub name: &'static str,
    /// Panics if a property does not hold.
    pub check: fn(&[u8]),
}

macro_rules! targets {
    ($($name:ident)*) => {
        /// All of them.
        pub const TARGETS: &[Target] =
            &[$(Target { name: stringify!($name), check: $name::check }),*];
    };
}

targets! {
    assertion
    authorize
    bearer
    claims
    client_document
    form
    introspection_answer
    jwks
    jwt
    private_key
    redirect_uri
    registration
    resource
    scope
}
