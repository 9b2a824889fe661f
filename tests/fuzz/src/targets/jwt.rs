//! JWTs as text: none is accepted but those that were signed.

use std::sync::LazyLock;

use oauth_core::jwt::Compact;

use crate::{
    inputs::seeds,
    keys::{ed25519, p256},
};

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| seeds("jwt"));

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(compact) = Compact::parse(text) else { return };
    // Three parts, in the alphabet of base64url, and nothing else.
    assert_eq!(text.split('.').count(), 3);
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)));
    assert!(!compact.header().members.contains_key("crit"));
    let algorithm = compact.header().algorithm;
    let _issuer = compact.unproven_issuer();
    drop(compact);
    for key in [ed25519(), p256()] {
        let verified = Compact::parse(text).expect("parsed before").verify(key.public_key());
        if verified.is_ok() {
            assert_eq!(algorithm, key.algorithm());
            assert!(SEEDS.iter().any(|seed| seed == input), "nobody signed {text}");
        }
    }
}
