//! Keys that sign.

use std::fmt;

use jsonwebtoken::jwk::EllipticCurve;
use zeroize::Zeroizing;

use super::{
    CryptoFailed, InvalidKey, Parameters, PublicKey, SigningAlgorithm,
    backend::Pair,
    der::{self, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE},
    pem, provider,
};
use crate::model::Secret;

const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const NULL: &[u8] = &[0x05, 0x00];
const VERSION_0: &[u8] = &[0x02, 0x01, 0x00];
const VERSION_1: &[u8] = &[0x02, 0x01, 0x01];
/// The parameters of a SEC 1 private key: `[0]`.
const SEC1_PARAMETERS: u8 = 0xa0;

/// A private key and the one algorithm that it signs with. It is read once, does not print, and its
/// bytes are wiped when it is dropped.
pub struct PrivateKey {
    algorithm: SigningAlgorithm,
    pkcs8: Zeroizing<Vec<u8>>,
    pair: Pair,
    public: PublicKey,
}

impl PrivateKey {
    /// Reads a key in PEM: PKCS #8 (`PRIVATE KEY`), SEC 1 (`EC PRIVATE KEY`) or PKCS #1
    /// (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// [`InvalidKey`] if it is not a sound key for the algorithm.
    pub fn from_pem(algorithm: SigningAlgorithm, text: &Secret) -> Result<Self, InvalidKey> {
        let (label, bytes) = pem::read(text.expose()).ok_or(InvalidKey)?;
        match label {
            "PRIVATE KEY" => Self::from_pkcs8(algorithm, &bytes),
            "EC PRIVATE KEY" if algorithm == SigningAlgorithm::Es256 => {
                let scalar = sec1_scalar(&bytes, true).ok_or(InvalidKey)?;
                Self::from_p256_scalar(scalar)
            }
            "RSA PRIVATE KEY" if algorithm.is_rsa() => Self::from_pkcs1(algorithm, &bytes),
            _ => Err(InvalidKey),
        }
    }

    /// The key as PKCS #8 in PEM.
    pub fn to_pem(&self) -> Secret {
        pem::write(&self.pkcs8)
    }

