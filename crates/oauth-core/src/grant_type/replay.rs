//! What happens when a code or refresh token is presented a second time.

use super::TokenRequest;
use crate::{
    error::Error,
    events::Event,
    store::{Found, Revoke},
};

/// Ends the grant and everything under it (RFC 6749 §4.1.2, RFC 9700 §4.14.2), tells the operator,
/// and refuses.
pub(super) async fn refuse(request: &TokenRequest<'_>, found: &Found) -> Error {
    let context = request.context;
    let revoke = Revoke::Grant(found.grant.id);
    if let Err(error) = context.grants().revoke(context.tenant(), &revoke, context.now()).await {
        return error.into();
    }
    context.record(&Event::ReplayDetected {
        kind: found.issued.artefact.kind(),
        client: &found.grant.client_id,
        subject: found.grant.subject.as_ref(),
        grant: found.grant.id,
    });
    Error::invalid_grant("it has been used before; the grant is revoked")
}
