//! What a good access token says.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    jwt::AccessTokenPayload,
    keys::VerifiedToken,
    model::{ClientId, Grant, GrantId, Issued, Issuer, ResourceId, Scope, Subject},
};

/// A checked access token: who acts, for whom, how far, until when. Cheap to clone. Put into a
/// request's extensions, so that a layer and an extractor check a token once.
#[derive(Clone, Debug)]
pub struct Access {
    issuer: Issuer,
    facts: Facts,
    scope: Scope,
    audience: Arc<[ResourceId]>,
    own_audience: bool,
    revocation_checked: bool,
}

/// Who says so.
#[derive(Clone, Debug)]
enum Facts {
    Store(Arc<Issued>, Arc<Grant>),
    Token(Arc<VerifiedToken>),
}

impl Access {
    /// What a [verifier](super::TokenVerifier) of the host's own has found out about a token of this
    /// issuer: that it is good, and meant for what the guard guards. A guard that is to know of
    /// revocations does not take another's word for it.
    pub fn new(issuer: Issuer, payload: AccessTokenPayload) -> Self {
        Self::of_token(issuer, Arc::new(VerifiedToken::new(payload)), true, false)
    }

    pub(super) fn of_store(
        issuer: Issuer,
        issued: Arc<Issued>,
        grant: Arc<Grant>,
        scope: Scope,
        audience: Arc<[ResourceId]>,
        own_audience: bool,
    ) -> Self {
        let facts = Facts::Store(issued, grant);
        Self { issuer, facts, scope, audience, own_audience, revocation_checked: true }
    }

    pub(super) fn of_token(
        issuer: Issuer,
        token: Arc<VerifiedToken>,
        own_audience: bool,
        revocation_checked: bool,
    ) -> Self {
        let (scope, audience) = (token.payload.scope.clone(), Arc::clone(&token.payload.audience));
        let facts = Facts::Token(token);
        Self { issuer, facts, scope, audience, own_audience, revocation_checked }
    }

    /// Whether the audience is of this application as a whole, where its routes are not told apart
    /// by resource.
    pub(super) fn is_for_own_audience(&self) -> bool {
        self.own_audience
    }

    /// Whether it is for this resource, and found out by somebody who knows no other.
    pub(super) fn is_for(&self, resource: &ResourceId) -> bool {
        self.own_audience && self.audience.contains(resource)
    }

    /// Whether the store was asked.
    pub(super) fn is_revocation_checked(&self) -> bool {
        self.revocation_checked
    }

    /// Who issued it: with many tenants, the tenant's issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// For whom; `None` where a client acts for itself.
    pub fn subject(&self) -> Option<&Subject> {
        match &self.facts {
            Facts::Store(_, grant) => grant.subject.as_ref(),
            Facts::Token(token) => token.payload.subject.as_ref(),
        }
    }

    /// Who acts.
    pub fn client_id(&self) -> &ClientId {
        match &self.facts {
            Facts::Store(_, grant) => &grant.client_id,
            Facts::Token(token) => &token.payload.client_id,
        }
    }

    /// How far.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Where; empty if the client named no resource and the token is not a JWT.
    pub fn audience(&self) -> &[ResourceId] {
        &self.audience
    }

    /// Until when.
    pub fn expires_at(&self) -> Timestamp {
        match &self.facts {
            Facts::Store(issued, _) => issued.expires_at,
            Facts::Token(token) => token.payload.expires_at,
        }
    }

    /// When the resource owner last proved who they are.
    pub fn auth_time(&self) -> Option<Timestamp> {
        match &self.facts {
            Facts::Store(_, grant) => grant.auth_time,
            Facts::Token(token) => token.payload.auth_time,
        }
    }

    /// What the host wanted to know again. Of a JWT, what
    /// [`AccessTokenClaims`](crate::keys::AccessTokenClaims) put into it.
    pub fn claims(&self) -> &Map<String, Value> {
        match &self.facts {
            Facts::Store(_, grant) => &grant.claims,
            Facts::Token(token) => &token.payload.extra,
        }
    }

    /// The grant that the token belongs to; `None` if a JWT does not say.
    pub fn grant_id(&self) -> Option<GrantId> {
        match &self.facts {
            Facts::Store(_, grant) => Some(grant.id),
            Facts::Token(token) => token.payload.grant_id,
        }
    }
}
