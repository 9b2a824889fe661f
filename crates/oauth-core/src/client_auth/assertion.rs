//! What the two kinds of signed assertions have in common (RFC 7521 §4.2, RFC 7523 §3).

use std::sync::Arc;

use super::{ClientRequest, Presented};
use crate::{
    clock::Timestamp,
    context::Context,
    error::Error,
    jwt::{self, CLOCK_TOLERANCE, Expected, Verified},
    model::{Client, ClientId, Digest, Secret},
};

/// What `client_assertion_type` must say.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The most that may be left of an assertion's life, in seconds.
const LONGEST_LIFE: u32 = 300;
/// The longest `jti`, in bytes.
const TOKEN_ID_LIMIT: usize = 256;

/// What an assertion must claim.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    /// An audience besides the issuer.
    pub(super) endpoint_audience: Option<Arc<str>>,
}

/// The assertion of a request, if `issuer` can read who says to have made it. What nobody can read is
/// nobody's evidence, and with that refused.
pub(super) fn presented(
    request: &ClientRequest<'_>,
    issuer: impl FnOnce(&str) -> Option<String>,
) -> Option<Presented> {
    if request.params.get("client_assertion_type") != Some(ASSERTION_TYPE) {
        return None;
    }
    let text = request.params.get("client_assertion")?;
    Some(Presented { client_id: ClientId::from(issuer(text)?), evidence: Secret::new(text) })
}

impl Claims {
    /// Whether what was signed is of this client, for this server, now, and for the first time. That
    /// is asked last: what is refused for another reason is not used up.
    pub(super) async fn hold(
        &self,
        context: &Context,
        client: &Client,
        signed: Verified,
    ) -> Result<bool, Error> {
        let Some((token_id, keep_until)) = self.check(context, client, signed) else {
            return Ok(false);
        };
        // Neither part has a NUL in it that could be taken for the one between them: the identifier
        // is printable (RFC 6749 Appendix A.1).
        let key = Digest::of(&format!("client_assertion\0{}\0{token_id}", client.client_id));
        let first_use =
            context.replays()?.first_use(context.tenant(), &key, context.now(), keep_until);
        Ok(first_use.await?)
    }

    /// The `jti`, and until when it must be remembered.
    fn check(
        &self,
        context: &Context,
        client: &Client,
        signed: Verified,
    ) -> Option<(String, Timestamp)> {
        // The audience is one string: in a list, others could be meant as well.
        let audience = signed.claims().get("aud")?.as_str()?.to_owned();
        let is_endpoint = self.endpoint_audience.as_deref() == Some(&*audience);
        if audience != context.issuer().as_str() && !is_endpoint {
            return None;
        }
        let claims = signed.check(&Expected {
            kinds: &[None, Some("jwt"), Some("client-authentication+jwt")],
            issuer: client.client_id.as_str(),
            audience: None,
            now: context.now(),
            tolerance: CLOCK_TOLERANCE,
        });
        let claims = claims.ok()?;
        let latest = context.now().plus(LONGEST_LIFE + CLOCK_TOLERANCE);
        let expires_at = jwt::moment(&claims, "exp").ok()?.filter(|end| *end <= latest)?;
        let own = claims.get("sub")?.as_str()? == client.client_id.as_str();
        let token_id = claims.get("jti")?.as_str()?;
        let sound = own && !token_id.is_empty() && token_id.len() <= TOKEN_ID_LIMIT;
        sound.then(|| (token_id.to_owned(), expires_at.plus(CLOCK_TOLERANCE + 1)))
    }
}
