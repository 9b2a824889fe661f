//! The application's own sessions, with the `tower-sessions` crate.

use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    clock::Timestamp,
    model::Secret,
    random::{Random, SystemRandom},
};
use serde::{Deserialize, Serialize};
use tower_sessions::{Expiry, MemoryStore, Session, SessionManagerLayer, cookie::SameSite};

/// Who is signed in, and since when.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct SignedIn {
    pub(crate) user: String,
    pub(crate) since: Timestamp,
}

/// A session that cannot be read or written is a 500: there is nothing to sign in to.
pub(crate) type Failed = StatusCode;

pub(crate) fn layer() -> SessionManagerLayer<MemoryStore> {
    SessionManagerLayer::new(MemoryStore::default())
        // On http://127.0.0.1; keep the default on https.
        .with_secure(false)
        // `Strict` would hide the session from a visitor who comes from the client's page.
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::hours(8)))
}

pub(crate) async fn signed_in(session: &Session) -> Result<Option<SignedIn>, Failed> {
    session.get("signed_in").await.map_err(failed)
}

/// Signs in, under a new session identifier, so that one planted before is worth nothing.
pub(crate) async fn sign_in(session: &Session, signed_in: SignedIn) -> Result<(), Failed> {
    session.cycle_id().await.map_err(failed)?;
    session.insert("signed_in", signed_in).await.map_err(failed)
}

/// Remembers what a page asks; the token that its form carries. The last page of a kind counts.
pub(crate) async fn ask(session: &Session, kind: &str, asked: &[String]) -> Result<String, Failed> {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    session.insert(kind, (&token, asked)).await.map_err(failed)?;
    Ok(token)
}

/// Whether a form answers what the last page of this kind asked, and for the first time.
pub(crate) async fn is_answer(
    session: &Session,
    kind: &str,
    asked: &[String],
    sent: &str,
) -> Result<bool, Failed> {
    let last: Option<(String, Vec<String>)> = session.get(kind).await.map_err(failed)?;
    let good = last
        .is_some_and(|(token, shown)| Secret::new(token) == Secret::new(sent) && shown == asked);
    if good {
        session.remove::<(String, Vec<String>)>(kind).await.map_err(failed)?;
    }
    Ok(good)
}

fn failed(_: tower_sessions::session::Error) -> Failed {
    StatusCode::INTERNAL_SERVER_ERROR
}
