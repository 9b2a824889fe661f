//! Parameters of a form body or a query (RFC 6749 §3.1, §3.2, Appendix B), read strictly.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// More parameters are refused.
const LIMIT: usize = 64;

/// Parameters that may be sent more than once (RFC 8707 §2).
const REPEATABLE: [&str; 1] = ["resource"];

/// The parameters of a request. Decoded strictly: a value that is not UTF-8 is an error and not a
/// replacement character, and a parameter sent twice is noticed.
pub struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// The text holds no parameters that could be acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidParams {
    /// A name or value is not UTF-8, or holds a NUL.
    #[error("parameters are UTF-8 without NUL")]
    Encoding,
    /// More than 64.
    #[error("at most 64 parameters")]
    TooMany,
}

impl<'a> Params<'a> {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    /// [`InvalidParams`] if it is not UTF-8 once decoded, or holds too many parameters.
    pub fn parse(text: &'a [u8]) -> Result<Self, InvalidParams> {
        let mut pairs = Vec::with_capacity(8);
        for pair in text.split(|&b| b == b'&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == LIMIT {
                return Err(InvalidParams::TooMany);
            }
            let equals = pair.iter().position(|&b| b == b'=').unwrap_or(pair.len());
            let value = pair.get(equals + 1..).unwrap_or_default();
            pairs.push((decode(&pair[..equals])?, decode(value)?));
        }
        Ok(Self { pairs })
    }

    /// The value of a parameter; one that was sent without a value counts as not sent (RFC 6749
    /// §3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        let named = self.pairs.iter().filter(|(own, _)| own == name);
        named.map(|(_, value)| &**value).find(|value| !value.is_empty())
    }

    /// Whether the parameter was sent, be it without a value: for forms of the server's own, in which
    /// nothing chosen is something else than nothing asked.
    pub fn is_sent(&self, name: &str) -> bool {
        self.pairs.iter().any(|(own, _)| own == name)
    }

    /// Every value of a parameter that may be repeated.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> + 's {
        let named = self.pairs.iter().filter(move |(own, _)| own == name);
        named.map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    /// Whether the parameter was sent more than once.
    pub fn is_repeated(&self, name: &str) -> bool {
        self.pairs.iter().filter(|(own, _)| own == name).nth(1).is_some()
    }

    /// Whether any parameter that must not be repeated was sent more than once.
    pub fn has_repeated(&self) -> bool {
        self.pairs.iter().enumerate().any(|(position, (name, _))| {
            !REPEATABLE.contains(&&**name)
                && self.pairs[..position].iter().any(|(earlier, _)| earlier == name)
        })
    }
}

/// Shows names only: values may be credentials.
impl std::fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

fn decode(text: &[u8]) -> Result<Cow<'_, str>, InvalidParams> {
    let decoded = if text.iter().any(|b| matches!(b, b'%' | b'+' | 0)) {
        let spaced: Vec<u8> = text.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
        let decoded = match Cow::from(percent_decode(&spaced)) {
            Cow::Borrowed(_) => spaced,
            Cow::Owned(decoded) => decoded,
        };
        String::from_utf8(decoded).ok().filter(|text| !text.contains('\0')).map(Cow::Owned)
    } else {
        std::str::from_utf8(text).ok().map(Cow::Borrowed)
    };
    decoded.ok_or(InvalidParams::Encoding)
}

#[cfg(test)]
mod tests {
    use super::{InvalidParams, Params};

    #[test]
    fn values_are_decoded_and_empty_ones_absent() {
        let params = Params::parse(b"a=x+y%2Bz&b=&c&=d&e=1&e=2").unwrap();
        assert_eq!(params.get("a"), Some("x y+z"));
        assert_eq!((params.get("b"), params.get("c")), (None, None));
        assert!(params.is_repeated("e") && params.has_repeated());
        assert_eq!(params.all("e").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn resource_may_be_repeated() {
        assert!(!Params::parse(b"resource=a&resource=b").unwrap().has_repeated());
    }

    #[test]
    fn tok_042_dos_021_what_is_not_utf_8_is_refused() {
        for text in [&b"code=%FF%FE%00"[..], b"state=%ED%A0%80", b"a=%00", b"\xff=1", b"a+\xff"] {
            assert_eq!(Params::parse(text).unwrap_err(), InvalidParams::Encoding);
        }
        let many = "a=1&".repeat(65);
        assert_eq!(Params::parse(many.as_bytes()).unwrap_err(), InvalidParams::TooMany);
    }
}
