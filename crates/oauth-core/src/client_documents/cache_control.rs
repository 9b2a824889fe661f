//! For how long a document is good (RFC 9111 §5.2.2), within bounds.

use http::{HeaderMap, header};

/// Shorter lifetimes are raised to this, in seconds: a document is read at each step of a sign-in.
const SHORTEST: u32 = 60;

/// The lifetime of a document that names none, in seconds.
const USUAL: u32 = 10 * 60;

/// Longer lifetimes are cut to this, in seconds.
const LONGEST: u32 = 24 * 60 * 60;

/// The lifetime in seconds.
pub(super) fn lifetime(headers: &HeaderMap) -> u32 {
    let values = headers.get_all(header::CACHE_CONTROL).iter();
    let text = values.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let text = text.to_ascii_lowercase();
    let mut directives = text.split(',').map(str::trim);
    let never = ["no-store", "no-cache"];
    if directives.clone().any(|directive| never.contains(&directive)) {
        return SHORTEST;
    }
    let named = directives.find_map(|directive| directive.strip_prefix("max-age="));
    let seconds = named.map(|digits| digits.trim_matches('"').parse().unwrap_or(0));
    seconds.unwrap_or(USUAL).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::lifetime;

    #[test]
    fn it_is_what_the_header_says_within_bounds() {
        for (value, seconds) in [
            ("public, max-age=3600", 3600),
            ("Max-Age=\"3600\"", 3600),
            ("max-age=1", 60),
            ("max-age=99999999", 86400),
            ("max-age=99999999999999999999", 60),
            ("max-age=3600, no-store", 60),
            ("No-Cache", 60),
            ("private", 600),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
            assert_eq!(lifetime(&headers), seconds, "{value}");
        }
        assert_eq!(lifetime(&HeaderMap::new()), 600);
    }
}
