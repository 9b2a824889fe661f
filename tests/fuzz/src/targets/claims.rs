//! Headers and claims that are signed, whatever they are: what must be claimed is claimed, and an
//! access token that is read is written and read as the same.

use oauth_core::{
    clock::Timestamp,
    jwt::{AccessTokenPayload, CLOCK_TOLERANCE, Compact, Expected},
    model::Issuer,
};
use serde_json::Value;

use crate::{
    keys::{ed25519, halves, p256, sign},
    server::{ISSUER, NOW},
};

const AUDIENCE: &str = "https://a.example";

/// `header \n claims`.
pub(super) fn check(input: &[u8]) {
    let (header, claims) = halves(input);
    let text = sign(header, claims);
    let Ok(compact) = Compact::parse(&text) else { return };
    let own = [ed25519(), p256()].into_iter().find(|k| k.algorithm() == compact.header().algorithm);
    let Some(Ok(verified)) = own.map(|key| compact.verify(key.public_key())) else { return };
    // Whoever reads it with another parser reads the same.
    let said: Value = serde_json::from_slice(claims).expect("claims are JSON");
    assert_eq!(Some(verified.claims()), said.as_object());
    let expected = Expected {
        kinds: &[Some("at+jwt")],
        issuer: ISSUER,
        audience: Some(&[AUDIENCE]),
        now: Timestamp::from_unix(NOW),
        tolerance: CLOCK_TOLERANCE,
    };
    let Ok(checked) = verified.check(&expected) else { return };
    assert_eq!(said["iss"], ISSUER);
    let audience = &said["aud"];
    let listed = audience.as_array().is_some_and(|list| list.contains(&AUDIENCE.into()));
    assert!(audience == AUDIENCE || listed, "{said}");
    let tolerance = f64::from(CLOCK_TOLERANCE);
    let seconds = |name: &str| said[name].as_f64();
    assert!(seconds("exp").is_some_and(|exp| exp > NOW as f64 - tolerance), "{said}");
    for name in ["nbf", "iat"] {
        assert!(
            said[name].is_null()
                || seconds(name).is_some_and(|at| at < NOW as f64 + tolerance + 1.0)
        );
    }
    let Ok(payload) = AccessTokenPayload::read(checked) else { return };
    assert_eq!(payload.client_id.as_str(), said["client_id"]);
    let issuer = Issuer::parse(ISSUER).expect("an issuer");
    let written = payload.write(&issuer);
    let again = serde_json::from_slice(&written).expect("claims are JSON");
    assert_eq!(AccessTokenPayload::read(again), Ok(payload));
}
