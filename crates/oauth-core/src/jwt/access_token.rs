//! What a JWT access token says (RFC 9068 §2.2).

use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use super::{InvalidJwt, claims};
use crate::{
    clock::Timestamp,
    model::{ClientId, GrantId, Issuer, ResourceId, Scope, Subject},
};

/// The claims that the server itself makes. A host adds others.
pub const RESERVED_CLAIMS: [&str; 14] = [
    "iss",
    "exp",
    "nbf",
    "aud",
    "sub",
    "client_id",
    "iat",
    "jti",
    "scope",
    "auth_time",
    "grant_id",
    "cnf",
    "act",
    "may_act",
];

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessTokenPayload {
    /// In whose name; `None` where the client acts for itself, whose identifier is the `sub` then.
    pub subject: Option<Subject>,
    /// Who acts.
    pub client_id: ClientId,
    /// How far.
    pub scope: Scope,
    /// Where.
    pub audience: Arc<[ResourceId]>,
    /// From when on.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When the resource owner last proved who they are.
    pub auth_time: Option<Timestamp>,
    /// Its own name.
    pub token_id: String,
    /// The grant that it belongs to (`grant_id`), if its issuer says so.
    pub grant_id: Option<GrantId>,
    /// Everything else.
    pub extra: Map<String, Value>,
}

impl AccessTokenPayload {
    /// Reads claims that have been [checked](super::Verified::check). Of the audience, what is no URI
    /// is left out: it may be there beside the resource (RFC 7519 §4.1.3).
    ///
    /// # Errors
    /// [`InvalidJwt::Claim`] if one that is required is absent, or one is malformed; or `cnf` if only
    /// the holder of a key may use the token (RFC 8705 §3, RFC 9449 §6), which nobody proves here.
    pub fn read(mut members: Map<String, Value>) -> Result<Self, InvalidJwt> {
        if members.contains_key("cnf") {
            return Err(InvalidJwt::Claim("cnf"));
        }
        let required = |name| claims::text(&members, name)?.ok_or(InvalidJwt::Claim(name));
        let moment = |name| claims::moment(&members, name);
        let client_id = required("client_id")?;
        let subject = Some(required("sub")?).filter(|subject| *subject != client_id);
        let scope = Scope::parse(claims::text(&members, "scope")?.unwrap_or_default());
        let audience = claims::audience(&members)?;
        let audience: Arc<[_]> =
            audience.into_iter().filter_map(|text| ResourceId::parse(text).ok()).collect();
        if audience.is_empty() {
            return Err(InvalidJwt::Claim("aud"));
        }
        let grant_id = claims::text(&members, "grant_id")?;
        let read = Self {
            subject: subject.map(Subject::from),
            client_id: ClientId::from(client_id),
            scope: scope.map_err(|_| InvalidJwt::Claim("scope"))?,
            audience,
            issued_at: moment("iat")?.ok_or(InvalidJwt::Claim("iat"))?,
            expires_at: moment("exp")?.ok_or(InvalidJwt::Claim("exp"))?,
            auth_time: moment("auth_time")?,
            token_id: required("jti")?.to_owned(),
            grant_id: grant_id.and_then(GrantId::parse),
            extra: Map::new(),
        };
        members.retain(|name, _| !RESERVED_CLAIMS.contains(&name.as_str()));
        Ok(Self { extra: members, ..read })
    }

    /// Writes them as the payload of a token of this issuer.
    pub fn write(&self, issuer: &Issuer) -> Vec<u8> {
        let mut written = Vec::with_capacity(ROOM);
        // Strings, numbers and what was JSON before always serialize.
        if serde_json::to_writer(&mut written, &Written { payload: self, issuer }).is_err() {
            written.clear();
        }
        written
    }
}

/// Room for the usual claims, in bytes; more of them grow.
const ROOM: usize = 512;

