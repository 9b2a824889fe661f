//! The successor of a refresh token whose client is granted a grace.

use crate::{
    crypto::{CryptoFailed, hmac_sha256},
    model::Secret,
};

/// What is derived, so that nothing else derived from a token could be the same.
const LABEL: &[u8] = b"oauth-core refresh token successor";

/// The 32 bytes of the successor: HKDF-Expand (RFC 5869 §2.3) for one block, with the presented
/// token as the key, which has 256 random bits. Who has the token and the nonce has the successor,
/// and the store has only the nonce.
pub(super) fn derive(presented: &Secret, nonce: &[u8; 16]) -> Result<[u8; 32], CryptoFailed> {
    let mut info = Vec::with_capacity(LABEL.len() + nonce.len() + 1);
    info.extend_from_slice(LABEL);
    info.extend_from_slice(nonce);
    info.push(1);
    hmac_sha256(presented.expose().as_bytes(), &info)
}

#[cfg(test)]
mod tests {
    use super::derive;
    use crate::model::Secret;

    #[test]
    fn the_same_token_and_nonce_give_the_same_successor_and_nothing_else_does() {
        let token = Secret::new("ort_a");
        let first = derive(&token, &[1; 16]).unwrap();
        assert_eq!(derive(&token, &[1; 16]).unwrap(), first);
        assert_ne!(derive(&token, &[2; 16]).unwrap(), first);
        assert_ne!(derive(&Secret::new("ort_b"), &[1; 16]).unwrap(), first);
    }
}
