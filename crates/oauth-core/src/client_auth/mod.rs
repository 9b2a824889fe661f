//! Who is calling.

mod assertion;
mod authenticate;
mod authenticated_client;
mod client_secret;
mod client_secret_jwt;
mod private_key_jwt;

use std::fmt::{self, Debug};

use async_trait::async_trait;
use http::HeaderMap;

pub(crate) use self::authenticate::authenticate;
pub use self::{
    authenticated_client::AuthenticatedClient,
    client_secret::{ClientSecretBasic, ClientSecretPost},
    client_secret_jwt::{ClientSecretJwt, SharedSecrets},
    private_key_jwt::PrivateKeyJwt,
};
use crate::{
    context::Context,
    error::Error,
    http_types::HeaderNames,
    model::{Client, ClientId, Secret},
    wire::Params,
};

/// A way for a client to prove who it is. Methods are asked in turn what a request presents;
/// exactly one may present something, and it must be the one that the client is registered with.
#[async_trait]
pub trait ClientAuth: Debug + Send + Sync + 'static {
    /// Its name in `token_endpoint_auth_method` (RFC 7591 §2).
    fn method(&self) -> &str;

    /// The algorithms of the signatures that it verifies (RFC 8414 §2,
    /// `token_endpoint_auth_signing_alg_values_supported`). None unless it says otherwise.
    fn signing_algorithms(&self) -> &[&str] {
        &[]
    }

    /// Whether the evidence could be guessed, so that failures are counted and slowed down. Not a
    /// signature: there the count would only let strangers lock a client out.
    fn is_guessable(&self) -> bool {
        true
    }

    /// Whether what it [presents](Self::presented) is in the `Authorization` header. It is not, unless it
    /// says otherwise: such a header beside it is a second method, which is refused (RFC 6749 §2.3).
    fn reads_authorization(&self) -> bool {
        false
    }

    /// What the request presents by this method; `None` if it does not use it.
    ///
    /// # Errors
    /// `invalid_client` if it uses the method and what it presents cannot be read.
    fn presented(&self, request: &ClientRequest<'_>) -> Result<Option<Presented>, Error>;

    /// Whether the evidence proves that it is this client.
    ///
    /// # Errors
    /// [`Error::Store`] if a store that is needed cannot say. Never for evidence that is wrong.
    async fn verify(
        &self,
        context: &Context,
        client: &Client,
        evidence: &Secret,
    ) -> Result<bool, Error>;
}

/// What of a request can prove who sent it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ClientRequest<'a> {
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The parameters of the body.
    pub params: &'a Params<'a>,
}

/// Without what the headers say.
impl fmt::Debug for ClientRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = &HeaderNames(self.headers);
        f.debug_struct("ClientRequest")
            .field("headers", headers)
            .field("params", self.params)
            .finish()
    }
}

/// Who a request says it is, and what it has to show for it.
#[derive(Debug)]
pub struct Presented {
    /// Who.
    pub client_id: ClientId,
    /// A secret, a thumbprint, or the `client_assertion` as it was sent.
    pub evidence: Secret,
}
