//! Which identifiers are the URL of a document.

use url::Url;

use crate::model::{ClientId, strangers_may_name};

/// Longer URLs are refused, in bytes. They are kept with every grant.
const LIMIT: usize = 512;

/// The URL, if it is one that a document may be at (§3 of the draft): https, with a path, in its
/// normal spelling (which has no dot segments), without user name and fragment.
pub(super) fn of_document(client_id: &ClientId) -> Option<Url> {
    let text = client_id.as_str();
    if text.len() > LIMIT || !text.starts_with("https://") || text.contains('#') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    (url.as_str() == text && strangers_may_name(text)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::of_document;

    #[test]
    fn reg_030_a_document_has_a_url_in_its_normal_spelling() {
        for text in [
            "https://app.example/c.json",
            "https://app.example:8443/a/b?x=1",
            "https://app.example/",
        ] {
            assert!(of_document(&text.into()).is_some(), "{text}");
        }
        let long = format!("https://app.example/{}", "a".repeat(512));
        for text in [
            "https://u:p@app.example/a/../c.json#f",
            "https://u:p@app.example/c.json",
            "https://@app.example/c.json",
            "https://app.example/c.json#f",
            "https://app.example/c.json#",
            "https://app.example/a/../c.json",
            "https://app.example/./c.json",
            "https://app.example/a/%2e%2e/c.json",
            "https://app.example",
            "https://app.example?x",
            "https://APP.example/c.json",
            "https://app.example:443/c.json",
            "https://app.example\\c.json",
            "https:app.example/c.json",
            "http://app.example/c.json",
            "https://127.0.0.1/c.json",
            "https://2130706433/c.json",
            "https://[::1]/c.json",
            "https://localhost/c.json",
            "web",
            &long,
        ] {
            assert!(of_document(&text.into()).is_none(), "{text}");
        }
    }
}
