//! What a good access token says.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    model::{ClientId, Grant, GrantId, Issued, Issuer, ResourceId, Scope, Subject},
};

/// A checked access token: who acts, for whom, how far, until when. Cheap to clone. Put into a
/// request's extensions, so that a layer and an extractor check a token once.
#[derive(Clone, Debug)]
pub struct Access {
    issuer: Issuer,
    issued: Arc<Issued>,
    grant: Arc<Grant>,
    scope: Scope,
    audience: Arc<[ResourceId]>,
    own_audience: bool,
}

impl Access {
    pub(super) fn new(
        issuer: Issuer,
        issued: Arc<Issued>,
        grant: Arc<Grant>,
        scope: Scope,
        audience: Arc<[ResourceId]>,
        own_audience: bool,
    ) -> Self {
        Self { issuer, issued, grant, scope, audience, own_audience }
    }

    /// Whether the audience is of this application as a whole, where its routes are not told apart
    /// by resource.
    pub(super) fn is_for_own_audience(&self) -> bool {
        self.own_audience
    }

    /// Who issued it: with many tenants, the tenant's issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// For whom; `None` where a client acts for itself.
    pub fn subject(&self) -> Option<&Subject> {
        self.grant.subject.as_ref()
    }

    /// Who acts.
    pub fn client_id(&self) -> &ClientId {
        &self.grant.client_id
    }

    /// How far.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Where; empty if the client named no resource.
    pub fn audience(&self) -> &[ResourceId] {
        &self.audience
    }

    /// Until when.
    pub fn expires_at(&self) -> Timestamp {
        self.issued.expires_at
    }

    /// When the resource owner last proved who they are.
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.grant.auth_time
    }

    /// What the host wanted to know again.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.grant.claims
    }

    /// The grant that the token belongs to.
    pub fn grant_id(&self) -> GrantId {
        self.grant.id
    }
}
