//! Cookies as the pages set them: names, attributes, and reading them back (RFC 6265bis).

use cookie::{Cookie, CookieJar, SameSite};
use http::{HeaderMap, HeaderValue, header};
use oauth_core::model::Issuer;

/// The name of a cookie of this issuer. Browsers keep cookies by host, for all ports and, as
/// `__Host-` demands `Path=/`, all paths; so the name says which issuer on the host is meant.
pub(crate) fn name(issuer: &Issuer, what: &str) -> String {
    let prefix = if issuer.is_https() { "__Host-" } else { "" };
    let mut name = format!("{prefix}oauth-{what}");
    let (_, authority) = issuer.origin().split_once("://").unwrap_or_default();
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    if let Some(port) = port.filter(|port| port.bytes().all(|b| b.is_ascii_digit())) {
        name.push('-');
        name.push_str(port);
    }
    for byte in issuer.path().bytes() {
        match byte {
            b'/' => name.push('.'),
            b'-' | b'_' => name.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => name.push(char::from(byte)),
            // No two paths come out the same.
            _ => name.push_str(&format!("~{byte:02x}")),
        }
    }
    name
}

/// A cookie that scripts cannot read, that other sites' forms do not carry, and that, on https, no
/// other host and no plain http can have set.
pub(crate) fn cookie(issuer: &Issuer, name: String, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .http_only(true)
        .secure(issuer.is_https())
        .same_site(SameSite::Lax)
        .path("/")
        .build()
}

/// The cookies of this name in a request.
pub(crate) fn received(headers: &HeaderMap, name: &str) -> CookieJar {
    let mut jar = CookieJar::new();
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    for cookie in values.flat_map(Cookie::split_parse).filter_map(Result::ok) {
        if cookie.name() == name {
            jar.add_original(cookie.into_owned());
        }
    }
    jar
}

/// A cookie as `Set-Cookie` has it. What cannot be a header is none: a cookie that deletes nothing
/// and sets nothing.
pub(crate) fn header(cookie: &Cookie<'_>) -> HeaderValue {
    HeaderValue::try_from(cookie.to_string()).unwrap_or(const { HeaderValue::from_static("") })
}

#[cfg(test)]
mod tests {
    use oauth_core::model::Issuer;

    use super::name;

    #[test]
    fn issuers_on_one_host_have_names_of_their_own() {
        let name = |issuer: &str| name(&Issuer::parse(issuer).unwrap(), "session");
        assert_eq!(name("https://a.example"), "__Host-oauth-session");
        assert_eq!(name("https://a.example/t1/oauth"), "__Host-oauth-session.t1.oauth");
        assert_eq!(name("http://127.0.0.1:3000"), "oauth-session-3000");
        assert_eq!(name("http://[::1]"), "oauth-session");
        let alike = ["/a/b", "/a.b", "/a-b", "/a_b", "/a%2fb", "/a~2fb"];
        let mut names: Vec<_> = alike.map(|path| name(&format!("https://x.example{path}"))).into();
        for name in &names {
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.~".contains(&b)));
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), alike.len());
    }
}
