//! The pages of own applications, as endpoints like the others.
//!
//! An application that is somebody else's is answered like one that does not exist.

mod delete;
mod edit;
mod list;
mod new;
mod rotate;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use oauth_core::{
    context::Context,
    error::Error,
    http_types::Response,
    model::{Client, ClientId},
    store::StoreError,
};

pub(crate) use self::{
    delete::DeleteApplicationEndpoint, edit::EditApplicationEndpoint, list::ApplicationsEndpoint,
    new::NewApplicationEndpoint, rotate::RotateSecretEndpoint,
};
use crate::{
    applications::{Applications, Draft, Faults, Kind, field},
    response::page,
    scope_words::ScopeLine,
    setup::{APPS, EDIT_APP, Setup},
    views::{self, Here, Outcome, ScopeBox},
};

/// The address of a page about one application.
fn address(setup: &Setup, context: &Context, page: &str, client_id: &ClientId) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("client_id", client_id.as_str()).finish();
    format!("{}?{query}", setup.path(context, page))
}

/// The answer about an application that does not exist, and about one that is somebody else's.
fn not_found(setup: &Setup) -> Response {
    let view = views::Error {
        theme: &setup.theme,
        heading: "No such application",
        message: "There is no such application among yours. It may have been deleted.",
        code: None,
    };
    page(StatusCode::NOT_FOUND, &view)
}

/// Why an application could not be changed that somebody else was changing all the time.
fn keeps_changing() -> Error {
    StoreError::unavailable("the application keeps changing").into()
}

/// What tells the secrets of an application from those that it had before. A MAC, because hashes
/// are not shown.
fn secrets_mark(setup: &Setup, context: &Context, client: &Client) -> Result<String, Error> {
    // Texts and numbers, which always serialize.
    let secrets = serde_json::to_vec(&client.secrets).unwrap_or_default();
    let parts = [b"secrets", client.client_id.as_str().as_bytes(), &secrets];
    Ok(BASE64_URL_SAFE_NO_PAD.encode(setup.keys.seal(context, &parts)?))
}

/// The fields of a form about an application.
fn fields<'a>(
    setup: &'a Setup,
    applications: &'a Applications,
    draft: &'a Draft,
    faults: &'a Faults,
) -> views::ApplicationFields<'a> {
    let lines = setup.words.lines(applications.allowed().iter());
    let scope_box = |line: ScopeLine<'a>| ScopeBox {
        field: field(line.token),
        ticked: draft.scope.contains(line.token),
        line,
    };
    views::ApplicationFields { draft, faults, scopes: lines.into_iter().map(scope_box).collect() }
}

/// The page that shows what an application proves itself with, its secret only when it is new.
fn credentials(
    setup: &Setup,
    context: &Context,
    client: &Client,
    outcome: Outcome<'_>,
) -> Response {
    let status = match outcome {
        Outcome::Registered { .. } | Outcome::Rotated { .. } => StatusCode::OK,
        Outcome::RegisteredAlready | Outcome::RotatedAlready => StatusCode::CONFLICT,
    };
    let view = views::ApplicationCredentials {
        theme: &setup.theme,
        nav: setup.nav(context, Here::BelowApplications),
        name: client.display_name(),
        client_id: client.client_id.as_str(),
        kind: Kind::of(client),
        outcome,
        edit: &address(setup, context, EDIT_APP, &client.client_id),
        back: &setup.path(context, APPS),
    };
    page(status, &view)
}
