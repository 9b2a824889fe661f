//! Private keys as text (RFC 7468).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use crate::model::Secret;

/// The first block of a text whose label ends in `PRIVATE KEY`: the label, and what is in it.
pub(super) fn read(text: &str) -> Option<(&str, Zeroizing<Vec<u8>>)> {
    let (label, rest) = text.split("-----BEGIN ").skip(1).find_map(|block| {
        let (label, rest) = block.split_once("-----")?;
        label.ends_with("PRIVATE KEY").then_some((label, rest))
    })?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: Zeroizing<String> =
        Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    let bytes = BASE64_STANDARD.decode(body.as_bytes()).ok()?;
    Some((label, Zeroizing::new(bytes)))
}

/// A PKCS #8 structure as a block with lines of 64 characters.
pub(super) fn write(pkcs8: &[u8]) -> Secret {
    let body = Zeroizing::new(BASE64_STANDARD.encode(pkcs8));
    let mut text = String::with_capacity(body.len() * 66 / 64 + 64);
    text.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    Secret::new(text)
}
