//! Records that the checks work with.

use std::fmt::Display;

use oauth_core::{
    clock::Timestamp,
    model::{
        AccessToken, ApplicationType, Artefact, AuthorizationCode, Digest, Grant, GrantId, Issued,
        RedirectUri, RefreshToken, ResourceId, Scope, Subject, Tenant,
    },
    store::{Exchange, Found, GrantStore, Spend, StoreError},
};
use serde_json::{Map, json};

/// When everything happens.
pub(super) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Lifetimes, in seconds.
pub(super) const CODE: u32 = 60;
pub(super) const ACCESS: u32 = 3_600;
pub(super) const REFRESH: u32 = 86_400;
pub(super) const GRANT: u32 = 30 * 86_400;

/// The way in which codes and most refresh tokens are spent.
pub(super) const ONCE: Spend = Spend::Once { successor_nonce: None, predecessor: None };

pub(super) fn tenant() -> Tenant {
    Tenant::from("tenant")
}

/// The key that goes by `name`.
pub(super) fn key(name: impl Display) -> Digest {
    Digest::of(&format!("the secret of {name}"))
}

pub(super) fn grant_id(name: impl Display) -> GrantId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&key(name).as_bytes()[..16]);
    GrantId::from_bytes(bytes)
}

/// A grant with something in every field.
pub(super) fn grant(name: impl Display) -> Grant {
    Grant {
        id: grant_id(name),
        client_id: "client".into(),
        subject: Some(Subject::from("subject")),
        scope: scope("photos:read photos:write openid"),
        resources: vec![resource("https://photos.example/v1?a=b"), resource("urn:example:prints")],
        redirect_uri: Some(redirect_uri()),
        claims: claims(),
        auth_time: Some(NOW.minus(30)),
        created_at: NOW,
        expires_at: NOW.plus(GRANT),
    }
}

fn claims() -> Map<String, serde_json::Value> {
    let value = json!({
        "name": "Zoë \"Q\" O'Hara\n\u{1f33b}",
        "roles": ["admin", null, true, -1, 0.5],
        "nested": { "largest": u64::MAX, "empty": {}, "zero": "\u{0}" },
    });
    value.as_object().cloned().unwrap_or_default()
}

pub(super) fn scope(text: &str) -> Scope {
    ok(Scope::parse(text), "a scope of the checks")
}

pub(super) fn resource(text: &str) -> ResourceId {
    ok(ResourceId::parse(text), "a resource of the checks")
}

fn redirect_uri() -> RedirectUri {
    let uri = "https://client.example/cb?x=%20y&z=%27";
    ok(RedirectUri::register(uri, ApplicationType::Web), "a redirect URI")
}

/// An authorization code with something in every field.
pub(super) fn code(name: impl Display, grant: &Grant) -> Issued {
    let artefact = Artefact::AuthorizationCode(AuthorizationCode {
        redirect_uri: Some(redirect_uri()),
        code_challenge: Some(key("a verifier")),
    });
    issued(name, grant, artefact, CODE)
}

/// An access token with something in every field.
pub(super) fn access(name: impl Display, grant: &Grant) -> Issued {
    let artefact = Artefact::AccessToken(AccessToken {
        scope: scope("photos:read"),
        audience: vec![resource("https://photos.example/v1?a=b")],
    });
    issued(name, grant, artefact, ACCESS)
}

/// The first refresh token of a grant.
pub(super) fn refresh(name: impl Display, grant: &Grant) -> Issued {
    issued(
        name,
        grant,
        Artefact::RefreshToken(RefreshToken { predecessor: None, refresh_count: 0 }),
        REFRESH,
    )
}

/// The refresh token that came after `predecessor`.
pub(super) fn successor(name: impl Display, grant: &Grant, predecessor: Digest) -> Issued {
    let artefact =
        Artefact::RefreshToken(RefreshToken { predecessor: Some(predecessor), refresh_count: 7 });
    issued(name, grant, artefact, REFRESH)
}

pub(super) fn issued(
    name: impl Display,
    grant: &Grant,
    artefact: Artefact,
    lifetime: u32,
) -> Issued {
    Issued {
        key: key(name),
        grant: grant.id,
        artefact,
        issued_at: NOW,
        expires_at: NOW.plus(lifetime),
    }
}

/// What a verb returned, if it did what it was asked.
#[expect(clippy::panic, reason = "a failed check is a panic")]
#[track_caller]
pub(super) fn ok<T, E: std::error::Error>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => {
            let mut message = format!("{what} failed: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                message = format!("{message}: {cause}");
                source = cause.source();
            }
            panic!("{message}");
        }
    }
}

/// Issues, in the tenant of the checks.
pub(super) async fn issue<S: GrantStore>(store: &S, grant: &Grant, items: &[Issued]) {
    ok(store.issue(&tenant(), grant, items).await, "issue");
}

/// Finds, in the tenant of the checks.
pub(super) async fn find<S: GrantStore>(store: &S, key: &Digest) -> Option<Found> {
    ok(GrantStore::find(store, &tenant(), key).await, "find")
}

/// Exchanges, in the tenant of the checks.
pub(super) async fn exchange<S: GrantStore>(
    store: &S,
    key: &Digest,
    spend: Spend,
    items: &[Issued],
    at: Timestamp,
) -> Exchange {
    ok(store.exchange(&tenant(), key, &spend, items, at).await, "exchange")
}

pub(super) fn is_conflict<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict))
}
