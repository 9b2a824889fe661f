//! The application's own sign-in page.

use std::net::SocketAddr;

use askama::Template;
use axum::{
    Form,
    body::Body,
    extract::{ConnectInfo, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use oauth_core::{
    AuthorizationServer,
    clock::{Clock, SystemClock},
    model::Secret,
    throttle::GuessAt,
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
    let csrf = session::ask(&session, "login", &[]).await?;
    Ok(page(&Login { csrf: &csrf, return_to: &fields.return_to, wrong: false }))
}

pub(crate) async fn sign_in(
    State(server): State<AuthorizationServer>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    if !session::is_answer(&session, "login", &[], &fields.csrf).await? {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    let who = fields.username.trim().to_lowercase();
    let context = server.context_for(peer.ip()).ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    // Until a wrong guess was counted, few others are looked at.
    let _turn = match context.turn_to_guess(GuessAt::Password, &who).await {
        Ok(turn) => turn,
        Err(error) => return Ok(context.error_page(&error).map(Body::from)),
    };
    // Your own users are asked here: a table, LDAP, a passkey.
    let good = Secret::new(fields.password) == Secret::new("wonderland");
    if fields.username != "alice" || !good {
        context.guessed_wrong(GuessAt::Password, &who).await;
        let csrf = session::ask(&session, "login", &[]).await?;
        return Ok(page(&Login { csrf: &csrf, return_to: &fields.return_to, wrong: true }));
    }
    let since = SystemClock.now();
    session::sign_in(&session, SignedIn { user: fields.username, since }).await?;
    // Only an authorization request of this server is a place to go on to.
    let next = server.return_to(&fields.return_to);
    Ok(Redirect::to(next.as_ref().map_or("/login", |next| next.as_str())).into_response())
}
