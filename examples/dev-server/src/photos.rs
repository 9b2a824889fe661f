//! The protected resource, as both frameworks show it.

use oauth_core::Access;
use serde_json::{Value, json};

oauth_core::scope!(pub(crate) ReadPhotos = "photos:read");
oauth_core::scope!(pub(crate) WritePhotos = "photos:write");

/// What the token says, so that a client's developer sees how it arrived.
pub(crate) fn describe(access: &Access) -> Value {
    json!({
        "sub": access.subject(), "client_id": access.client_id(), "scope": access.scope(),
        "aud": access.audience(), "exp": access.expires_at(),
    })
}
