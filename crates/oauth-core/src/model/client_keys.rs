//! Public keys of a client, as it registers them.

use serde_json::Value;
use url::{Host, Url};

use super::uri::is_plain;

/// How many keys there may be.
const LIMIT: usize = 20;

/// Longer URLs are refused, in bytes.
const URL_LIMIT: usize = 2048;

/// Members of a JWK that only its owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Whether it is a JWK set (RFC 7517 §5) of public keys, at least one.
pub(super) fn are_public(jwks: &Value) -> bool {
    let is_public = |key: &Value| {
        let kty = key.get("kty").and_then(Value::as_str);
        kty.is_some_and(|kty| kty != "oct") && !PRIVATE.iter().any(|name| key.get(name).is_some())
    };
    let keys = jwks.get("keys").and_then(Value::as_array);
    keys.is_some_and(|keys| (1..=LIMIT).contains(&keys.len()) && keys.iter().all(is_public))
}

/// Whether keys may be fetched there, as far as the URL says: https, or http on this machine while
/// it is developed. Whether the address may be asked is for who fetches.
pub(super) fn may_be_at(uri: &str) -> bool {
    let url = Url::parse(uri).ok().filter(|url| {
        uri.len() <= URL_LIMIT
            && is_plain(uri)
            && url.username().is_empty()
            && url.password().is_none()
    });
    url.is_some_and(|url| match url.scheme() {
        "https" => true,
        "http" => super::redirect_uri::is_loopback(&url),
        _ => false,
    })
}

/// Whether a stranger may have the server ask there: https, and a name on the internet for a host.
pub(crate) fn strangers_may_name(uri: &str) -> bool {
    let url = Url::parse(uri).ok().filter(|url| url.scheme() == "https" && may_be_at(uri));
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let inside = [".localhost", ".local", ".internal"];
            name.contains('.') && !inside.iter().any(|end| name.ends_with(end))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{are_public, strangers_may_name};

    #[test]
    fn reg_013_private_keys_stay_where_they_are() {
        assert!(are_public(
            &json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": "x", "y": "y" }] })
        ));
        for jwks in [
            json!({ "keys": [{ "kty": "EC", "d": "..." }] }),
            json!({ "keys": [{ "kty": "RSA", "n": "n", "e": "AQAB" }, { "kty": "RSA", "p": "" }] }),
            json!({ "keys": [{ "kty": "oct" }] }),
            json!({ "keys": [{ "kty": "OKP", "k": null }] }),
            json!({ "keys": [{}] }),
            json!({ "keys": [] }),
            json!({ "keys": ["EC"] }),
            json!({ "keys": vec![json!({ "kty": "EC" }); 21] }),
            json!({}),
            json!([]),
        ] {
            assert!(!are_public(&jwks), "{jwks}");
        }
    }

    #[test]
    fn reg_007_oid_015_strangers_name_nothing_on_the_inside() {
        assert!(strangers_may_name("https://client.example/jwks.json"));
        for uri in [
            "http://client.example/jwks",
            "https://localhost/s",
            "https://x.localhost/s",
            "https://10.1.1.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://intranet/",
            "https://metadata.google.internal/",
            "https://u@client.example/",
            " https://client.example/",
            "https://client.ex\nample/",
            "jwks.json",
        ] {
            assert!(!strangers_may_name(uri), "{uri}");
        }
    }
}
