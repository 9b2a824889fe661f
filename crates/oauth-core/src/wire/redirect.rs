//! The one place that builds a `Location`.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::never_framed;
use crate::{http_types::Response, model::RedirectUri};

/// Where the parameters of an authorization response travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query.
    Query,
    /// In the fragment, which is where the token response types have theirs.
    Fragment,
}

/// The address of an authorization response: the redirect URI, as registered, with `params`.
///
/// In query mode it ends in an explicit empty fragment, because a browser would
/// otherwise carry the fragment of the previous address over (RFC 9110 §10.2.2).
pub(crate) fn authorization_response(
    to: &RedirectUri,
    mode: ResponseMode,
    params: &[(&str, &str)],
) -> String {
    let (separator, end) = match mode {
        ResponseMode::Fragment => ("#", ""),
        ResponseMode::Query if to.as_str().contains('?') => ("&", "#"),
        ResponseMode::Query => ("?", "#"),
    };
    let params = Serializer::new(String::new()).extend_pairs(params).finish();
    format!("{to}{separator}{params}{end}")
}

/// A 303 to an address of our own making.
pub fn see_other(location: &str) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    never_framed(response)
}

/// Where a sign-in page returns to: the authorization request that sent the visitor there, or the
/// page. Holding one is the proof that it stays on this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Accepts `text` if it is an authorization request to `authorize_path`, or one of `pages` to
    /// the byte, and nothing else: not another path, not another host, however it is spelled.
    pub(crate) fn parse(text: &str, authorize_path: &str, pages: &[String]) -> Option<Self> {
        if pages.iter().any(|page| page == text) {
            return Some(Self(text.to_owned()));
        }
        let query = text.strip_prefix(authorize_path)?.strip_prefix('?')?;
        let plain = query.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\'));
        plain.then(|| Self(text.to_owned()))
    }

    /// The query of a request, spelled as [`parse`](Self::parse) accepts it: browsers leave a
    /// backslash as it is.
    pub(crate) fn plain_query(query: &str) -> String {
        const ODD: &AsciiSet = &CONTROLS.add(b' ').add(b'#').add(b'\\');
        utf8_percent_encode(query, ODD).collect()
    }

    /// The path and query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{ResponseMode, ReturnTo, authorization_response};
    use crate::model::{ApplicationType, RedirectUri};

    fn location(uri: &str, mode: ResponseMode, params: &[(&str, &str)]) -> String {
        let uri = RedirectUri::register(uri, ApplicationType::Web).unwrap();
        authorization_response(&uri, mode, params)
    }

    #[test]
    fn red_005_aut_034_the_registered_bytes_stay_as_they_are() {
        let query =
            location("https://a.example/cb?foo=bar", ResponseMode::Query, &[("code", "x y")]);
        assert_eq!(query, "https://a.example/cb?foo=bar&code=x+y#");
        let fragment = location("https://a.example/cb", ResponseMode::Fragment, &[("error", "e")]);
        assert_eq!(fragment, "https://a.example/cb#error=e");
    }

    #[test]
    fn whatever_was_asked_for_can_be_returned_to() {
        let query = r"state=a\b&x=%5C+c d#é";
        let plain = ReturnTo::plain_query(query);
        assert_eq!(plain, "state=a%5Cb&x=%5C+c%20d%23%C3%A9");
        assert!(ReturnTo::parse(&format!("/authorize?{plain}"), "/authorize", &[]).is_some());
    }

    #[test]
    fn red_035_a_return_address_stays_here() {
        let pages = ["/apps".to_owned(), "/apps/new".to_owned()];
        for text in ["/authorize?client_id=a", "/apps", "/apps/new"] {
            assert!(ReturnTo::parse(text, "/authorize", &pages).is_some(), "{text}");
        }
        for text in [
            "/\\evil.example",
            "//evil",
            "/%09/evil",
            "https:evil",
            "/%5cevil",
            "https://evil.example/authorize?a",
            "/authorize",
            "/authorize.evil?x",
            "/authorize?x#f",
            "/authorize?\\",
            "/authorize?a b",
            "/apps/",
            "/apps?x",
            "/apps/new?x=1",
            "/apps/../evil",
            "/apps#f",
            "//evil/apps",
            "/evil/apps",
            " /apps",
            "",
        ] {
            assert!(ReturnTo::parse(text, "/authorize", &pages).is_none(), "{text}");
        }
        assert!(ReturnTo::parse("/apps", "/authorize", &[]).is_none());
    }
}
