//! Records to store.

use oauth_core::{
    clock::Timestamp,
    model::{
        AccessToken, Artefact, AuthorizationCode, Digest, Grant, GrantId, Issued, Scope, Subject,
        Tenant,
    },
    store::{GrantStore, Spend},
};

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const ONCE: Spend = Spend::Once { successor_nonce: None, predecessor: None };

pub(crate) fn tenant() -> Tenant {
    Tenant::default()
}

pub(crate) fn key(name: &str) -> Digest {
    Digest::of(name)
}

pub(crate) fn grant(name: &str) -> Grant {
    let mut id = [0; 16];
    id.copy_from_slice(&key(name).as_bytes()[..16]);
    Grant {
        id: GrantId::from_bytes(id),
        client_id: "client".into(),
        subject: Some(Subject::from("subject")),
        scope: Scope::parse("read").unwrap(),
        resources: Vec::new(),
        redirect_uri: None,
        claims: serde_json::Map::new(),
        auth_time: None,
        created_at: NOW,
        expires_at: NOW.plus(1_000_000),
    }
}

fn item(name: &str, grant: &Grant, artefact: Artefact) -> Issued {
    let expires_at = NOW.plus(600);
    Issued { key: key(name), grant: grant.id, artefact, issued_at: NOW, expires_at }
}

pub(crate) fn code(name: &str, grant: &Grant) -> Issued {
    let code = AuthorizationCode { redirect_uri: None, code_challenge: None };
    item(name, grant, Artefact::AuthorizationCode(code))
}

pub(crate) fn access(name: &str, grant: &Grant) -> Issued {
    let token = AccessToken { scope: grant.scope.clone(), audience: Vec::new() };
    item(name, grant, Artefact::AccessToken(token))
}

/// Issues a code of this name under a grant of the same name.
pub(crate) async fn issue_code(store: &impl GrantStore, name: &str) -> Grant {
    let grant = grant(name);
    store.issue(&tenant(), &grant, &[code(name, &grant)]).await.unwrap();
    grant
}
