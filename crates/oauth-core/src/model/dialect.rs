//! Leniencies towards software that was written for other servers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What one client is forgiven. All off; what is switched on for one client changes nothing for
/// another. Names begin with `dangerous_` where it gives up what RFC 9700 protects.
///
/// Whatever is on, these stay: the redirect URI check, the binding of codes and tokens to the
/// client, single use, the end of a grant on replay, hashing at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Dialect {
    /// It may leave PKCE out (RFC 9700 §2.1.1 recommends it to them). Confidential clients only,
    /// whatever the record of a public one says.
    pub dangerous_pkce_optional: bool,
    /// It may trade user names and passwords (RFC 6749 §4.3; RFC 9700 §2.4 forbids it). The server
    /// must have the grant type, too.
    pub dangerous_password_grant: bool,
    /// It may ask for `response_type=token` (RFC 6749 §4.2; RFC 9700 §2.1.2 advises against it). The server
    /// must have the response type, too.
    pub dangerous_implicit_grant: bool,
    /// `grant_type`, and nothing else, is also read from the query of a token request.
    pub grant_type_in_query: bool,
    /// The forms that it posts may come without a `Content-Type` (RFC 6749 §3.2 has one). Another one
    /// than a form's is refused even so.
    pub form_without_content_type: bool,
    /// Other names of grant types: `code` for `authorization_code`. The same checks run.
    pub grant_type_aliases: BTreeMap<String, String>,
    /// `scope=*` stands for everything that the client may have.
    pub wildcard_scope: bool,
    /// It gets a refresh token with `client_credentials`, too (RFC 6749 §4.4.3 advises against it).
    pub refresh_token_with_client_credentials: bool,
}
