//! How two of the systems spell random bytes.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    model::Secret,
    wire::{Hex, TokenFormat},
};

/// 256 bits in hexadecimal, and that in base64url: 86 characters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HexInBase64Url;

impl TokenFormat for HexInBase64Url {
    fn encode(&self, random: &[u8; 32]) -> Secret {
        Secret::new(BASE64_URL_SAFE_NO_PAD.encode(Hex.encode(random).expose()))
    }

    fn recognises(&self, text: &str) -> bool {
        let hex = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let hex = hex.and_then(|bytes| String::from_utf8(bytes).ok());
        hex.is_some_and(|hex| Hex.recognises(&hex))
    }
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// So many letters and digits, 5.95 bits each: at least 22 of them make 128 bits, and more than 42
/// would not be random.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LettersAndDigits(pub(crate) usize);

impl TokenFormat for LettersAndDigits {
    fn encode(&self, random: &[u8; 32]) -> Secret {
        let mut number = *random;
        let text: String = (0..self.0).map(|_| char::from(last_digit(&mut number))).collect();
        Secret::new(text)
    }

    fn recognises(&self, text: &str) -> bool {
        text.len() == self.0 && text.bytes().all(|b| b.is_ascii_alphanumeric())
    }
}

/// Takes the last digit to the base 62 off a big number.
fn last_digit(number: &mut [u8; 32]) -> u8 {
    let mut rest = 0;
    for byte in number {
        let part = rest << 8 | usize::from(*byte);
        // Less than 256, because the rest is less than 62.
        *byte = u8::try_from(part / ALPHABET.len()).unwrap_or(u8::MAX);
        rest = part % ALPHABET.len();
    }
    ALPHABET[rest]
}

#[cfg(test)]
mod tests {
    use oauth_core::wire::TokenFormat;

    use super::{HexInBase64Url, LettersAndDigits};

    #[test]
    fn texts_look_like_those_of_the_documents() {
        let long = HexInBase64Url.encode(&[0x12; 32]);
        assert_eq!((long.expose().len(), &long.expose()[..8]), (86, "MTIxMjEy"));
        assert!(HexInBase64Url.recognises(long.expose()));
        let documented = "MTJkNDAxNzcwYmQyYzQzNGFiMDczZmUxYjMyN2YzOGUzYTRkYzMyZGQ1ZWNlNmI1YTI4MjBjNTY4YjUzMmIyOA";
        assert!(HexInBase64Url.recognises(documented));
        assert!(LettersAndDigits(28).recognises("Axqx362CnSmLABgzqcBasG0pxBj9"));
        assert!(LettersAndDigits(32).recognises("U71FUIsqADNqpaqhh4pNsqE2YYfPwbUV"));
        assert!(!LettersAndDigits(28).recognises("Axqx362CnSmLABgzqcBasG0pxBj_"));
    }

    #[test]
    fn every_byte_counts_and_every_digit_is_used() {
        let format = LettersAndDigits(32);
        let zeros = format.encode(&[0; 32]);
        let mut seen = String::new();
        for at in 0..32 {
            for value in 1..=255 {
                let mut random = [0; 32];
                random[at] = value;
                let text = format.encode(&random);
                assert!(format.recognises(text.expose()));
                // 62³² is a little less than 2¹⁹¹: what is above is left out, but not all of it.
                assert!(at < 8 || text != zeros);
                seen.push_str(text.expose());
            }
        }
        assert!(super::ALPHABET.iter().all(|&c| seen.contains(char::from(c))));
    }
}
