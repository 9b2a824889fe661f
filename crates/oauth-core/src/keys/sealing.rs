//! Private keys at rest.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

use crate::model::{KeyId, Secret, Tenant};

/// What sealed material begins with.
const PREFIX: &str = "xc20p.";

/// 256 bits that seal private keys in the store (XChaCha20-Poly1305), so that who reads the store
/// cannot sign, and who writes to it cannot slip a key of their own in. Keep it apart from the
/// database, and the same on every node.
pub struct SealingKey(XChaCha20Poly1305);

impl SealingKey {
    /// The sealing key made of these bytes, which must be random.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(bytes.into()))
    }

    /// Seals the material of a key; the tenant and its name are bound to it.
    pub(super) fn seal(
        &self,
        tenant: &Tenant,
        key_id: &KeyId,
        material: &Secret,
        nonce: &[u8; 24],
    ) -> Option<Secret> {
        let (aad, msg) = (bound(tenant, key_id), material.expose().as_bytes());
        let sealed = self.0.encrypt(nonce.into(), Payload { msg, aad: &aad }).ok()?;
        let text = BASE64_URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        Some(Secret::new(format!("{PREFIX}{text}")))
    }

    /// Opens what was sealed for this tenant and name; `None` if it was not.
    pub(super) fn open(&self, tenant: &Tenant, key_id: &KeyId, sealed: &Secret) -> Option<Secret> {
        let text = sealed.expose().strip_prefix(PREFIX)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, msg) = bytes.split_first_chunk::<24>()?;
        let aad = bound(tenant, key_id);
        let opened = self.0.decrypt(nonce.into(), Payload { msg, aad: &aad }).ok()?;
        let opened = Zeroizing::new(opened);
        std::str::from_utf8(&opened).ok().map(Secret::new)
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(..)")
    }
}

fn bound(tenant: &Tenant, key_id: &KeyId) -> Vec<u8> {
    let tenant = tenant.as_str().as_bytes();
    let length = (tenant.len() as u64).to_be_bytes();
    [&length[..], tenant, key_id.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::SealingKey;
    use crate::model::{KeyId, Secret, Tenant};

    #[test]
    fn only_the_same_key_opens_and_only_in_the_same_place() {
        let (key, other) = (SealingKey::new(&[1; 32]), SealingKey::new(&[2; 32]));
        let (tenant, name) = (Tenant::from("a"), KeyId::from("b"));
        let sealed = key.seal(&tenant, &name, &Secret::new("pem"), &[3; 24]).unwrap();
        assert!(!sealed.expose().contains("pem"));
        assert_eq!(key.open(&tenant, &name, &sealed).unwrap().expose(), "pem");
        assert!(other.open(&tenant, &name, &sealed).is_none());
        assert!(key.open(&Tenant::from("ab"), &KeyId::from(""), &sealed).is_none());
        assert!(key.open(&tenant, &KeyId::from("c"), &sealed).is_none());
        assert!(key.open(&tenant, &name, &Secret::new("pem")).is_none(), "a key in clear");
        let changed = format!("{}A", &sealed.expose()[..sealed.expose().len() - 1]);
        assert!(
            changed == sealed.expose() || key.open(&tenant, &name, &Secret::new(changed)).is_none()
        );
    }
}
