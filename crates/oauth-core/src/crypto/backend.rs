//! Keys as the backend holds them. jsonwebtoken reads a key anew for everything that is signed or
//! verified, which takes a third as long as an ES256 signature itself; aws-lc-rs is therefore asked
//! directly.

#[cfg(feature = "aws-lc-rs")]
pub(super) use self::aws_lc_rs::{GENERATES_RSA, Pair, Verifier, generate_rsa};
#[cfg(not(feature = "aws-lc-rs"))]
pub(super) use self::other::{GENERATES_RSA, Pair, Verifier, generate_rsa};

#[cfg(feature = "aws-lc-rs")]
mod aws_lc_rs {
    use aws_lc_rs::{
        encoding::{AsDer, Pkcs8V1Der},
        rand::SystemRandom,
        rsa::{self, KeySize},
        signature::{
            ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
            ED25519, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
            RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding,
            VerificationAlgorithm,
        },
    };
    use zeroize::Zeroizing;

    use crate::crypto::{
        Parameters, SigningAlgorithm,
        der::{self, SEQUENCE},
    };

    pub(in crate::crypto) const GENERATES_RSA: bool = true;

    pub(in crate::crypto) enum Pair {
        Ec(EcdsaKeyPair),
        Ed(Ed25519KeyPair),
        Rsa(rsa::KeyPair, &'static dyn RsaEncoding),
    }

    impl Pair {
        pub(in crate::crypto) fn parse(algorithm: SigningAlgorithm, der: &[u8]) -> Option<Self> {
            let rsa = |encoding| Some(Self::Rsa(rsa::KeyPair::from_der(der).ok()?, encoding));
            match algorithm {
                SigningAlgorithm::Es256 => {
                    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
                    pair.ok().map(Self::Ec)
                }
                SigningAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der).ok().map(Self::Ed),
                SigningAlgorithm::Rs256 => rsa(&RSA_PKCS1_SHA256),
                SigningAlgorithm::Ps256 => rsa(&RSA_PSS_SHA256),
                SigningAlgorithm::Es384 => None,
            }
        }

        pub(in crate::crypto) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
            let random = SystemRandom::new();
            match self {
                Self::Ec(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
                Self::Ed(pair) => Some(pair.sign(message).as_ref().to_vec()),
                Self::Rsa(pair, encoding) => {
                    let mut signature = vec![0; pair.public_modulus_len()];
                    pair.sign(*encoding, &random, message, &mut signature).ok()?;
                    Some(signature)
                }
            }
        }
    }

    /// The public half of a key.
    #[derive(Clone)]
    pub(in crate::crypto) struct Verifier(ParsedPublicKey);

    impl Verifier {
        pub(in crate::crypto) fn parse(
            algorithm: SigningAlgorithm,
            parameters: &Parameters,
        ) -> Option<Self> {
            let scheme: &'static dyn VerificationAlgorithm = match algorithm {
                SigningAlgorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
                SigningAlgorithm::Es384 => &ECDSA_P384_SHA384_FIXED,
                SigningAlgorithm::EdDsa => &ED25519,
                SigningAlgorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                SigningAlgorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
            };
            let key = match parameters {
                Parameters::Ec { x, y } => [&[0x04], &x[..], &y[..]].concat(),
                Parameters::Ed { x } => x.clone(),
                Parameters::Rsa { n, e } => {
                    der::element(SEQUENCE, &[&der::unsigned(n), &der::unsigned(e)])
                }
            };
            ParsedPublicKey::new(scheme, key).ok().map(Self)
        }

        pub(in crate::crypto) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
            self.0.verify_sig(message, signature).is_ok()
        }
    }

    pub(in crate::crypto) fn generate_rsa() -> Option<Zeroizing<Vec<u8>>> {
        let pair = rsa::KeyPair::generate(KeySize::Rsa2048).ok()?;
        let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        Some(Zeroizing::new(der.as_ref().to_vec()))
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
mod other {
    use jsonwebtoken::{DecodingKey, EncodingKey};
    use zeroize::Zeroizing;

    use crate::crypto::{Parameters, SigningAlgorithm, provider};

    /// The `rsa` crate leaks timing (RUSTSEC-2023-0071); keys for it have to be meant.
    pub(in crate::crypto) const GENERATES_RSA: bool = false;

    pub(in crate::crypto) struct Pair {
        algorithm: SigningAlgorithm,
        key: EncodingKey,
    }

    impl Pair {
        pub(in crate::crypto) fn parse(algorithm: SigningAlgorithm, der: &[u8]) -> Option<Self> {
            let key = match algorithm {
                SigningAlgorithm::Es256 => EncodingKey::from_ec_der(der),
                SigningAlgorithm::EdDsa => EncodingKey::from_ed_der(der),
                SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => EncodingKey::from_rsa_der(der),
                SigningAlgorithm::Es384 => return None,
            };
            Some(Self { algorithm, key })
        }

        pub(in crate::crypto) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
            let signer = (provider()?.signer_factory)(&self.algorithm.backend(), &self.key);
            signer.ok()?.try_sign(message).ok()
        }
    }

    /// The public half of a key.
    #[derive(Clone)]
    pub(in crate::crypto) struct Verifier {
        algorithm: SigningAlgorithm,
        key: DecodingKey,
    }

    impl Verifier {
        pub(in crate::crypto) fn parse(
            algorithm: SigningAlgorithm,
            parameters: &Parameters,
        ) -> Option<Self> {
            let key = match parameters {
                Parameters::Ec { x, y } => {
                    DecodingKey::from_ec_der(&[&[0x04], &x[..], &y[..]].concat())
                }
                Parameters::Ed { x } => DecodingKey::from_ed_der(x),
                Parameters::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
            };
            // The backend looks at the key only when it is to verify something.
            (provider()?.verifier_factory)(&algorithm.backend(), &key).ok()?;
            Some(Self { algorithm, key })
        }

        pub(in crate::crypto) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
            let Some(provider) = provider() else { return false };
            let verifier = (provider.verifier_factory)(&self.algorithm.backend(), &self.key);
            verifier.is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
        }
    }

    pub(in crate::crypto) fn generate_rsa() -> Option<Zeroizing<Vec<u8>>> {
        None
    }
}
