//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6).

use async_trait::async_trait;

use super::{Basis, Decision, GrantType, TokenRequest, narrowing, replay};
use crate::{
    error::Error,
    model::{Artefact, AuthorizationCode, Client, Digest},
    throttle::GuessAt,
};

/// Trades an authorization code.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthorizationCodeGrant;

#[async_trait]
impl GrantType for AuthorizationCodeGrant {
    fn name(&self) -> &str {
        "authorization_code"
    }

    async fn decide(&self, request: &TokenRequest<'_>) -> Result<Decision, Error> {
        let (context, params) = (request.context, request.params);
        let code = params.get("code").ok_or(Error::invalid_request("code is missing"))?;
        let who = request.client.client_id.as_str();
        let unknown = Error::invalid_grant("the authorization code is not valid");
        let known = context.parts().formats.authorization_code.recognises(code);
        let found = if known {
            context.grants().find(context.tenant(), &Digest::of(code)).await?
        } else {
            None
        };
        let Some(found) = found else {
            context.guessed_unknown(GuessAt::AuthorizationCode, who).await?;
            return Err(unknown);
        };
        let Artefact::AuthorizationCode(bound) = &found.issued.artefact else {
            return Err(unknown);
        };

        // Everything is checked before anything is spent: whoever merely glimpsed the code must
        // not be able to end the sign-in of the client that it was issued to.
        if found.grant.client_id != request.client.client_id {
            return Err(unknown);
        }
        check_redirect_uri(bound, request.client, params.get("redirect_uri"))?;
        check_verifier(bound, params.get("code_verifier"))?;
        if found.spent.is_some() {
            return Err(replay::refuse(request, &found).await);
        }
        let ended = found.revoked_at.is_some() || found.issued.expires_at <= context.now();
        if ended || !request.client.honours(found.issued.issued_at) {
            return Err(unknown);
        }
        let scope = narrowing::scope_within(request, &found.grant.scope, &found.grant.scope)?;
        let audience = narrowing::resources_within(request, &found.grant)?;
        Ok(Decision { basis: Basis::Redeem(found), scope, audience })
    }
}

/// RFC 6749 §4.1.3: identical to that of the authorization request, if that had one. OAuth 2.1
/// clients send none; with PKCE bound to the code nothing is lost by that. Others always send one:
/// where the authorization request had none, it is the one that is registered.
fn check_redirect_uri(
    bound: &AuthorizationCode,
    client: &Client,
    sent: Option<&str>,
) -> Result<(), Error> {
    let good = match (&bound.redirect_uri, sent) {
        (Some(bound), Some(sent)) => bound.as_str() == sent,
        (Some(_), None) => bound.code_challenge.is_some(),
        (None, Some(sent)) => matches!(&client.redirect_uris[..], [one] if one.as_str() == sent),
        (None, None) => true,
    };
    let other = Error::invalid_grant("redirect_uri is not that of the authorization request");
    if good { Ok(()) } else { Err(other) }
}

/// RFC 7636 §4.6: the verifier's digest is the challenge. A verifier is there exactly when a
/// challenge was.
fn check_verifier(bound: &AuthorizationCode, sent: Option<&str>) -> Result<(), Error> {
    let matches = match (&bound.code_challenge, sent) {
        (Some(challenge), Some(verifier)) => {
            is_verifier(verifier) && Digest::of(verifier) == *challenge
        }
        (None, None) => true,
        _ => false,
    };
    if matches {
        Ok(())
    } else {
        Err(Error::invalid_grant("code_verifier does not match code_challenge"))
    }
}

/// RFC 7636 §4.1: 43 to 128 unreserved characters. Checked before hashing.
fn is_verifier(text: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::{check_redirect_uri, check_verifier};
    use crate::model::{ApplicationType, AuthorizationCode, Client, Digest, RedirectUri};

    /// RFC 7636 Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn code(redirect_uri: Option<&str>, challenge: Option<&str>) -> AuthorizationCode {
        let register = |uri| RedirectUri::register(uri, ApplicationType::Web).unwrap();
        AuthorizationCode {
            redirect_uri: redirect_uri.map(register),
            code_challenge: challenge.map(Digest::of),
        }
    }

    #[test]
    fn pkc_010_to_pkc_015_a_verifier_is_there_exactly_when_a_challenge_was() {
        let bound = code(None, Some(VERIFIER));
        assert!(check_verifier(&bound, Some(VERIFIER)).is_ok());
        let other = VERIFIER.replace('d', "e");
        for wrong in [None, Some(""), Some("a"), Some(other.as_str()), Some(&VERIFIER[..42])] {
            assert!(check_verifier(&bound, wrong).is_err(), "{wrong:?}");
        }
        assert!(check_verifier(&code(None, Some("a")), Some("a")).is_err());
        let (long, spaced) = ("a".repeat(129), "a b".repeat(15));
        assert!(check_verifier(&code(None, Some(&long)), Some(&long)).is_err());
        assert!(check_verifier(&code(None, Some(&spaced)), Some(&spaced)).is_err());
        assert!(check_verifier(&code(None, None), None).is_ok());
        assert!(check_verifier(&code(None, None), Some(VERIFIER)).is_err());
    }

    #[test]
    fn tok_018_tok_020_red_037_the_redirect_uri_is_the_one_of_the_request() {
        let uri = "https://client.example/cb";
        let client = Client::public("spa").redirect_uri(uri).build().unwrap();
        let check = |bound: &_, sent| check_redirect_uri(bound, &client, sent).is_ok();
        let named = code(Some(uri), Some(VERIFIER));
        assert!(check(&named, Some(uri)));
        assert!(check(&named, None), "OAuth 2.1 clients with PKCE send none");
        let others = [
            "https://CLIENT.example/cb",
            "https://client.example/cb/",
            "https://client.example:443/cb",
            "https://client.example/%63b",
        ];
        let unnamed = code(None, Some(VERIFIER));
        for other in others {
            assert!(!check(&named, Some(other)) && !check(&unnamed, Some(other)), "{other}");
        }
        assert!(!check(&code(Some(uri), None), None));
        assert!(check(&unnamed, None) && check(&unnamed, Some(uri)));
    }
}
