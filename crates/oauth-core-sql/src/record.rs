//! Records as columns, and back. What cannot be read is
//! [`Corrupt`](oauth_core::store::StoreError::Corrupt) and names its row.

use std::{fmt::Display, sync::Arc};

use oauth_core::{
    clock::Timestamp,
    model::{
        Client, Digest, Grant, GrantId, Issued, RedirectUri, ResourceId, Scope, Secret, StoredKey,
        Subject,
    },
    store::{Exchange, Found, Spend, Spent, StoreError},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// An item and its grant, in the order of the columns of [`FIND`](crate::statements::FIND).
pub(crate) type FoundRow = (
    Vec<u8>,         // grant_id
    String,          // artefact
    i64,             // issued_at
    i64,             // expires_at
    Option<i64>,     // spent_at
    Option<Vec<u8>>, // successor_nonce
    i64,             // retries
    Option<i64>,     // revoked_at
    String,          // client_id
    Option<String>,  // subject
    String,          // facts
    i64,             // created_at of the grant
    i64,             // expires_at of the grant
    Option<i64>,     // revoked_at of the grant
);

/// When revoked, when spent, when expired.
pub(crate) type WhyNotRow = (Option<i64>, Option<i64>, i64);

/// Identifier, client, facts, created, expires.
pub(crate) type GrantRow = (Vec<u8>, String, String, i64, i64);

/// Name, algorithm, material, created, signs from.
pub(crate) type KeyRow = (String, String, String, i64, i64);

/// What of a grant is not a column of its own.
#[derive(Serialize)]
struct FactsOf<'a> {
    scope: &'a Scope,
    resources: &'a [ResourceId],
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: &'a Option<RedirectUri>,
    claims: &'a Map<String, Value>,
    auth_time: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Facts {
    scope: Scope,
    resources: Vec<ResourceId>,
    redirect_uri: Option<RedirectUri>,
    claims: Map<String, Value>,
    auth_time: Option<Timestamp>,
}

/// The facts of a grant as JSON.
pub(crate) fn facts(grant: &Grant) -> Result<String, StoreError> {
    let Grant { scope, resources, redirect_uri, claims, auth_time, .. } = grant;
    json(&FactsOf { scope, resources, redirect_uri, claims, auth_time: *auth_time })
}

/// Anything that is kept as JSON.
pub(crate) fn json(record: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(StoreError::corrupt)
}

/// The item with this key, and its grant.
pub(crate) fn found(key: &Digest, row: FoundRow) -> Result<Found, StoreError> {
    let (grant_id, artefact, issued_at, expires_at, spent_at, nonce, retries, revoked_at, ..) =
        &row;
    let whose = || format!("oauth_issued {key}");
    let issued = Issued {
        key: *key,
        grant: GrantId::from_bytes(bytes(grant_id, whose)?),
        artefact: parse(artefact, whose)?,
        issued_at: Timestamp::from_unix(*issued_at),
        expires_at: Timestamp::from_unix(*expires_at),
    };
    let spent = match spent_at {
        Some(at) => Some(Spent {
            at: Timestamp::from_unix(*at),
            successor_nonce: nonce.as_deref().map(|nonce| bytes(nonce, whose)).transpose()?,
            retries: u32::try_from(*retries).map_err(|error| unreadable(whose, error))?,
        }),
        None => None,
    };
    let (item_revoked_at, grant_id) = (*revoked_at, issued.grant);
    let (.., client_id, subject, facts, created_at, expires_at, grant_revoked_at) = row;
    let subject = subject.map(Subject::from);
    let grant = grant_of(grant_id, client_id, subject, &facts, created_at, expires_at)?;
    let revoked_at = [item_revoked_at, grant_revoked_at].into_iter().flatten().min();
    Ok(Found {
        issued: Arc::new(issued),
        grant: Arc::new(grant),
        spent,
        revoked_at: revoked_at.map(Timestamp::from_unix),
    })
}

/// A grant of `subject`.
pub(crate) fn grant(subject: &Subject, row: GrantRow) -> Result<Grant, StoreError> {
    let (id, client_id, facts, created_at, expires_at) = row;
    let id = GrantId::from_bytes(bytes(&id, || "oauth_grants".to_owned())?);
    grant_of(id, client_id, Some(subject.clone()), &facts, created_at, expires_at)
}

fn grant_of(
    id: GrantId,
    client_id: String,
    subject: Option<Subject>,
    facts: &str,
    created_at: i64,
    expires_at: i64,
) -> Result<Grant, StoreError> {
    let Facts { scope, resources, redirect_uri, claims, auth_time } =
        parse(facts, || format!("oauth_grants {id}"))?;
    Ok(Grant {
        id,
        client_id: client_id.into(),
        subject,
        scope,
        resources,
        redirect_uri,
        claims,
        auth_time,
        created_at: Timestamp::from_unix(created_at),
        expires_at: Timestamp::from_unix(expires_at),
    })
}

/// A client as it was registered.
pub(crate) fn client(client_id: &str, record: &str) -> Result<Arc<Client>, StoreError> {
    parse(record, || format!("oauth_clients {client_id:?}")).map(Arc::new)
}

/// From when on a client may be removed if it is unused, in seconds.
pub(crate) fn unused_until(client: &Client) -> Option<i64> {
    client.registered.as_ref()?.unused_until.map(Timestamp::unix)
}

/// A signing key.
pub(crate) fn key((kid, alg, material, created_at, signs_from): KeyRow) -> StoredKey {
    StoredKey {
        kid: kid.into(),
        alg,
        material: Secret::new(material),
        created_at: Timestamp::from_unix(created_at),
        signs_from: Timestamp::from_unix(signs_from),
    }
}

/// Why an exchange did not happen, given what the same transaction sees.
pub(crate) fn why_not(row: Option<WhyNotRow>, spend: &Spend) -> Exchange {
    let Some((revoked_at, spent_at, _)) = row else { return Exchange::Unknown };
    if revoked_at.is_some() {
        Exchange::Revoked
    } else if spent_at.is_some() || matches!(spend, Spend::Again { .. }) {
        Exchange::AlreadySpent
    } else {
        Exchange::Expired
    }
}

fn bytes<const N: usize>(column: &[u8], whose: impl Fn() -> String) -> Result<[u8; N], StoreError> {
    column.try_into().map_err(|error| unreadable(whose, error))
}

fn parse<T: DeserializeOwned>(text: &str, whose: impl Fn() -> String) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| unreadable(whose, error))
}

fn unreadable(whose: impl Fn() -> String, error: impl Display) -> StoreError {
    StoreError::corrupt(format!("{}: {error}", whose()))
}
