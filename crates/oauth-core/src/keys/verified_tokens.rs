//! Tokens whose signature was verified lately.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::model::Secret;

/// How many are remembered at most.
const CAPACITY: usize = 10_000;

/// By how much of its end a token is looked up, in bytes: a part of its signature.
const TAIL: usize = 32;

/// What is known of tokens whose signature was verified. Verifying one takes several times as long as
/// the rest of a request, and a digest of it a third of what a known token costs; so it is looked up by
/// a part of its signature, and then compared as a whole.
pub(crate) struct VerifiedTokens<T>(Cache<[u8; TAIL], Arc<Known<T>>>);

struct Known<T> {
    token: Secret,
    what: T,
}

impl<T: Clone> VerifiedTokens<T> {
    pub(crate) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// What is known of this very token.
    pub(crate) fn get(&self, token: &str) -> Option<T> {
        let known = self.0.get(token.as_bytes().last_chunk::<TAIL>()?)?;
        known.token.is(token).then(|| known.what.clone())
    }

    /// Remembers a token.
    pub(crate) fn insert(&self, token: &str, what: T) {
        if let Some(tail) = token.as_bytes().last_chunk() {
            self.0.insert(*tail, Arc::new(Known { token: Secret::new(token), what }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VerifiedTokens;

    const SIGNATURE: &str = "a-signature-that-is-long-enough-for-it";

    #[test]
    fn a_signature_is_not_enough_to_be_known() {
        let known = VerifiedTokens::new();
        let token = |payload: &str| format!("header.{payload}.{SIGNATURE}");
        known.insert(&token("mine"), 1);
        assert_eq!(known.get(&token("mine")), Some(1));
        assert_eq!(known.get(&token("yours")), None);
        assert_eq!(known.get(SIGNATURE), None);
        assert_eq!(known.get(&format!("{}x", token("mine"))), None);
    }

    #[test]
    fn what_is_too_short_is_never_known() {
        let known = VerifiedTokens::new();
        known.insert("a.b.c", 1);
        assert_eq!(known.get("a.b.c"), None);
        assert_eq!(known.get(""), None);
    }
}
