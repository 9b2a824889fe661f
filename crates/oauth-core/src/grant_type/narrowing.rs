//! Scope and resources at the token endpoint: never more than was granted.

use super::TokenRequest;
use crate::{
    error::Error,
    model::{Grant, ResourceId, Scope},
    wire::ErrorCode,
};

/// The scope that the request asks for, or `default` if it asks for none; in either case within
/// `allowed`. A client with that dialect says `*` for all of `allowed`.
pub(super) fn scope_within(
    request: &TokenRequest<'_>,
    allowed: &Scope,
    default: &Scope,
) -> Result<Scope, Error> {
    let invalid = |why| Error::refused(ErrorCode::InvalidScope, why);
    let scope = match request.params.get("scope") {
        None => default.clone(),
        Some("*") if request.client.dialect.wildcard_scope && !allowed.is_empty() => {
            request.context.forgave(request.client, "wildcard_scope");
            allowed.clone()
        }
        Some(text) => Scope::parse(text).map_err(|_| invalid("scope is malformed"))?,
    };
    if scope.is_subset(allowed) { Ok(scope) } else { Err(invalid("scope is more than is allowed")) }
}

/// The scope of a grant that begins at the token endpoint: within what the client may have, and if the
/// request asks for none, what of that is in the server's default, or all of it without one.
pub(super) fn scope_of_client(request: &TokenRequest<'_>, allowed: &Scope) -> Result<Scope, Error> {
    let Some(default) = &request.context.parts().default_scope else {
        return scope_within(request, allowed, allowed);
    };
    let within = default.intersection(allowed);
    scope_within(request, allowed, if within.is_empty() { default } else { &within })
}

/// The requested resources within the grant's, or all of those if none is requested (RFC 8707
/// §2.2).
pub(super) fn resources_within(
    request: &TokenRequest<'_>,
    grant: &Grant,
) -> Result<Vec<ResourceId>, Error> {
    let requested = request.context.requested_resources(request.params)?;
    if requested.is_empty() {
        return Ok(grant.resources.clone());
    }
    // A grant that names no resource is good for every one, and narrows to those asked for.
    let granted = |resource| grant.resources.is_empty() || grant.resources.contains(resource);
    if requested.iter().all(granted) {
        Ok(requested)
    } else {
        Err(Error::refused(ErrorCode::InvalidTarget, "resource is more than was granted"))
    }
}
