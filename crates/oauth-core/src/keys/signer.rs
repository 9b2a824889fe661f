//! Something that signs.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use crate::{
    crypto::{PrivateKey, PublicKey},
    jwt::thumbprint,
    model::KeyId,
    store::StoreError,
};

/// A private key, wherever it is: in this process, or in a key management service or hardware
/// module that never gives it away. The public half is known beforehand.
#[async_trait]
pub trait Signer: Debug + Send + Sync + 'static {
    /// Its name in the headers of what it signs.
    fn key_id(&self) -> &KeyId;

    /// The key that verifies what it signs, and its algorithm.
    fn public_key(&self) -> &PublicKey;

    /// The signature of the message as RFC 7518 §3 has it: for ES256 that is r and s in 32 bytes
    /// each, not the DER that many services answer with.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it cannot; the request is answered with 503.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, StoreError>;
}

#[async_trait]
impl<T: Signer + ?Sized> Signer for Arc<T> {
    fn key_id(&self) -> &KeyId {
        (**self).key_id()
    }

    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        (**self).sign(message).await
    }
}

/// A private key in this process.
#[derive(Debug)]
pub struct LocalSigner {
    key_id: KeyId,
    key: PrivateKey,
}

impl LocalSigner {
    /// Signs with this key, whose name is its thumbprint (RFC 7638).
    pub fn new(key: PrivateKey) -> Self {
        Self { key_id: thumbprint(key.public_key()), key }
    }

    /// Gives it another name.
    #[must_use]
    pub fn named(mut self, key_id: impl Into<KeyId>) -> Self {
        self.key_id = key_id.into();
        self
    }
}

#[async_trait]
impl Signer for LocalSigner {
    fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.key.sign(message).map_err(StoreError::unavailable)
    }
}
