//! What a resource owner allowed one client.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ClientId, GrantId, Issued, RedirectUri, ResourceId, Scope, Subject};
use crate::clock::Timestamp;

/// What a resource owner allowed one client, once. Every code and token belongs to exactly one
/// grant, and ends with it: one sign-in is one grant, so it is also the family that a replayed
/// refresh token takes down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Its name.
    pub id: GrantId,
    /// To whom.
    pub client_id: ClientId,
    /// By whom; `None` where the client acts for itself (RFC 6749 §4.4).
    pub subject: Option<Subject>,
    /// What. Tokens have this scope or less.
    pub scope: Scope,
    /// Where tokens may be used (RFC 8707); empty where the client named no resource.
    #[serde(default)]
    pub resources: Vec<ResourceId>,
    /// Where the answer went that told the client of it, if one did: what a person who allowed it
    /// was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<RedirectUri>,
    /// What the host wants to know again when it meets a token of this grant.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// When the resource owner last proved who they are.
    #[serde(default)]
    pub auth_time: Option<Timestamp>,
    /// When it was allowed.
    pub created_at: Timestamp,
    /// After this nothing of it is good any more: the absolute lifetime of its refresh tokens.
    pub expires_at: Timestamp,
}

impl Grant {
    /// Until when a store keeps the record of a grant that is issued with these items: it goes neither
    /// before it has expired nor while one of them is [kept](Issued::keep_until). What is added to it
    /// later may be kept for longer.
    pub fn keep_until(&self, items: &[Issued]) -> Timestamp {
        items.iter().map(Issued::keep_until).fold(self.expires_at, Timestamp::max)
    }
}
