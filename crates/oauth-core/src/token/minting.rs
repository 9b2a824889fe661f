//! Tokens being made: the secrets for the client, the digests for the store.

use super::access_token::{self, Minted};
use crate::{
    clock::Timestamp,
    context::Context,
    error::Error,
    grant_type::Decision,
    model::{
        AccessToken, Artefact, Client, Digest, Grant, GrantId, Issued, RefreshToken, Scope, Secret,
        Subject,
    },
    wire::TokenResponse,
};

/// Tokens being made under a grant. The access token is always among them.
pub(super) struct Minting<'a> {
    context: &'a Context,
    grant: &'a Grant,
    scope: &'a Scope,
    access_token: Secret,
    expires_at: Timestamp,
    pub(super) items: Vec<Issued>,
}

/// A refresh token for the client: a new one, or one that it has already.
pub(super) struct RefreshTokenOut {
    pub(super) token: Secret,
    pub(super) expires_at: Timestamp,
    pub(super) refresh_count: u32,
}

/// Tokens, and what the operator hears about them.
pub(crate) struct Done {
    pub(crate) response: TokenResponse,
    pub(crate) grant: GrantId,
    pub(crate) subject: Option<Subject>,
}

impl<'a> Minting<'a> {
    pub(super) async fn new(
        context: &'a Context,
        client: &Client,
        grant: &'a Grant,
        decision: &'a Decision,
    ) -> Result<Self, Error> {
        let lifetime = access_token_lifetime(context, client);
        let expires_at = context.now().plus(lifetime).min(grant.expires_at);
        let (scope, asked) = (&decision.scope, &decision.audience);
        let minted = access_token::mint(context, client, grant, scope, asked, expires_at).await?;
        let Minted { token: access_token, audience, expires_at } = minted;
        let items = Vec::with_capacity(2);
        let mut minting = Self { context, grant, scope, access_token, expires_at, items };
        let artefact =
            Artefact::AccessToken(AccessToken { scope: decision.scope.clone(), audience });
        minting.add(minting.access_token.digest(), artefact, expires_at);
        Ok(minting)
    }

    pub(super) fn first_refresh_token(&mut self) -> Result<RefreshTokenOut, Error> {
        let bytes = self.context.random()?;
        Ok(self.refresh_token(&bytes, None, 0))
    }

    pub(super) fn refresh_token(
        &mut self,
        bytes: &[u8; 32],
        predecessor: Option<Digest>,
        refresh_count: u32,
    ) -> RefreshTokenOut {
        let token = self.context.parts().formats.refresh_token.encode(bytes);
        let expires_at = idle_expiry(self.context, self.grant, self.context.now());
        let artefact = Artefact::RefreshToken(RefreshToken { predecessor, refresh_count });
        self.add(token.digest(), artefact, expires_at);
        RefreshTokenOut { token, expires_at, refresh_count }
    }

    fn add(&mut self, key: Digest, artefact: Artefact, expires_at: Timestamp) {
        let issued_at = self.context.now();
        self.items.push(Issued { key, grant: self.grant.id, artefact, issued_at, expires_at });
    }

    pub(super) fn done(self, refresh_token: Option<RefreshTokenOut>) -> Done {
        let now = self.context.now();
        let mut response = TokenResponse {
            access_token: self.access_token,
            token_type: "Bearer",
            expires_in: self.expires_at.seconds_since(now),
            refresh_token: None,
            scope: self.scope.clone(),
            issued_at: now,
            refresh_token_expires_in: None,
            refresh_count: 0,
        };
        if let Some(out) = refresh_token {
            response.refresh_token_expires_in = Some(out.expires_at.seconds_since(now));
            response.refresh_count = out.refresh_count;
            response.refresh_token = Some(out.token);
        }
        Done { response, grant: self.grant.id, subject: self.grant.subject.clone() }
    }
}

pub(crate) fn access_token_lifetime(context: &Context, client: &Client) -> u32 {
    client.access_token_lifetime.unwrap_or(context.parts().lifetimes.access_token)
}

/// Idle lifetime from this moment on, but never beyond the grant.
pub(super) fn idle_expiry(context: &Context, grant: &Grant, from: Timestamp) -> Timestamp {
    from.plus(context.parts().lifetimes.refresh_token_idle).min(grant.expires_at)
}
