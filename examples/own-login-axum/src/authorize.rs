//! The application's own consent page, around the extractor that has checked everything else.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use oauth_core::{Approval, model::Scope};
use oauth_core_axum::AuthorizationRequest;
use tower_sessions::Session;

use crate::{
    page::page,
    session::{self, Failed},
};

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    user: &'a str,
    client: &'a str,
    host: &'a str,
    scope: &'a Scope,
    action: &'a str,
    csrf: &'a str,
}

/// `GET /authorize`: asks whoever is signed in.
pub(crate) async fn ask(
    session: Session,
    request: AuthorizationRequest,
) -> Result<Response, Failed> {
    let another = request.prompt().select_account;
    let signed_in = match session::signed_in(&session).await? {
        Some(signed_in) if !request.needs_sign_in(signed_in.since) && !another => signed_in,
        _ => return Ok(request.sign_in_at("/login")),
    };
    if request.prompt().none {
        return Ok(request.consent_required());
    }
    let address = request.address();
    Ok(page(&Consent {
        user: &signed_in.user,
        client: request.client().display_name(),
        host: request.redirect_uri().display_host(),
        scope: request.scope(),
        action: &address,
        csrf: &session::ask(&session, "consent", &shown(&request)).await?,
    }))
}

/// `POST /authorize`: the consent form comes back to the same address, so that the same request is
/// there again, checked again, with the form in its body.
pub(crate) async fn answer(
    session: Session,
    request: AuthorizationRequest,
) -> Result<Response, Failed> {
    let Some(signed_in) = session::signed_in(&session).await? else {
        return Ok(request.sign_in_at("/login"));
    };
    let Ok(form) = request.form() else { return Ok(StatusCode::BAD_REQUEST.into_response()) };
    let (shown, sent) = (shown(&request), form.get("csrf").unwrap_or_default());
    if !session::is_answer(&session, "consent", &shown, sent).await? {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    Ok(match form.get("decision") {
        Some("allow") => {
            request.allow(Approval::new(signed_in.user).auth_time(signed_in.since)).await
        }
        _ => request.deny(),
    })
}

/// What the page shows: what is allowed is this, whatever the client's record says by then.
fn shown(request: &AuthorizationRequest) -> [String; 4] {
    let (client, to) = (request.client().display_name(), request.redirect_uri().as_str());
    // What it is for (RFC 8707) is in the address.
    [request.address(), client.to_owned(), to.to_owned(), request.scope().to_string()]
}
