//! What a registration says, within what is open to it.

use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    error::Error,
    http_types::Request,
    jwt::KeySet,
    model::{ClientMetadata, InvalidClient, Terms},
    wire::{
        ErrorCode,
        client_metadata::{self, InvalidMetadata},
        media_type::is_declared,
    },
};

/// Reads the body (RFC 7591 §3.1) and checks it.
pub(super) fn read(
    request: &Request,
    terms: &Terms,
    now: Timestamp,
) -> Result<(Map<String, Value>, ClientMetadata), Error> {
    if !is_declared(request.headers(), b"application/json") {
        return Err(invalid("the body is application/json (RFC 7591 §3.1)"));
    }
    let (members, mut metadata) =
        client_metadata::read(request.body()).map_err(|why| match why {
            InvalidMetadata::NoObject => {
                invalid("the body is not a JSON object with each member once")
            }
            InvalidMetadata::RedirectUris => {
                Error::refused(ErrorCode::InvalidRedirectUri, "redirect_uris is a list of strings")
            }
            InvalidMetadata::Member => invalid("a member is not of its type (RFC 7591 §2)"),
            InvalidMetadata::Client(why) => refusal(why),
        })?;
    // RFC 7591 §2.3: no issuer of statements is trusted, so none is read further than its shape.
    if let Some(statement) = members.get("software_statement") {
        let parts = statement.as_str().map_or(0, |text| text.split('.').count());
        return Err(match parts {
            3 => Error::refused(
                ErrorCode::UnapprovedSoftwareStatement,
                "the server trusts no issuer of software statements",
            ),
            _ => Error::refused(
                ErrorCode::InvalidSoftwareStatement,
                "software_statement is not a signed JWT",
            ),
        });
    }
    terms.admit(&mut metadata).map_err(refusal)?;
    if !can_prove_itself(&metadata, now) {
        return Err(invalid("no key of jwks is one that the client could sign with"));
    }
    Ok((members, metadata))
}

/// Whether a client that proves itself by its keys has one that is of use here.
fn can_prove_itself(metadata: &ClientMetadata, now: Timestamp) -> bool {
    let (true, Some(jwks)) = (metadata.method() == "private_key_jwt", &metadata.jwks) else {
        return true;
    };
    let algorithm = metadata.token_endpoint_auth_signing_alg.as_deref();
    KeySet::parse(jwks.to_string().as_bytes()).is_ok_and(|keys| keys.has_one_for(algorithm, now))
}

/// `invalid_client_metadata`.
pub(super) const fn invalid(description: &'static str) -> Error {
    Error::refused(ErrorCode::InvalidClientMetadata, description)
}

/// The checks of every client, in the words of RFC 7591 §3.2.2.
pub(super) fn refusal(why: InvalidClient) -> Error {
    let uri = |description| Error::refused(ErrorCode::InvalidRedirectUri, description);
    match why {
        InvalidClient::RedirectUri(_) => uri(
            "a redirect URI is https, http on a loopback address, or for native applications a private-use scheme with a dot; in its normal spelling, without fragment, user name, wildcard and response parameters",
        ),
        InvalidClient::NoRedirectUri => uri("redirect_uris is missing"),
        InvalidClient::RedirectUris => uri("there are too many redirect URIs"),
        InvalidClient::Scope(_) => invalid("scope is malformed"),
        InvalidClient::ClientName => invalid("client_name is longer than 200 bytes"),
        InvalidClient::Link => {
            invalid("client_uri, logo_uri, tos_uri and policy_uri are https URLs of public hosts")
        }
        InvalidClient::About => {
            invalid("contacts, software_id or software_version are too long or unprintable")
        }
        InvalidClient::Keys => {
            invalid("jwks holds up to twenty public keys, or jwks_uri is an https URL; not both")
        }
        InvalidClient::Inconsistent => {
            invalid("grant_types and response_types do not go together (RFC 7591 §2.1)")
        }
        InvalidClient::NotOpen("scope") => invalid("nothing of the scope is open to the client"),
        InvalidClient::NotOpen("grant_types") => invalid("a grant type is not open to the client"),
        InvalidClient::NotOpen("response_types") => {
            invalid("a response type is not open to the client")
        }
        InvalidClient::NotOpen("token_endpoint_auth_method") => {
            invalid("the authentication method is not open to the client")
        }
        InvalidClient::NotOpen("token_endpoint_auth_signing_alg") => {
            invalid("the signing algorithm is not one that the server knows")
        }
        InvalidClient::NotOpen(_) => invalid("an address is not one that may be asked"),
        InvalidClient::PublicClientCredentials => {
            invalid("client_credentials is for confidential clients")
        }
        _ => invalid("the members do not go together"),
    }
}
