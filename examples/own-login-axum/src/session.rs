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

/// The pages of a kind that may be open at once, in as many tabs. The oldest gives way.
const OPEN: usize = 8;

/// The tokens of the forms that are open, and what each of them asks.
type Asked = Vec<(String, Vec<String>)>;

/// Remembers what a page asks; the token that its form carries.
pub(crate) async fn ask(session: &Session, kind: &str, asked: &[String]) -> Result<String, Failed> {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let mut open: Asked = session.get(kind).await.map_err(failed)?.unwrap_or_default();
    open.drain(..open.len().saturating_sub(OPEN - 1));
    open.push((token.clone(), asked.to_vec()));
    session.insert(kind, open).await.map_err(failed)?;
    Ok(token)
}

/// Whether a form answers what a page of this kind asked, and for the first time.
pub(crate) async fn is_answer(
    session: &Session,
    kind: &str,
    asked: &[String],
    sent: &str,
) -> Result<bool, Failed> {
    let mut open: Asked = session.get(kind).await.map_err(failed)?.unwrap_or_default();
    let sent = Secret::new(sent);
    let answered =
        open.iter().position(|(token, shown)| Secret::new(token) == sent && shown == asked);
    if let Some(answered) = answered {
        open.remove(answered);
        session.insert(kind, open).await.map_err(failed)?;
    }
    Ok(answered.is_some())
}

fn failed(_: tower_sessions::session::Error) -> Failed {
    StatusCode::INTERNAL_SERVER_ERROR
}
