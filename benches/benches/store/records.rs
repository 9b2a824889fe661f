//! Records to store, as a server makes them.

use oauth_core::{
    clock::Timestamp,
    model::{
        AccessToken, Artefact, Digest, Grant, GrantId, Issued, RefreshToken, Scope, Subject, Tenant,
    },
};

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

pub(crate) fn tenant() -> Tenant {
    Tenant::default()
}

pub(crate) fn key(name: &str) -> Digest {
    Digest::of(name)
}

pub(crate) fn grant(name: &str) -> Grant {
    let mut random = [0; 12];
    random.copy_from_slice(&key(name).as_bytes()[..12]);
    Grant {
        id: GrantId::new(NOW, random),
        client_id: "web".into(),
        subject: Some(Subject::from(name)),
        scope: scope(),
        resources: Vec::new(),
        redirect_uri: None,
        claims: serde_json::Map::new(),
        auth_time: Some(NOW),
        created_at: NOW,
        expires_at: NOW.plus(10_000_000),
    }
}

fn scope() -> Scope {
    Scope::parse("read write").expect("a scope")
}

/// An access token and a refresh token of this name.
pub(crate) fn pair(name: &str, grant: &Grant, predecessor: Option<Digest>) -> [Issued; 2] {
    let access = AccessToken { scope: scope(), audience: Vec::new() };
    let refresh = RefreshToken { predecessor, refresh_count: 0 };
    let issued = |key, artefact, lifetime| Issued {
        key,
        grant: grant.id,
        artefact,
        issued_at: NOW,
        expires_at: NOW.plus(lifetime),
    };
    [
        issued(key(&format!("{name} access")), Artefact::AccessToken(access), 600),
        issued(key(name), Artefact::RefreshToken(refresh), 1_000_000),
    ]
}
