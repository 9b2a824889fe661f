//! Client metadata as JSON (RFC 7591 §2), read leniently where that does no harm.

use serde_json::{Map, Value};

use crate::{
    crypto::SigningAlgorithm,
    json,
    model::{ClientMetadata, InvalidClient, strangers_may_name},
};

/// Addresses that a server may be made to ask, and that this one does nothing with. They are refused
/// where they point inside, not stored for a later version to ask.
const ASKED: [&str; 2] = ["sector_identifier_uri", "backchannel_logout_uri"];

/// Why it cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidMetadata {
    /// No JSON object, or one that has a member twice.
    NoObject,
    /// `redirect_uris` is no list of strings.
    RedirectUris,
    /// Another member is not of its type.
    Member,
    /// A member breaks a rule.
    Client(InvalidClient),
}

/// The members, and the metadata that they make. What is null or an empty string was not said, and
/// what nobody has heard of is not looked at (RFC 7591 §2).
pub(crate) fn read(body: &[u8]) -> Result<(Map<String, Value>, ClientMetadata), InvalidMetadata> {
    let mut members = json::object(body).ok_or(InvalidMetadata::NoObject)?;
    members.retain(|_, value| !value.is_null() && value != "");
    let strings = |list: &Vec<Value>| list.iter().all(Value::is_string);
    if members.get("redirect_uris").is_some_and(|uris| !uris.as_array().is_some_and(strings)) {
        return Err(InvalidMetadata::RedirectUris);
    }
    for name in ASKED {
        let named = members.get(name).map(|value| value.as_str().unwrap_or_default());
        if named.is_some_and(|uri| !strangers_may_name(uri)) {
            return Err(InvalidMetadata::Client(InvalidClient::NotOpen(name)));
        }
    }
    let metadata = serde_json::from_value(Value::Object(members.clone()));
    let metadata: ClientMetadata = metadata.map_err(|_| InvalidMetadata::Member)?;
    let alg = metadata.token_endpoint_auth_signing_alg.as_deref();
    if alg.is_some_and(|alg| SigningAlgorithm::parse(alg).is_none()) {
        let name = "token_endpoint_auth_signing_alg";
        return Err(InvalidMetadata::Client(InvalidClient::NotOpen(name)));
    }
    Ok((members, metadata))
}

#[cfg(test)]
mod tests {
    use super::{InvalidMetadata, read};

    #[test]
    fn what_says_nothing_was_not_said() {
        let (_, metadata) = read(
            br#"{"client_name":null,"logo_uri":"","scope":null,"contacts":null,"jwks":null,
                "grant_types":null,"unheard_of":[{}],"redirect_uris":["https://a.example/cb"]}"#,
        )
        .unwrap();
        assert_eq!((metadata.client_name, metadata.about.logo_uri), (None, None));
        assert_eq!(metadata.redirect_uris, ["https://a.example/cb"]);
    }

    #[test]
    fn reg_007_oid_015_what_is_not_of_its_type_or_points_inside_is_refused() {
        for (body, why) in [
            ("", InvalidMetadata::NoObject),
            ("[]", InvalidMetadata::NoObject),
            (r#"{"client_name":"a","client_name":"b"}"#, InvalidMetadata::NoObject),
            (r#"{"redirect_uris":"https://a.example/cb"}"#, InvalidMetadata::RedirectUris),
            (r#"{"redirect_uris":[1]}"#, InvalidMetadata::RedirectUris),
            (r#"{"grant_types":"authorization_code"}"#, InvalidMetadata::Member),
            (r#"{"application_type":"toaster"}"#, InvalidMetadata::Member),
        ] {
            assert_eq!(read(body.as_bytes()).unwrap_err(), why, "{body}");
        }
        for body in [
            r#"{"sector_identifier_uri":"https://localhost/s"}"#,
            r#"{"backchannel_logout_uri":"https://10.1.1.1/"}"#,
            r#"{"backchannel_logout_uri":["https://a.example/"]}"#,
        ] {
            assert!(matches!(read(body.as_bytes()), Err(InvalidMetadata::Client(_))), "{body}");
        }
    }
}
