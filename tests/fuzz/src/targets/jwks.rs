//! Sets of public keys: what is read is written and read as the same, and nothing private passes.

use oauth_core::{
    clock::Timestamp,
    crypto::SigningAlgorithm,
    jwt::{KeySet, public_key, thumbprint, to_jwk},
    model::KeyId,
};
use serde_json::Value;

const ALGORITHMS: [SigningAlgorithm; 5] = [
    SigningAlgorithm::Es256,
    SigningAlgorithm::Es384,
    SigningAlgorithm::EdDsa,
    SigningAlgorithm::Ps256,
    SigningAlgorithm::Rs256,
];

pub(super) fn check(input: &[u8]) {
    let Ok(set) = KeySet::parse(input) else { return };
    let document: Value = serde_json::from_slice(input).expect("a document is JSON");
    let keys = document["keys"].as_array().expect("a set has keys");
    assert!(keys.len() <= 20 && keys.iter().all(|key| key.get("d").is_none()));
    for algorithm in ALGORITHMS {
        let names = keys.iter().filter_map(|key| key["kid"].as_str()).map(Some);
        for name in names.chain([None]) {
            let Ok(key) = set.find(name, algorithm, Timestamp::from_unix(0)) else { continue };
            assert_eq!(key.algorithm(), algorithm);
            assert!(!key.verifies(b"", b"") && !key.verifies(b"message", &[0; 64]));
            let written = to_jwk(key, &KeyId::from("name"));
            let again = public_key(written.as_object().expect("an object")).expect("a key");
            assert_eq!(&again, key);
            assert_eq!(thumbprint(&again), thumbprint(key));
        }
    }
}