/// The claims as they are sent. What is [reserved](RESERVED_CLAIMS) is not taken from `extra`.
struct Written<'a> {
    payload: &'a AccessTokenPayload,
    issuer: &'a Issuer,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.payload;
        let subject = own.subject.as_ref().map_or(own.client_id.as_str(), Subject::as_str);
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("iss", self.issuer.as_str())?;
        members.serialize_entry("sub", subject)?;
        members.serialize_entry("client_id", &own.client_id)?;
        match &*own.audience {
            [one] => members.serialize_entry("aud", one)?,
            several => members.serialize_entry("aud", several)?,
        }
        members.serialize_entry("iat", &own.issued_at)?;
        members.serialize_entry("exp", &own.expires_at)?;
        members.serialize_entry("jti", &own.token_id)?;
        if !own.scope.is_empty() {
            members.serialize_entry("scope", &own.scope)?;
        }
        if let Some(at) = &own.auth_time {
            members.serialize_entry("auth_time", at)?;
        }
        if let Some(grant) = &own.grant_id {
            members.serialize_entry("grant_id", grant)?;
        }
        let reserved = |name: &str| RESERVED_CLAIMS.contains(&name);
        for (name, value) in own.extra.iter().filter(|(name, _)| !reserved(name)) {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::AccessTokenPayload;
    use crate::{jwt::InvalidJwt, model::Issuer};

    fn claims() -> Map<String, Value> {
        let claims = json!({ "iss": "https://as.example", "sub": "alice", "client_id": "web",
            "aud": "https://a.example", "iat": 1, "exp": 9, "jti": "x", "scope": "read write",
            "auth_time": 1, "tier": "gold" });
        let Value::Object(claims) = claims else { unreachable!() };
        claims
    }

    #[test]
    fn jwt_029_what_is_written_is_read() {
        let read = AccessTokenPayload::read(claims()).unwrap();
        let written = read.write(&Issuer::parse("https://as.example").unwrap());
        assert_eq!(serde_json::from_slice::<Map<_, _>>(&written).unwrap(), claims());
        assert_eq!(read.extra, *json!({ "tier": "gold" }).as_object().unwrap());
    }

    #[test]
    fn nobody_else_writes_the_claims_of_the_server() {
        let issuer = Issuer::parse("https://as.example").unwrap();
        let read = AccessTokenPayload::read(claims()).unwrap();
        let mut other = read.clone();
        for name in crate::jwt::RESERVED_CLAIMS {
            other.extra.insert(name.to_owned(), json!("mallory"));
        }
        assert_eq!(other.write(&issuer), read.write(&issuer));
    }

    #[test]
    fn what_is_required_is_there_and_of_its_type() {
        for name in ["sub", "client_id", "aud", "iat", "exp", "jti"] {
            let mut absent = claims();
            absent.remove(name);
            assert_eq!(AccessTokenPayload::read(absent), Err(InvalidJwt::Claim(name)));
            let mut wrong = claims();
            wrong.insert(name.to_owned(), json!({}));
            assert_eq!(AccessTokenPayload::read(wrong), Err(InvalidJwt::Claim(name)));
        }
        for name in ["scope", "auth_time", "grant_id"] {
            let mut wrong = claims();
            wrong.insert(name.to_owned(), json!([]));
            assert_eq!(AccessTokenPayload::read(wrong), Err(InvalidJwt::Claim(name)));
        }
    }

    #[test]
    fn an_audience_may_have_names_that_are_no_uris() {
        let mut named = claims();
        named.insert("aud".to_owned(), json!(["account", "https://a.example"]));
        let read = AccessTokenPayload::read(named.clone()).unwrap();
        assert_eq!(
            read.audience.iter().map(|own| own.as_str()).collect::<Vec<_>>(),
            ["https://a.example"]
        );
        named.insert("aud".to_owned(), json!(["account"]));
        assert_eq!(AccessTokenPayload::read(named), Err(InvalidJwt::Claim("aud")));
    }

    #[test]
    fn a_token_for_the_holder_of_a_key_is_not_for_everybody() {
        for cnf in [json!({ "jkt": "0ZcOCORZNYy" }), json!({ "x5t#S256": "bwcK0es" }), json!(null)]
        {
            let mut bound = claims();
            bound.insert("cnf".to_owned(), cnf);
            assert_eq!(AccessTokenPayload::read(bound), Err(InvalidJwt::Claim("cnf")));
        }
    }

    #[test]
    fn a_client_that_acts_for_itself_has_no_subject() {
        let mut machine = claims();
        machine.insert("sub".to_owned(), json!("web"));
        assert_eq!(AccessTokenPayload::read(machine).unwrap().subject, None);
    }
}
