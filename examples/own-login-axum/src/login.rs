//! The application's own sign-in page.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use oauth_core::{
    AuthorizationServer,
    clock::{Clock, SystemClock},
    model::Secret,
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    page::page,
    session::{self, Failed, SignedIn},
};

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    csrf: &'a str,
    return_to: &'a str,
    wrong: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    csrf: String,
    return_to: String,
    username: String,
    password: String,
}

pub(crate) async fn show(
    session: Session,
    Query(fields): Query<Fields>,
) -> Result<Response, Failed> {
    let csrf = session::csrf(&session).await?;
    Ok(page(&Login { csrf: &csrf, return_to: &fields.return_to, wrong: false }))
}

pub(crate) async fn sign_in(
    State(server): State<AuthorizationServer>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    if !session::is_own(&session, &fields.csrf).await? {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    // Your own users are asked here: a table, LDAP, a passkey.
    let good = Secret::new(fields.password) == Secret::new("wonderland");
    if fields.username != "alice" || !good {
        let csrf = session::csrf(&session).await?;
        return Ok(page(&Login { csrf: &csrf, return_to: &fields.return_to, wrong: true }));
    }
    let since = SystemClock.now();
    session::sign_in(&session, SignedIn { user: fields.username, since }).await?;
    // Only an authorization request of this server is a place to go on to.
    let next = server.return_to(&fields.return_to);
    Ok(Redirect::to(next.as_ref().map_or("/login", |next| next.as_str())).into_response())
}
