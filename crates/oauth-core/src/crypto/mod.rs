//! Which cryptography does the work: the one backend of `jsonwebtoken` that the application chose.
//! Here are keys, signatures and HMAC; what is signed is none of this room's business.
//!
//! jsonwebtoken's own `encode` and `decode` look the backend up in a global and panic when a
//! stranger's dependency has switched the other one on, too. Here the choice is made by name.

mod algorithm;
mod backend;
mod der;
mod pem;
mod private_key;
mod public_key;

use jsonwebtoken::{Algorithm, EncodingKey, crypto::CryptoProvider};

pub(crate) use self::public_key::Parameters;
pub use self::{
    algorithm::SigningAlgorithm,
    private_key::PrivateKey,
    public_key::{InvalidKey, PublicKey},
};

#[cfg(feature = "aws-lc-rs")]
fn provider() -> Option<&'static CryptoProvider> {
    Some(&jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER)
}

#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
fn provider() -> Option<&'static CryptoProvider> {
    Some(&jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER)
}

/// Crates that only know the stores build without a backend; a server does not.
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
fn provider() -> Option<&'static CryptoProvider> {
    None
}

/// Whether the application has chosen a backend.
pub(crate) fn is_available() -> bool {
    provider().is_some()
}

/// The backend refused a key or a message, or there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the crypto backend failed")]
pub struct CryptoFailed;

/// HMAC-SHA-256 (RFC 2104) of `message` under `key`.
///
/// # Errors
/// [`CryptoFailed`] if the backend refuses, or the application has chosen none.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Result<[u8; 32], CryptoFailed> {
    let key = EncodingKey::from_secret(key);
    let provider = provider().ok_or(CryptoFailed)?;
    let signer = (provider.signer_factory)(&Algorithm::HS256, &key).map_err(|_| CryptoFailed)?;
    let tag = signer.try_sign(message).map_err(|_| CryptoFailed)?;
    tag.try_into().map_err(|_| CryptoFailed)
}

#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod tests {
    use super::hmac_sha256;

    /// RFC 4231 §4.3, test case 2.
    #[test]
    fn it_is_hmac_sha_256() {
        let tag = hmac_sha256(b"Jefe", b"what do ya want for nothing?").unwrap();
        assert_eq!(tag[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(tag[28..], [0x64, 0xec, 0x38, 0x43]);
    }
}
