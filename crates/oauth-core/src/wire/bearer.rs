//! `Authorization: Bearer` (RFC 6750 §2.1), the only place where a token is looked for.

use http::{HeaderMap, header::AUTHORIZATION};

use super::ErrorCode;
use crate::model::Issuer;

/// Longer tokens are refused unread, in bytes.
pub(crate) const LIMIT: usize = 4096;

/// What an `Authorization: Bearer` header holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BearerHeader<'a> {
    /// There is no such header.
    Absent,
    /// There is one, and it cannot be read, or there are several.
    Malformed,
    /// The token.
    Present(&'a str),
}

/// Reads the header. Another scheme than Bearer counts as no credentials.
pub(crate) fn read(headers: &HeaderMap) -> BearerHeader<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return BearerHeader::Absent };
    if values.next().is_some() {
        return BearerHeader::Malformed;
    }
    let bytes = value.as_bytes();
    let scheme = bytes.iter().position(|&b| b == b' ').unwrap_or(bytes.len());
    if !bytes[..scheme].eq_ignore_ascii_case(b"bearer") {
        return BearerHeader::Absent;
    }
    let token = bytes[scheme..].trim_ascii();
    if token.is_empty() || token.len() > LIMIT || !is_b64token(token) {
        return BearerHeader::Malformed;
    }
    std::str::from_utf8(token).map_or(BearerHeader::Malformed, BearerHeader::Present)
}

/// How a token is asked for where no resource is guarded (RFC 6750 §3).
pub(crate) fn challenge(realm: &Issuer, code: ErrorCode) -> String {
    format!("Bearer realm=\"{realm}\", error=\"{code}\"")
}

/// RFC 6750 §2.1. Looks at all bytes whatever they are, which the compiler makes many at a time.
fn is_b64token(token: &[u8]) -> bool {
    let allowed = |b: u8| {
        b.is_ascii_alphanumeric() | matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
    };
    token.iter().fold(true, |all, &b| all & allowed(b))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

    use super::{BearerHeader, read};

    #[test]
    fn one_header_one_token() {
        let mut headers = HeaderMap::new();
        assert_eq!(read(&headers), BearerHeader::Absent);
        headers.insert(AUTHORIZATION, HeaderValue::from_static("bEARER  abc.~x=="));
        assert_eq!(read(&headers), BearerHeader::Present("abc.~x=="));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer other"));
        assert_eq!(read(&headers), BearerHeader::Malformed);
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b"] {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(read(&headers), BearerHeader::Malformed, "{value}");
        }
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        assert_eq!(read(&headers), BearerHeader::Absent);
    }

    #[test]
    fn dos_008_a_long_header_costs_nothing() {
        let mut headers = HeaderMap::new();
        let long = format!("Bearer {}", ".".repeat(1 << 20));
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&long).unwrap());
        assert_eq!(read(&headers), BearerHeader::Malformed);
    }
}
