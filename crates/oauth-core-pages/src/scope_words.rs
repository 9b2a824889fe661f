//! What scopes mean to a person.

use std::collections::BTreeMap;

/// What everybody means by a scope, where the host says nothing else.
const USUAL: [(&str, &str); 1] = [("offline_access", "Keep this access while you are away")];

/// What each scope means, in the host's words. A scope without words is shown as its token.
#[derive(Clone, Debug, Default)]
pub struct ScopeWords(BTreeMap<String, String>);

impl ScopeWords {
    /// No words yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what a scope token means, as a thing that the application may do: "See your photos".
    #[must_use]
    pub fn scope(mut self, token: impl Into<String>, words: impl Into<String>) -> Self {
        self.0.insert(token.into(), words.into());
        self
    }

    /// The lines for these tokens, in their order.
    pub(crate) fn lines<'a>(
        &'a self,
        tokens: impl IntoIterator<Item = &'a str>,
    ) -> Vec<ScopeLine<'a>> {
        let usual = |token| USUAL.iter().find(|(own, _)| *own == token).map(|(_, words)| *words);
        let words = |token| self.0.get(token).map(String::as_str).or_else(|| usual(token));
        tokens.into_iter().map(|token| ScopeLine { token, words: words(token) }).collect()
    }
}

/// One scope, as a person is shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScopeLine<'a> {
    /// As it travels.
    pub(crate) token: &'a str,
    /// In the host's words, if it has any.
    pub(crate) words: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::{ScopeLine, ScopeWords};

    #[test]
    fn a_scope_without_words_is_its_token() {
        let words = ScopeWords::new().scope("photos:read", "See your photos");
        assert_eq!(
            words.lines(["openid", "offline_access", "photos:read"]),
            [
                ScopeLine { token: "openid", words: None },
                ScopeLine { token: "offline_access", words: Some(super::USUAL[0].1) },
                ScopeLine { token: "photos:read", words: Some("See your photos") },
            ]
        );
    }
}
