//! What a JWT access token says (RFC 9068 §2.2).

use std::sync::Arc;

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
    /// Reads claims that have been [checked](super::Verified::check).
    ///
    /// # Errors
    /// [`InvalidJwt::Claim`] if one that is required is absent, or one is malformed.
    pub fn read(mut members: Map<String, Value>) -> Result<Self, InvalidJwt> {
        let required = |name| claims::text(&members, name)?.ok_or(InvalidJwt::Claim(name));
        let moment = |name| claims::moment(&members, name);
        let client_id = required("client_id")?;
        let subject = Some(required("sub")?).filter(|subject| *subject != client_id);
        let scope = Scope::parse(claims::text(&members, "scope")?.unwrap_or_default());
        let resource = |text| ResourceId::parse(text).map_err(|_| InvalidJwt::Claim("aud"));
        let audience = claims::audience(&members)?;
        let grant_id = claims::text(&members, "grant_id")?;
        let read = Self {
            subject: subject.map(Subject::from),
            client_id: ClientId::from(client_id),
            scope: scope.map_err(|_| InvalidJwt::Claim("scope"))?,
            audience: audience.into_iter().map(resource).collect::<Result<_, _>>()?,
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
        let mut members = self.extra.clone();
        let mut set = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
        let subject = self.subject.as_ref().map_or(self.client_id.as_str(), Subject::as_str);
        set("iss", issuer.as_str().into());
        set("sub", subject.into());
        set("client_id", self.client_id.as_str().into());
        set(
            "aud",
            match &*self.audience {
                [one] => one.as_str().into(),
                several => several.iter().map(ResourceId::as_str).collect(),
            },
        );
        set("iat", self.issued_at.unix().into());
        set("exp", self.expires_at.unix().into());
        set("jti", self.token_id.as_str().into());
        if !self.scope.is_empty() {
            set("scope", self.scope.to_string().into());
        }
        if let Some(at) = self.auth_time {
            set("auth_time", at.unix().into());
        }
        if let Some(grant) = self.grant_id {
            set("grant_id", grant.to_string().into());
        }
        serde_json::to_vec(&members).unwrap_or_default()
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
    fn a_client_that_acts_for_itself_has_no_subject() {
        let mut machine = claims();
        machine.insert("sub".to_owned(), json!("web"));
        assert_eq!(AccessTokenPayload::read(machine).unwrap().subject, None);
    }
}
