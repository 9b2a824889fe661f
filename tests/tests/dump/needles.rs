//! Secrets, and every spelling in which one could have been written.

use std::collections::HashSet;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use oauth_core_tests::world::Tokens;

/// The shortest piece that is searched for.
const PIECE: usize = 16;

/// What nobody but its holder may know, each with what it is.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    pub(crate) fn add(&mut self, what: &'static str, secret: &str) {
        assert!(secret.len() >= PIECE, "{what} is long enough to be looked for");
        self.0.push((what, secret.to_owned()));
    }

    pub(crate) fn add_all(
        &mut self,
        all: impl IntoIterator<Item = (&'static str, impl AsRef<str>)>,
    ) {
        for (what, secret) in all {
            self.add(what, secret.as_ref());
        }
    }

    pub(crate) fn add_tokens(&mut self, tokens: &Tokens) {
        self.add("access token", &tokens.access);
        if !tokens.refresh.is_empty() {
            self.add("refresh token", &tokens.refresh);
        }
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, secret)| secret.as_str())
    }

    /// None of them is in the heap.
    pub(crate) fn check(&self, heap: &Heap) {
        for (what, secret) in &self.0 {
            assert!(!heap.holds_in_any_spelling(secret.as_bytes()), "a {what} is in the store");
            // Nor what a token is made of: random bytes between a prefix and a checksum.
            let random = secret.split_once('_').and_then(|(_, rest)| rest.get(..43));
            if let Some(random) = random {
                assert!(!heap.holds_in_any_spelling(random.as_bytes()), "a {what}, cut");
                if let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(random) {
                    assert!(!heap.holds_in_any_spelling(&bytes), "a {what}, decoded");
                }
            }
        }
    }
}

/// Bytes to search in.
pub(crate) struct Heap {
    bytes: Vec<u8>,
    /// Every piece of this length that is in it, so that a search need not read it all.
    pieces: HashSet<[u8; 8]>,
}

impl Heap {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let pieces = bytes.windows(8).filter_map(|piece| piece.first_chunk().copied()).collect();
        Self { bytes, pieces }
    }

    pub(crate) fn holds(&self, needle: &[u8]) -> bool {
        let begins = needle.first_chunk().is_none_or(|begin| self.pieces.contains(begin));
        begins && self.bytes.windows(needle.len()).any(|part| part == needle)
    }

    pub(crate) fn holds_in_any_spelling(&self, secret: &[u8]) -> bool {
        spellings(secret).iter().any(|spelling| self.holds(spelling))
    }
}

/// The bytes as they are, in hexadecimal, in both alphabets of base64 at every place in a longer
/// text, in a form, and in JSON; and backwards.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let form: String = form_urlencoded::byte_serialize(secret).collect();
    let mut all = vec![
        secret.to_vec(),
        secret.iter().rev().copied().collect(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        form.replace('+', "%20").into_bytes(),
        form.into_bytes(),
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::to_string(text).unwrap_or_default();
        all.push(json.as_bytes()[1..json.len() - 1].to_vec());
        let ascii = text.escape_unicode().to_string();
        all.push(ascii.into_bytes());
    }
    for before in 0..3 {
        let longer: Vec<_> = std::iter::repeat_n(0, before).chain(secret.iter().copied()).collect();
        // What the neighbours have a part in is left out.
        let (begin, end) = ([0, 2, 3][before], [0, 1, 1][longer.len() % 3]);
        for alphabet in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let text = alphabet.encode(&longer);
            all.push(text.as_bytes()[begin..text.len() - end].to_vec());
        }
    }
    all
}

#[test]
fn every_spelling_is_found() {
    let secret = "oat_a\"secret/of+\u{e9}:0123456789";
    let base64 = BASE64_STANDARD_NO_PAD.encode(format!("user:{secret}:more"));
    let url_safe = BASE64_URL_SAFE_NO_PAD.encode(format!("a:{secret}"));
    for text in [
        format!("before {secret} after"),
        format!("before {} after", serde_json::to_string(secret).expect("JSON")),
        form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        base64,
        url_safe,
        BASE64_STANDARD_NO_PAD.encode(secret),
    ] {
        let heap = Heap::new(text.clone().into_bytes());
        assert!(heap.holds_in_any_spelling(secret.as_bytes()), "{text}");
        assert!(!heap.holds_in_any_spelling(b"oat_another/of+0123456789"), "{text}");
    }
}
