//! `client_credentials` (RFC 6749 §4.4).

use async_trait::async_trait;

use super::{Decision, GrantType, NewGrant, TokenRequest, narrowing};
use crate::{error::Error, wire::ErrorCode};

/// A client acts for itself. There is no refresh token, since it can ask again at any time (§4.4.3);
/// unless the client's dialect has one.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientCredentialsGrant;

#[async_trait]
impl GrantType for ClientCredentialsGrant {
    fn name(&self) -> &str {
        "client_credentials"
    }

    async fn decide(&self, request: &TokenRequest<'_>) -> Result<Decision, Error> {
        let client = request.client;
        if client.is_public() {
            let why = "client_credentials is for confidential clients";
            return Err(Error::refused(ErrorCode::UnauthorizedClient, why));
        }
        // Both speak of a resource owner, and there is none.
        let allowed = client.scope.without(&["openid", "offline_access"]);
        let scope = narrowing::scope_of_client(request, &allowed)?;
        let audience = request.context.requested_resources(request.params)?;
        let mut grant = NewGrant::for_client();
        if client.dialect.refresh_token_with_client_credentials {
            request.context.forgave(client, "refresh_token_with_client_credentials");
            grant = grant.refresh_token();
        }
        Ok(Decision::new_grant(grant, scope).audience(audience))
    }
}
