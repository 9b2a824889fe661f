//! Redirect URIs: what may be registered, and what is admitted for it.

use oauth_core::model::{ApplicationType, RedirectUri};
use url::Url;

use crate::keys::halves;

/// `registered \n requested`.
pub(super) fn check(input: &[u8]) {
    let (registered, requested) = halves(input);
    let (Ok(text), Ok(requested)) =
        (std::str::from_utf8(registered), std::str::from_utf8(requested))
    else {
        return;
    };
    for kind in [ApplicationType::Web, ApplicationType::Native] {
        let Ok(uri) = RedirectUri::register(text, kind) else { continue };
        assert_eq!(uri.as_str(), text);
        // It goes into a header as it is.
        assert!(text.bytes().all(|b| b.is_ascii_graphic()), "{text:?}");
        assert!(!text.contains(['#', '*', '\\', '"', '<', '>']), "{text:?}");
        assert_eq!(RedirectUri::register(uri.as_str(), kind), Ok(uri.clone()));
        assert_eq!(uri.admits(text, kind), Some(uri.clone()));
        assert!(text.starts_with(uri.display_host()), "{text:?}");
        let url = Url::parse(text).expect("a URL");
        let dangerous = ["javascript", "data", "file", "blob", "about", "vbscript"];
        assert!(!dangerous.contains(&url.scheme()), "{text:?}");
        let Some(admitted) = uri.admits(requested, kind) else { continue };
        assert_eq!(admitted.as_str(), requested);
        if requested != text {
            assert!(kind == ApplicationType::Native && uri.is_loopback(), "{requested:?}");
            let mut other = Url::parse(requested).expect("a URL");
            assert!(other.set_port(url.port()).is_ok() && other == url, "{requested:?}");
            assert!(admitted.is_loopback());
        }
    }
}
