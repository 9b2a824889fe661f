//! What a resource owner has allowed.

use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    model::{GrantId, Scope, Subject},
};

/// The answer of a resource owner who allows a request.
#[derive(Clone, Debug)]
#[must_use = "hand it to `AuthorizationRequest::allow`"]
pub struct Approval {
    pub(super) subject: Subject,
    pub(super) scope: Option<Scope>,
    pub(super) claims: Map<String, Value>,
    pub(super) auth_time: Option<Timestamp>,
    pub(super) once: Option<GrantId>,
}

impl Approval {
    /// This subject allows all of the scope that was asked for.
    pub fn new(subject: impl Into<Subject>) -> Self {
        let subject = subject.into();
        Self { subject, scope: None, claims: Map::new(), auth_time: None, once: None }
    }

    /// Only this much of it. What was not asked for is left out.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// What the host wants to know again when it meets a token of the grant.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// When the subject last proved who they are.
    pub fn auth_time(mut self, at: Timestamp) -> Self {
        self.auth_time = Some(at);
        self
    }

    /// Names the grant, so that the answer counts once: a second answer under the same name is
    /// refused. Take [a new one](crate::context::Context::new_grant_id) and put it into the consent
    /// form.
    pub fn once(mut self, name: GrantId) -> Self {
        self.once = Some(name);
        self
    }
}
