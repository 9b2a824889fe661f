//! Records as text, and back. What cannot be read is
//! [`Corrupt`](oauth_core::store::StoreError::Corrupt) and names its key.

use std::{fmt::Display, sync::Arc};

use oauth_core::{
    clock::Timestamp,
    model::{Artefact, Digest, Grant, GrantId, Issued, KeyId, Secret, StoredKey},
    store::{Found, Spent, StoreError},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// For how much longer than needed keys are kept, in seconds: the clocks of nodes differ.
const MARGIN: i64 = 300;

/// As long as a key can last, in seconds: a thousand years.
const LONGEST: i64 = 1_000 * 366 * 86_400;

/// The fields of a grant and of one of its items: `g`, `r`, `a<digest>`, `s<digest>`.
pub(crate) type FoundFields = (Option<String>, Option<String>, Option<String>, Option<String>);

/// What of an item never changes.
#[derive(Serialize)]
struct FactsOf<'a> {
    artefact: &'a Artefact,
    issued_at: Timestamp,
}

#[derive(Deserialize)]
struct Facts {
    artefact: Artefact,
    issued_at: Timestamp,
}

/// A signing key, with its secret.
#[derive(Serialize)]
struct KeyOf<'a> {
    alg: &'a str,
    material: &'a str,
    created_at: Timestamp,
    signs_from: Timestamp,
}

#[derive(Deserialize)]
struct Key {
    alg: String,
    material: String,
    created_at: Timestamp,
    signs_from: Timestamp,
}

/// For how many seconds from `at` a key is kept that is needed until `end`.
pub(crate) fn seconds(at: Timestamp, end: Timestamp) -> i64 {
    end.unix().saturating_sub(at.unix()).clamp(0, LONGEST) + MARGIN
}

/// What ended before this is over for every node at `at`.
pub(crate) fn over(at: Timestamp) -> i64 {
    at.unix().saturating_sub(MARGIN)
}

/// Anything that is kept as JSON.
pub(crate) fn json(record: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(StoreError::corrupt)
}

/// Anything that was kept as JSON.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, key: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| unreadable(key, error))
}

/// An item as four arguments of a script: digest, facts, state, until when it is kept. Its grant is
/// that under which it is kept.
pub(crate) fn item(item: &Issued) -> Result<[String; 4], StoreError> {
    let (expires_at, keep_until) = (item.expires_at.unix(), item.keep_until().unix());
    let facts = json(&FactsOf { artefact: &item.artefact, issued_at: item.issued_at })?;
    let state = format!("{expires_at} {keep_until} - - 0 -");
    Ok([item.key.to_string(), facts, state, keep_until.to_string()])
}

/// What may change of an item.
#[derive(Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) expires_at: Timestamp,
    pub(crate) keep_until: Timestamp,
    spent: Option<Spent>,
    revoked_at: Option<Timestamp>,
}