    /// What it signs with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The key that verifies what this one signs.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The signature of the message.
    ///
    /// # Errors
    /// [`CryptoFailed`] if the backend refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFailed> {
        self.pair.sign(message).ok_or(CryptoFailed)
    }

    /// The key that 32 random bytes make. Of P-256 one in four thousand million is none.
    pub(crate) fn from_random(
        algorithm: SigningAlgorithm,
        bytes: &[u8; 32],
    ) -> Result<Self, InvalidKey> {
        match algorithm {
            SigningAlgorithm::Es256 => Self::from_p256_scalar(bytes),
            SigningAlgorithm::EdDsa => Self::from_ed25519_seed(bytes),
            _ => Err(InvalidKey),
        }
    }

    /// A new RSA key of 2048 bits, from the backend's own randomness. It takes tenths of a second.
    pub(crate) fn generate_rsa(algorithm: SigningAlgorithm) -> Result<Self, InvalidKey> {
        let pkcs8 = super::backend::generate_rsa().ok_or(InvalidKey)?;
        Self::from_pkcs8(algorithm, &pkcs8)
    }

    /// Whether the chosen backend makes keys for the algorithm.
    pub(crate) fn can_generate(algorithm: SigningAlgorithm) -> bool {
        match algorithm {
            SigningAlgorithm::Es256 | SigningAlgorithm::EdDsa => true,
            SigningAlgorithm::Es384 => false,
            SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256 => super::backend::GENERATES_RSA,
        }
    }

    pub(crate) fn from_p256_scalar(scalar: &[u8]) -> Result<Self, InvalidKey> {
        if scalar.len() != 32 {
            return Err(InvalidKey);
        }
        let algorithm = der::element(
            SEQUENCE,
            &[
                &der::element(OBJECT_IDENTIFIER, &[EC_PUBLIC_KEY]),
                &der::element(OBJECT_IDENTIFIER, &[P256]),
            ],
        );
        let scalar = Zeroizing::new(der::element(OCTET_STRING, &[scalar]));
        let key = Zeroizing::new(der::element(SEQUENCE, &[VERSION_1, &scalar]));
        let pkcs8 = pkcs8(&algorithm, &key);
        Self::new(SigningAlgorithm::Es256, pkcs8.clone(), pkcs8)
    }

    pub(crate) fn from_ed25519_seed(seed: &[u8]) -> Result<Self, InvalidKey> {
        if seed.len() != 32 {
            return Err(InvalidKey);
        }
        let algorithm = der::element(SEQUENCE, &[&der::element(OBJECT_IDENTIFIER, &[ED25519])]);
        let key = Zeroizing::new(der::element(OCTET_STRING, &[seed]));
        let pkcs8 = pkcs8(&algorithm, &key);
        Self::new(SigningAlgorithm::EdDsa, pkcs8.clone(), pkcs8)
    }

    /// The key with these members of RFC 7518 §6.3: `n`, `e`, `d`, `p`, `q`, `dp`, `dq`, `qi`.
    pub(crate) fn from_rsa_members(
        algorithm: SigningAlgorithm,
        members: [&[u8]; 8],
    ) -> Result<Self, InvalidKey> {
        let integers = members.map(|member| Zeroizing::new(der::unsigned(member)));
        let mut parts: Vec<&[u8]> = vec![VERSION_0];
        parts.extend(integers.iter().map(|integer| &integer[..]));
        Self::from_pkcs1(algorithm, &Zeroizing::new(der::element(SEQUENCE, &parts)))
    }

    fn from_pkcs1(algorithm: SigningAlgorithm, pkcs1: &[u8]) -> Result<Self, InvalidKey> {
        let identifier =
            der::element(SEQUENCE, &[&der::element(OBJECT_IDENTIFIER, &[RSA_ENCRYPTION]), NULL]);
        Self::new(algorithm, pkcs8(&identifier, pkcs1), Zeroizing::new(pkcs1.to_vec()))
    }

    fn from_pkcs8(algorithm: SigningAlgorithm, bytes: &[u8]) -> Result<Self, InvalidKey> {
        let (identifier, key) = unwrap_pkcs8(bytes).ok_or(InvalidKey)?;
        let mut identifier = Reader::new(identifier);
        let kind = identifier.take(OBJECT_IDENTIFIER);
        match algorithm {
            SigningAlgorithm::Es256 if kind == Some(EC_PUBLIC_KEY) => {
                if identifier.take(OBJECT_IDENTIFIER) != Some(P256) {
                    return Err(InvalidKey);
                }
                Self::from_p256_scalar(sec1_scalar(key, false).ok_or(InvalidKey)?)
            }
            SigningAlgorithm::EdDsa if kind == Some(ED25519) => {
                Self::from_ed25519_seed(Reader::new(key).take(OCTET_STRING).ok_or(InvalidKey)?)
            }
            rsa if rsa.is_rsa() && kind == Some(RSA_ENCRYPTION) => Self::from_pkcs1(rsa, key),
            _ => Err(InvalidKey),
        }
    }

    /// `der` is what the backends read: PKCS #1 for RSA, PKCS #8 for the others.
    fn new(
        algorithm: SigningAlgorithm,
        pkcs8: Zeroizing<Vec<u8>>,
        der: Zeroizing<Vec<u8>>,
    ) -> Result<Self, InvalidKey> {
        let public = public_key(algorithm, &der).ok_or(InvalidKey)?;
        let pair = Pair::parse(algorithm, &der).ok_or(InvalidKey)?;
        // A key whose halves do not belong together is found out before anybody relies on it.
        let signature = pair.sign(b"test").ok_or(InvalidKey)?;
        if !public.verifies(b"test", &signature) {
            return Err(InvalidKey);
        }
        Ok(Self { algorithm, pkcs8, pair, public })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// `PrivateKeyInfo` (RFC 5208 §5).
fn pkcs8(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(der::element(OCTET_STRING, &[key]));
    Zeroizing::new(der::element(SEQUENCE, &[VERSION_0, algorithm, &key]))
}

/// The inside of the algorithm identifier, and the key (RFC 5958 §2).
fn unwrap_pkcs8(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut info = Reader::new(bytes).enter(SEQUENCE)?;
    info.take(der::INTEGER)?;
    Some((info.take(SEQUENCE)?, info.take(OCTET_STRING)?))
}

/// The scalar of an `ECPrivateKey` (RFC 5915 §3), which by itself names its curve.
fn sec1_scalar(bytes: &[u8], alone: bool) -> Option<&[u8]> {
    let mut key = Reader::new(bytes).enter(SEQUENCE)?;
    key.take(der::INTEGER)?;
    let scalar = key.take(OCTET_STRING)?;
    let curve = key.enter(SEC1_PARAMETERS).and_then(|mut own| own.take(OBJECT_IDENTIFIER));
    let sound = curve.map_or(!alone, |curve| curve == P256);
    sound.then_some(scalar)
}

fn public_key(algorithm: SigningAlgorithm, der: &[u8]) -> Option<PublicKey> {
    let utilities = &provider()?.key_utils;
    let parameters = match algorithm {
        SigningAlgorithm::Es256 | SigningAlgorithm::Es384 => {
            let components =
                (utilities.ec_pub_components_from_private_key)(der, algorithm.backend());
            let (_, x, y) = components.ok()?;
            Parameters::Ec { x, y }
        }
        SigningAlgorithm::EdDsa => {
            let components = utilities.ed_pub_components_from_private_key;
            Parameters::Ed { x: components(der, &EllipticCurve::Ed25519).ok()? }
        }
        SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256 => {
            let (n, e) = (utilities.rsa_pub_components_from_private_key)(der).ok()?;
            Parameters::Rsa { n, e }
        }
    };
    PublicKey::new(algorithm, parameters).ok()
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#[cfg(test)]
mod tests {
    use super::{PrivateKey, SigningAlgorithm};
    use crate::model::Secret;

    /// The key of RFC 7515 Appendix A.3, as OpenSSL writes it.
    const SEC1: &str = "-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END EC PRIVATE KEY-----
";
    const P256: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
";
    /// The key of RFC 8037 Appendix A.1, as OpenSSL writes it.
    const ED25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

    fn read(algorithm: SigningAlgorithm, text: &str) -> Option<PrivateKey> {
        PrivateKey::from_pem(algorithm, &Secret::new(text)).ok()
    }

    #[test]
    fn keys_in_pem_are_read_for_their_algorithm_only() {
        let sec1 = read(SigningAlgorithm::Es256, SEC1).unwrap();
        let pkcs8 = read(SigningAlgorithm::Es256, P256).unwrap();
        assert_eq!(sec1.public_key(), pkcs8.public_key());
        let ed25519 = read(SigningAlgorithm::EdDsa, ED25519).unwrap();
        assert_eq!(ed25519.to_pem().expose(), ED25519);
        for (algorithm, text) in [
            (SigningAlgorithm::EdDsa, P256),
            (SigningAlgorithm::EdDsa, SEC1),
            (SigningAlgorithm::Es256, ED25519),
            (SigningAlgorithm::Es384, P256),
            (SigningAlgorithm::Rs256, P256),
            (SigningAlgorithm::Rs256, SEC1),
            (SigningAlgorithm::Es256, &P256.replace("PRIVATE", "PUBLIC")),
            (SigningAlgorithm::Es256, &P256[..200]),
            (SigningAlgorithm::Es256, &P256.replace("PRIVATE KEY", "EC PRIVATE KEY")),
            (SigningAlgorithm::Es256, ""),
        ] {
            assert!(read(algorithm, text).is_none(), "{algorithm} {text}");
        }
    }

    #[test]
    fn not_every_number_is_a_key() {
        for bytes in [[0; 32], [0xff; 32]] {
            assert!(PrivateKey::from_random(SigningAlgorithm::Es256, &bytes).is_err());
        }
        let key = PrivateKey::from_random(SigningAlgorithm::Es256, &[1; 32]).unwrap();
        let signature = key.sign(b"a").unwrap();
        assert!(key.public_key().verifies(b"a", &signature));
        assert!(!key.public_key().verifies(b"b", &signature));
    }

    #[test]
    fn an_rsa_key_can_be_made_where_the_backend_makes_them() {
        let made = PrivateKey::generate_rsa(SigningAlgorithm::Ps256);
        assert_eq!(made.is_ok(), PrivateKey::can_generate(SigningAlgorithm::Ps256));
        if let Ok(key) = made {
            let again = read(SigningAlgorithm::Rs256, key.to_pem().expose()).unwrap();
            assert_eq!(again.public_key().parameters(), key.public_key().parameters());
        }
    }
}
