//! How random bytes are spelled as a credential.

use std::{fmt::Debug, sync::Arc};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::model::Secret;

/// Spells 32 random bytes as a credential. Stores look credentials up by digest, so any spelling
/// serves that keeps at least 128 of the 256 bits.
pub trait TokenFormat: Debug + Send + Sync + 'static {
    /// The credential made of these bytes; the same bytes give the same credential.
    fn encode(&self, random: &[u8; 32]) -> Secret;

    /// Whether the text could have come from [`encode`](Self::encode). What could not is refused
    /// without asking the store.
    fn recognises(&self, text: &str) -> bool;
}

/// The formats of what is issued.
#[derive(Clone, Debug)]
pub struct Formats {
    /// Of authorization codes.
    pub authorization_code: Arc<dyn TokenFormat>,
    /// Of access tokens.
    pub access_token: Arc<dyn TokenFormat>,
    /// Of refresh tokens.
    pub refresh_token: Arc<dyn TokenFormat>,
}

impl Default for Formats {
    fn default() -> Self {
        Self {
            authorization_code: Arc::new(Opaque::new("oac")),
            access_token: Arc::new(Opaque::new("oat")),
            refresh_token: Arc::new(Opaque::new("ort")),
        }
    }
}

/// The default: a prefix that tells what it is, 256 bits in base64url, and a checksum, so that
/// secret scanners find a leaked one and typing errors never reach the store:
/// `oat_` 43 characters, 6 characters.
#[derive(Clone, Debug)]
pub struct Opaque {
    prefix: String,
}

/// 32 bytes in base64url.
const BODY: usize = 43;
/// A CRC-32 in base64url.
const CHECKSUM: usize = 6;

impl Opaque {
    /// The format with this prefix, to which an underscore is added.
    pub fn new(prefix: &str) -> Self {
        Self { prefix: format!("{prefix}_") }
    }
}

impl TokenFormat for Opaque {
    fn encode(&self, random: &[u8; 32]) -> Secret {
        let mut text = String::with_capacity(self.prefix.len() + BODY + CHECKSUM);
        text.push_str(&self.prefix);
        BASE64_URL_SAFE_NO_PAD.encode_string(random, &mut text);
        let checksum = crc32fast::hash(text.as_bytes()).to_be_bytes();
        BASE64_URL_SAFE_NO_PAD.encode_string(checksum, &mut text);
        Secret::new(text)
    }

    fn recognises(&self, text: &str) -> bool {
        let length = self.prefix.len() + BODY + CHECKSUM;
        if text.len() != length || !text.starts_with(&self.prefix) {
            return false;
        }
        let Some((body, checksum)) = text.split_at_checked(length - CHECKSUM) else { return false };
        let mut expected = [0; CHECKSUM];
        let sum = crc32fast::hash(body.as_bytes()).to_be_bytes();
        BASE64_URL_SAFE_NO_PAD.encode_slice(sum, &mut expected).is_ok()
            && checksum.as_bytes() == expected
    }
}

/// 256 bits in base64url: 43 characters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Base64Url;

impl TokenFormat for Base64Url {
    fn encode(&self, random: &[u8; 32]) -> Secret {
        Secret::new(BASE64_URL_SAFE_NO_PAD.encode(random))
    }

    fn recognises(&self, text: &str) -> bool {
        text.len() == BODY && BASE64_URL_SAFE_NO_PAD.decode(text).is_ok()
    }
}

/// 256 bits in lower-case hexadecimal: 64 characters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hex;

impl TokenFormat for Hex {
    fn encode(&self, random: &[u8; 32]) -> Secret {
        let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
        Secret::new(random.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect::<String>())
    }

    fn recognises(&self, text: &str) -> bool {
        text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// 122 bits as a UUID of version 4 (RFC 9562 §5.4): less than the 128 that RFC 6749 §10.10 wants, for
/// clients that parse it. What nobody can guess in the life of a token it still is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uuid;

impl TokenFormat for Uuid {
    fn encode(&self, random: &[u8; 32]) -> Secret {
        let mut half = [0; 16];
        half.copy_from_slice(&random[..16]);
        Secret::new(uuid::Builder::from_random_bytes(half).into_uuid().to_string())
    }

    fn recognises(&self, text: &str) -> bool {
        uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.to_string() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Base64Url, Hex, Opaque, TokenFormat, Uuid};

    #[test]
    fn every_format_recognises_its_own_and_no_other() {
        let formats: [&dyn TokenFormat; 4] = [&Opaque::new("oat"), &Base64Url, &Hex, &Uuid];
        for (own, format) in formats.iter().enumerate() {
            let token = format.encode(&[0xa7; 32]);
            for (other, format) in formats.iter().enumerate() {
                assert_eq!(format.recognises(token.expose()), own == other, "{format:?}");
            }
        }
        assert!(!Uuid.recognises("A7A7A7A7-A7A7-47A7-A7A7-A7A7A7A7A7A7"), "one spelling");
    }

    #[test]
    fn tok_021_tok_022_only_the_very_token_is_recognised() {
        let format = Opaque::new("oat");
        let token = format.encode(&[7; 32]);
        let token = token.expose();
        assert!(token.starts_with("oat_") && token.len() == 53 && format.recognises(token));
        for end in 0..token.len() {
            assert!(!format.recognises(&token[..end]));
        }
        assert!(!format.recognises(&format!("{token}A")));
        for at in 4..token.len() {
            let mut changed = token.to_owned().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(!format.recognises(std::str::from_utf8(&changed).unwrap()), "{at}");
        }
        assert!(!Opaque::new("ort").recognises(token));
        assert!(!format.recognises("oat_é"));
    }
}
