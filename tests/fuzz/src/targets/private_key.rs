//! Private keys as JWK and PEM: a key that is read signs what its public half verifies.

use oauth_core::{
    crypto::{PrivateKey, SigningAlgorithm},
    jwt::private_key,
    model::Secret,
};

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let text = Secret::new(text);
    let pem = |algorithm| PrivateKey::from_pem(algorithm, &text).ok();
    let algorithms = [
        SigningAlgorithm::Es256,
        SigningAlgorithm::Es384,
        SigningAlgorithm::EdDsa,
        SigningAlgorithm::Ps256,
        SigningAlgorithm::Rs256,
    ];
    for key in algorithms.into_iter().filter_map(pem).chain(private_key(&text)) {
        let signature = key.sign(b"message").expect("a signature");
        assert!(key.public_key().verifies(b"message", &signature));
        assert!(!key.public_key().verifies(b"massage", &signature));
        let again = PrivateKey::from_pem(key.algorithm(), &key.to_pem()).expect("a key");
        assert_eq!(again.public_key(), key.public_key());
    }
}
