//! What a body is declared to be.

use http::{HeaderMap, header};

/// The media type of a body without its parameters, in whatever case, if one is declared and no other
/// besides.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&[u8]> {
    let mut declared = headers.get_all(header::CONTENT_TYPE).iter();
    let (value, None) = (declared.next()?, declared.next()) else { return None };
    value.as_bytes().split(|&b| b == b';').next().map(<[u8]>::trim_ascii)
}

/// Whether the body is declared to be of this media type.
pub(crate) fn is_declared(headers: &HeaderMap, media_type: &[u8]) -> bool {
    self::media_type(headers).is_some_and(|declared| declared.eq_ignore_ascii_case(media_type))
}

/// Whether the body is declared to be JSON, or something more specific (RFC 6839 §3.1).
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let declared = media_type(headers).unwrap_or_default().to_ascii_lowercase();
    declared == b"application/json"
        || (declared.starts_with(b"application/") && declared.ends_with(b"+json"))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

    use super::is_declared;

    #[test]
    fn a_body_is_of_one_type() {
        let json = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_TYPE, HeaderValue::from_static(value));
            }
            is_declared(&headers, b"application/json")
        };
        assert!(json(&["application/json"]) && json(&["Application/JSON ; charset=utf-8"]));
        assert!(
            !json(&[]) && !json(&[""]) && !json(&["text/plain"]) && !json(&["application/json,x"])
        );
        assert!(!json(&["application/json", "application/json"]));
        assert!(!json(&["text/plain; application/json"]));
    }
}
