//! The headers of every page besides its policy.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Never framed, never cached, never sniffed, and silent towards where the person goes next.
pub(crate) const SECURITY_HEADERS: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // For browsers from before `frame-ancestors`.
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// The headers of a page with this content security policy.
pub(crate) fn security_headers(policy: HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::from_iter(SECURITY_HEADERS);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::security_headers;

    #[test]
    fn every_page_carries_them() {
        let headers = security_headers(HeaderValue::from_static("default-src 'none'"));
        let expected = [
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", "default-src 'none'"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
        ];
        assert_eq!(headers.len(), expected.len());
        for (name, value) in expected {
            assert_eq!(headers[name], value);
        }
    }
}
