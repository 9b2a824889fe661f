//! `Authorization: Basic` (RFC 7617) as OAuth uses it (RFC 6749 §2.3.1).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use percent_encoding::percent_decode;

use crate::model::Secret;

const SCHEME: &[u8] = b"basic";

/// What an `Authorization: Basic` header holds.
pub(crate) enum Basic {
    /// There is no such header.
    Absent,
    /// There is one, and it cannot be read.
    Malformed,
    /// Identifier and secret, decoded.
    Present(String, Secret),
}

/// Reads the header: Base64, split at the first colon, then both parts form-decoded. Whoever shows
/// credentials in one header of several, or in one that cannot be read, has not come without.
pub(crate) fn read(headers: &HeaderMap) -> Basic {
    let values = headers.get_all(AUTHORIZATION);
    if !values.iter().any(|value| is_basic(value.as_bytes())) {
        return Basic::Absent;
    }
    let mut values = values.iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Basic::Malformed };
    let credentials = value.as_bytes()[SCHEME.len()..].strip_prefix(b" ");
    let decoded = credentials.and_then(|text| BASE64_STANDARD.decode(text.trim_ascii()).ok());
    let pair = decoded.as_deref().and_then(|decoded| {
        let colon = decoded.iter().position(|&b| b == b':')?;
        Some((form_decode(&decoded[..colon])?, form_decode(&decoded[colon + 1..])?))
    });
    match pair {
        Some((id, secret)) if !id.is_empty() => Basic::Present(id, Secret::new(secret)),
        _ => Basic::Malformed,
    }
}

fn is_basic(header: &[u8]) -> bool {
    header.split_at_checked(SCHEME.len()).is_some_and(|(scheme, rest)| {
        scheme.eq_ignore_ascii_case(SCHEME) && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// Decodes strictly: a `%` that begins no escape is an error.
fn form_decode(text: &[u8]) -> Option<String> {
    if !text.iter().any(|b| matches!(b, b'%' | b'+')) {
        return std::str::from_utf8(text).ok().map(str::to_owned);
    }
    let escapes_are_whole = text.iter().enumerate().filter(|(_, b)| **b == b'%').all(|(at, _)| {
        text.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !escapes_are_whole {
        return None;
    }
    let spaced: Vec<u8> = text.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

    use super::{Basic, read};

    fn basic(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        match read(&headers) {
            Basic::Present(id, secret) => Some((id, secret.expose().to_owned())),
            Basic::Malformed => None,
            Basic::Absent => panic!("absent"),
        }
    }

    #[test]
    fn cla_009_both_parts_are_form_decoded_after_the_split() {
        let sent = BASE64_STANDARD.encode("web:%3A%25+%2B%C3%A9");
        assert_eq!(basic(&format!("bAsIc {sent}")), Some(("web".into(), ":% +é".into())));
    }

    #[test]
    fn cla_007_cla_008_cla_010_what_cannot_be_read_is_malformed() {
        let no_escape = BASE64_STANDARD.encode("web:100%");
        for value in [
            "Basic !!!d2ViOnM=",
            "Basic d2Vi",
            "Basic ",
            "Basic",
            "basic\td2ViOnM=",
            "Basic,d2ViOnM=",
            &format!("Basic {no_escape}"),
        ] {
            assert_eq!(basic(value), None, "{value}");
        }
    }

    #[test]
    fn one_header_of_several_is_not_picked() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        assert!(matches!(read(&headers), Basic::Absent));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Basic d2ViOnM="));
        assert!(matches!(read(&headers), Basic::Malformed));
        let mut other = HeaderMap::new();
        other.append(AUTHORIZATION, HeaderValue::from_static("Basically d2ViOnM="));
        assert!(matches!(read(&other), Basic::Absent));
    }
}