impl State {
    /// None if the item was never added and never will be.
    pub(crate) fn parse(text: &str, key: &str) -> Result<Option<Self>, StoreError> {
        if text.is_empty() {
            return Ok(None);
        }
        match Self::read(text) {
            Some(state) => Ok(Some(state)),
            None => Err(unreadable(key, "not the state of an item")),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut part = || parts.next();
        let (expires_at, keep_until) = (time(part()?)??, time(part()?)??);
        let (spent_at, nonce) = (time(part()?)?, nonce(part()?)?);
        let (retries, revoked_at) = (part()?.parse().ok()?, time(part()?)?);
        let spent = spent_at.map(|at| Spent { at, successor_nonce: nonce, retries });
        parts.next().is_none().then_some(Self { expires_at, keep_until, spent, revoked_at })
    }
}

/// A moment, or `-`.
fn time(text: &str) -> Option<Option<Timestamp>> {
    if text == "-" {
        return Some(None);
    }
    text.parse().ok().map(|unix| Some(Timestamp::from_unix(unix)))
}

/// A nonce in hexadecimal, or `-`.
fn nonce(text: &str) -> Option<Option<[u8; 16]>> {
    if text == "-" {
        return Some(None);
    }
    // Without the sign that `from_str_radix` would take.
    let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = plain.then(|| u128::from_str_radix(text, 16).ok()).flatten()?;
    Some(Some(number.to_be_bytes()))
}

/// A nonce as [`State`] reads it.
pub(crate) fn nonce_text(nonce: Option<[u8; 16]>) -> String {
    nonce.map_or_else(|| "-".to_owned(), |bytes| format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// The item and its grant; none if one of them is not there.
pub(crate) fn found(
    key: &Digest,
    name: &str,
    fields: FoundFields,
) -> Result<Option<Found>, StoreError> {
    let (Some(grant), grant_revoked_at, Some(facts), Some(state)) = fields else {
        return Ok(None);
    };
    let Some(state) = State::parse(&state, name)? else { return Ok(None) };
    let grant: Grant = parse(&grant, name)?;
    let Facts { artefact, issued_at } = parse(&facts, name)?;
    let issued =
        Issued { key: *key, grant: grant.id, artefact, issued_at, expires_at: state.expires_at };
    let revoked_at = [state.revoked_at, moment(grant_revoked_at, name)?];
    Ok(Some(Found {
        issued: Arc::new(issued),
        grant: Arc::new(grant),
        spent: state.spent,
        revoked_at: revoked_at.into_iter().flatten().min(),
    }))
}

fn moment(text: Option<String>, key: &str) -> Result<Option<Timestamp>, StoreError> {
    let unix = text.map(|text| text.parse()).transpose();
    Ok(unix.map_err(|error| unreadable(key, error))?.map(Timestamp::from_unix))
}

/// A signing key as it is kept.
pub(crate) fn key_text(key: &StoredKey) -> Result<Secret, StoreError> {
    let StoredKey { alg, material, created_at, signs_from, .. } = key;
    let (created_at, signs_from) = (*created_at, *signs_from);
    json(&KeyOf { alg, material: material.expose(), created_at, signs_from }).map(Secret::new)
}

/// A signing key as it was kept.
pub(crate) fn key(kid: &str, text: &Secret, name: &str) -> Result<StoredKey, StoreError> {
    let Key { alg, material, created_at, signs_from } = parse(text.expose(), name)?;
    let (kid, material) = (KeyId::from(kid), Secret::new(material));
    Ok(StoredKey { kid, alg, material, created_at, signs_from })
}

/// The name of a grant.
pub(crate) fn grant_id(text: &str, key: &str) -> Result<GrantId, StoreError> {
    GrantId::parse(text).ok_or_else(|| unreadable(key, "not the name of a grant"))
}

/// Something under this key makes no sense.
pub(crate) fn unreadable(key: &str, error: impl Display) -> StoreError {
    StoreError::corrupt(format!("{key}: {error}"))
}

#[cfg(test)]
mod tests {
    use oauth_core::{clock::Timestamp, store::Spent};

    use super::{State, nonce_text, seconds};

    #[test]
    fn a_state_reads_what_was_written() {
        let at = Timestamp::from_unix;
        let nonce = Some(*b"\x00nonce of test\xff\x01");
        let text = format!("7 -9 8 {} 3 -1", nonce_text(nonce));
        let state = State {
            expires_at: at(7),
            keep_until: at(-9),
            spent: Some(Spent { at: at(8), successor_nonce: nonce, retries: 3 }),
            revoked_at: Some(at(-1)),
        };
        assert_eq!(State::read(&text), Some(state));
        let fresh = State::read("1 2 - - 0 -").unwrap();
        assert!(fresh.spent.is_none() && fresh.revoked_at.is_none());
        for damaged in ["", "1 2", "1 2 - - 0 - 4", "- 2 - - 0 -", "1 2 - + 0 -", "1 2 - - -1 -"] {
            assert_eq!(State::read(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn no_key_is_kept_for_less_than_the_margin_or_for_ever() {
        let (early, late) = (Timestamp::from_unix(i64::MIN), Timestamp::from_unix(i64::MAX));
        assert_eq!(seconds(late, early), super::MARGIN);
        assert!(seconds(early, late) < i64::MAX / 1_000, "milliseconds must not overflow");
    }
}
