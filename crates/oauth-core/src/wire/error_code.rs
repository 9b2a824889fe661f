//! The one table of error codes and their statuses.

use http::StatusCode;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident;)*) => {
        /// An error code of the OAuth family, spelled as on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
            /// One of a grant type of the host's own (RFC 6749 §8.5), such as `authorization_pending`.
            Other(&'static str),
        }

        impl ErrorCode {
            /// The code as it travels.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(code) => code,
                }
            }

            /// The status where the answer is not a redirect.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)*
                    Self::Other(_) => StatusCode::BAD_REQUEST,
                }
            }
        }
    };
}

error_codes! {
    /// Malformed, or something is missing, repeated or contradictory (RFC 6749 §5.2).
    InvalidRequest = "invalid_request", BAD_REQUEST;
    /// Who is calling was not proven (RFC 6749 §5.2).
    InvalidClient = "invalid_client", UNAUTHORIZED;
    /// The code, token or credential is not good, or not good for this client (RFC 6749 §5.2).
    InvalidGrant = "invalid_grant", BAD_REQUEST;
    /// The client is not registered for this (RFC 6749 §5.2).
    UnauthorizedClient = "unauthorized_client", BAD_REQUEST;
    /// The server has no such grant type (RFC 6749 §5.2).
    UnsupportedGrantType = "unsupported_grant_type", BAD_REQUEST;
    /// The scope is malformed, unknown or more than is allowed (RFC 6749 §5.2).
    InvalidScope = "invalid_scope", BAD_REQUEST;
    /// The resource is malformed, unknown or more than is allowed (RFC 8707 §2).
    InvalidTarget = "invalid_target", BAD_REQUEST;
    /// The resource owner said no (RFC 6749 §4.1.2.1).
    AccessDenied = "access_denied", FORBIDDEN;
    /// The server has no such response type (RFC 6749 §4.1.2.1).
    UnsupportedResponseType = "unsupported_response_type", BAD_REQUEST;
    /// A request object was sent; the server reads none (OpenID Connect Core §3.1.2.6).
    RequestNotSupported = "request_not_supported", BAD_REQUEST;
    /// A `request_uri` was sent; the server fetches none (OpenID Connect Core §3.1.2.6).
    RequestUriNotSupported = "request_uri_not_supported", BAD_REQUEST;
    /// `prompt=none`, and nobody is signed in (OpenID Connect Core §3.1.2.6).
    LoginRequired = "login_required", BAD_REQUEST;
    /// `prompt=none`, and consent is needed (OpenID Connect Core §3.1.2.6).
    ConsentRequired = "consent_required", BAD_REQUEST;
    /// The access token is unknown, expired, revoked or meant for another (RFC 6750 §3.1).
    InvalidToken = "invalid_token", UNAUTHORIZED;
    /// The access token does not reach this far (RFC 6750 §3.1).
    InsufficientScope = "insufficient_scope", FORBIDDEN;
    /// A redirect URI cannot be registered (RFC 7591 §3.2.2).
    InvalidRedirectUri = "invalid_redirect_uri", BAD_REQUEST;
    /// Something else of the metadata cannot be registered (RFC 7591 §3.2.2).
    InvalidClientMetadata = "invalid_client_metadata", BAD_REQUEST;
    /// The software statement is none (RFC 7591 §3.2.2).
    InvalidSoftwareStatement = "invalid_software_statement", BAD_REQUEST;
    /// The software statement is nobody's whom the server trusts (RFC 7591 §3.2.2).
    UnapprovedSoftwareStatement = "unapproved_software_statement", BAD_REQUEST;
    /// The server is at fault, and trying again will not help (RFC 6749 §4.1.2.1).
    ServerError = "server_error", INTERNAL_SERVER_ERROR;
    /// The server is at fault, and trying again may help (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable = "temporarily_unavailable", SERVICE_UNAVAILABLE;
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
