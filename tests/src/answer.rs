//! An HTTP answer, read to its end, with what scenarios ask of it.

use std::collections::BTreeMap;

use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;
use url::Url;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap_or_default() }
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let Ok(json) = serde_json::from_str(&self.body) else { panic!("no JSON: {self:?}") };
        json
    }

    /// A member of the JSON body that is a string.
    #[track_caller]
    pub fn text(&self, member: &str) -> String {
        let Some(text) = self.json()[member].as_str().map(str::to_owned) else {
            panic!("no {member}: {self:?}")
        };
        text
    }

    /// A header, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// It is 200, and nobody may store it.
    #[track_caller]
    pub fn is_ok(&self) -> &Self {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        self
    }

    /// It is a JSON error (RFC 6749 §5.2): `refused(400, "invalid_grant")`.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.text("error"), code, "{self:?}");
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        if status == 401 {
            let scheme = if code == "invalid_token" { "Bearer realm=" } else { "Basic realm=" };
            assert!(self.header("www-authenticate").starts_with(scheme), "{self:?}");
        }
        if status == 503 || status == 429 {
            assert!(self.header("retry-after").parse::<u32>().is_ok(), "{self:?}");
        }
        self
    }

    /// It is an error page without a redirect: `page(400, "invalid_request")`.
    #[track_caller]
    pub fn page(&self, status: u16, code: &str) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.body.contains(code), "{self:?}");
        assert_eq!(self.header("location"), "", "{self:?}");
        assert!(self.header("content-type").starts_with("text/html"), "{self:?}");
        assert!(self.header("content-security-policy").contains("frame-ancestors 'none'"));
        self
    }

    /// It is a challenge (RFC 6750 §3): `challenge(401, "invalid_token")`.
    #[track_caller]
    pub fn challenge(&self, status: u16, code: &str) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        let challenge = self.header("www-authenticate");
        assert!(challenge.starts_with("Bearer realm="), "{self:?}");
        assert!(challenge.contains(&format!("error=\"{code}\"")), "{self:?}");
        self
    }

    /// The parameters of a redirect to `redirect_uri`, wherever in the `Location` they are. Every
    /// authorization response has `iss` among them. A `redirect_uri` that ends in `?`, `&` or `#`
    /// says with that how they begin.
    #[track_caller]
    pub fn redirected(&self, redirect_uri: &str) -> BTreeMap<String, String> {
        assert_eq!(self.status, 303, "{self:?}");
        let location = self.header("location");
        // What goes on in another way is another address, such as `…/cb2`.
        let begin = ['?', '&', '#'];
        let ends = |rest: &str| rest.starts_with(begin) || redirect_uri.ends_with(begin);
        assert!(location.strip_prefix(redirect_uri).is_some_and(ends), "{self:?}");
        assert_eq!(self.header("referrer-policy"), "no-referrer", "{self:?}");
        let Ok(url) = Url::parse(location) else { panic!("no address: {self:?}") };
        let fragment = url.fragment().unwrap_or_default().as_bytes();
        let pairs = url.query_pairs().chain(form_urlencoded::parse(fragment));
        let pairs: BTreeMap<_, _> =
            pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        assert!(pairs.contains_key("iss"), "{self:?}");
        pairs
    }

    /// It is a redirect to `redirect_uri` with this error, and without a code.
    #[track_caller]
    pub fn redirected_error(&self, redirect_uri: &str, code: &str) -> BTreeMap<String, String> {
        let pairs = self.redirected(redirect_uri);
        assert_eq!(pairs.get("error").map(String::as_str), Some(code), "{self:?}");
        assert!(!pairs.contains_key("code") && !pairs.contains_key("access_token"), "{self:?}");
        pairs
    }
}
