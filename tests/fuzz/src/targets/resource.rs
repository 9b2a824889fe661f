//! Resource indicators: what is accepted is a URI (RFC 3986), accepted again, and equal to itself.

use oauth_core::model::ResourceId;

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(resource) = ResourceId::parse(text) else { return };
    assert_eq!(resource.as_str(), text);
    assert!(text.bytes().all(|b| b.is_ascii_graphic()), "{text:?}");
    assert!(!text.contains(['#', '"', '\\', '<', '>']), "{text:?}");
    assert_eq!(ResourceId::parse(resource.as_str()), Ok(resource.clone()));
    if let Some(url) = resource.metadata_url() {
        assert!(url.contains("/.well-known/oauth-protected-resource"), "{url}");
        assert!(ResourceId::parse(&url).is_ok(), "{url}");
    }
}
