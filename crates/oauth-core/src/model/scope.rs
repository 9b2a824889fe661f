//! Scope values (RFC 6749 §3.3).

use std::{collections::HashSet, fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Up to so many tokens are compared with each other.
const FEW: usize = 16;

/// A set of scope tokens, in the order in which they were first named, kept as the one string that
/// travels on the wire. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Scope(Arc<str>);

/// The text is no scope: a token is empty or holds something besides `%x21 / %x23-5B / %x5D-7E`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "scope tokens are printable ASCII without space, double quote and backslash, separated by one space (RFC 6749 §3.3)"
)]
pub struct InvalidScope;

impl Scope {
    /// Reads a space-separated list. Repeated tokens are named once; the empty text is the empty
    /// scope.
    ///
    /// # Errors
    /// [`InvalidScope`] if a token breaks the grammar of RFC 6749 §3.3.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.split(' ').any(|token| token.is_empty() || !token.bytes().all(allowed)) {
            return Err(InvalidScope);
        }
        Ok(if is_distinct(text) { Self(Arc::from(text)) } else { Self::collect(text.split(' ')) })
    }

    /// The scope as it travels: tokens separated by one space.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tokens.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|token| !token.is_empty())
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `token` is in it.
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|own| own == token)
    }

    /// Whether every token is also in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.iter().all(|token| other.contains(token))
    }

    /// The tokens that are also in `other`, in this one's order.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        if self.is_subset(other) {
            return self.clone();
        }
        Self::collect(self.iter().filter(|token| other.contains(token)))
    }

    /// The tokens that are none of these.
    #[must_use]
    pub fn without(&self, tokens: &[&str]) -> Self {
        if !tokens.iter().any(|token| self.contains(token)) {
            return self.clone();
        }
        Self::collect(self.iter().filter(|own| !tokens.contains(own)))
    }

    /// The tokens of both, this one's first.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if other.is_subset(self) {
            return self.clone();
        }
        Self::collect(self.iter().chain(other.iter()))
    }

    fn collect<'a>(tokens: impl Iterator<Item = &'a str>) -> Self {
        let (mut text, mut seen) = (String::new(), HashSet::new());
        for token in tokens {
            if seen.insert(token) {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(token);
            }
        }
        Self(Arc::from(text))
    }
}

/// Whether no token is there twice. Few are compared with each other, which costs no memory; a
/// stranger may send thousands.
fn is_distinct(text: &str) -> bool {
    let tokens = || text.split(' ');
    if tokens().nth(FEW).is_none() {
        tokens().enumerate().all(|(at, token)| !tokens().take(at).any(|earlier| earlier == token))
    } else {
        let mut seen = HashSet::new();
        tokens().all(|token| seen.insert(token))
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

impl std::str::FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn sets_keep_order_and_name_a_token_once() {
        assert_eq!(scope("write read write").as_str(), "write read");
        assert!(scope("read").is_subset(&scope("write read")));
        assert!(!scope("read admin").is_subset(&scope("write read")));
        assert_eq!(scope("a b c").intersection(&scope("c a")).as_str(), "a c");
        assert_eq!(scope("a b").union(&scope("b c")).as_str(), "a b c");
        assert_eq!(scope("a b c").without(&["b", "x"]).as_str(), "a c");
        assert!(scope("").is_empty() && scope("").is_subset(&scope("a")));
        assert!(!scope("read").contains("rea"));
    }

    /// More tokens than a body has room for; compared with each other, they would take a second.
    #[test]
    fn dos_020_many_tokens_are_named_once() {
        let many: Vec<_> = (0..20_000).map(|number| number.to_string()).collect();
        let text = many.join(" ");
        assert_eq!(scope(&text).as_str(), text);
        assert_eq!(scope(&format!("{text} 7 {text}")).as_str(), text);
        assert_eq!(scope("0 1").union(&scope(&text)).as_str(), text);
        assert_eq!(scope(&text).intersection(&scope("8 7")).as_str(), "7 8");
    }

    /// AUT-011: nothing that could leave the header or the list gets in.
    #[test]
    fn aut_011_the_grammar_is_kept() {
        for text in ["read\"", "read\r\nX", "a\\b", " read", "read ", "a  b", "é", "a\tb", "\u{7f}"]
        {
            assert!(Scope::parse(text).is_err(), "{text:?}");
        }
    }
}
