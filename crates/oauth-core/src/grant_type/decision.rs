//! What a grant type has decided.

use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    model::{GrantId, ResourceId, Scope, Secret, Subject},
    store::Found,
};

/// That a client may have tokens, under which grant, and with which scope.
#[derive(Debug)]
pub struct Decision {
    pub(crate) basis: Basis,
    pub(crate) scope: Scope,
    pub(crate) audience: Vec<ResourceId>,
}

/// What the tokens are issued on.
#[derive(Debug)]
pub(crate) enum Basis {
    /// A grant that begins with them.
    New(NewGrant),
    /// An authorization code, spent on them.
    Redeem(Found),
    /// A refresh token, spent on them and a successor.
    Rotate { presented: Secret, found: Found, grace: bool },
    /// A refresh token that was spent already; its successor is handed out again.
    Retry { presented: Secret, found: Found, nonce: [u8; 16], since: Timestamp, retries: u32 },
    /// A refresh token that stays.
    Keep { presented: Secret, found: Found },
}

impl Decision {
    /// Tokens with this scope under a new grant.
    pub fn new_grant(grant: NewGrant, scope: Scope) -> Self {
        Self { basis: Basis::New(grant), scope, audience: Vec::new() }
    }

    /// Limits where the tokens may be used.
    #[must_use]
    pub fn audience(mut self, audience: Vec<ResourceId>) -> Self {
        self.audience = audience;
        self
    }
}

/// A grant that begins with the tokens.
#[derive(Debug, Default)]
pub struct NewGrant {
    pub(crate) subject: Option<Subject>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) auth_time: Option<Timestamp>,
    pub(crate) refresh_token: bool,
    /// Its name, where an answer is to count once.
    pub(crate) name: Option<GrantId>,
}

impl NewGrant {
    /// The client acts for itself.
    pub fn for_client() -> Self {
        Self::default()
    }

    /// The client acts for this resource owner.
    pub fn for_subject(subject: impl Into<Subject>) -> Self {
        Self { subject: Some(subject.into()), ..Self::default() }
    }

    /// What the host wants to know again when it meets a token of this grant.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// When the resource owner last proved who they are.
    #[must_use]
    pub fn auth_time(mut self, at: Timestamp) -> Self {
        self.auth_time = Some(at);
        self
    }

    /// Allows a refresh token, if the client's policy has one.
    #[must_use]
    pub fn refresh_token(mut self) -> Self {
        self.refresh_token = true;
        self
    }
}
