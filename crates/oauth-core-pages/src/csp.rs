//! The content security policy of the pages (CSP 3).

use http::HeaderValue;

use crate::{logo::Logo, stylesheet::StyleHash};

/// What holds for every page, and all that holds should the rest ever fail to be written.
const BASE: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Where the forms of a page lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forms {
    /// To the server itself, and the answer stays there too.
    StayHere,
    /// To the server itself, whose answer may be a redirect to a client.
    ///
    /// Chromium holds every redirect that follows a form against the `form-action` of the page
    /// that held it: the one to the client, and each one that the client makes after that, to
    /// addresses that nobody here can know. Such a page therefore has no `form-action` at all;
    /// nothing a stranger chose is markup, so there is no form on it but its own.
    MayEndAtAClient,
}

/// The policy of a page: the one stylesheet by its hash, the logo by its origin.
pub(crate) fn policy(style: &StyleHash, logo: Option<&Logo>, forms: Forms) -> HeaderValue {
    let mut text = format!("{BASE}; style-src '{style}'");
    if forms == Forms::StayHere {
        text.push_str("; form-action 'self'");
    }
    if let Some(logo) = logo {
        text.push_str("; img-src ");
        text.push_str(logo.source());
    }
    HeaderValue::try_from(text).unwrap_or(const { HeaderValue::from_static(BASE) })
}

#[cfg(test)]
mod tests {
    use super::{Forms, policy};
    use crate::{logo::Logo, stylesheet::StyleHash};

    fn written(logo: Option<&str>, forms: Forms) -> String {
        let logo = logo.and_then(Logo::parse);
        policy(&StyleHash::of("body{}"), logo.as_ref(), forms).to_str().unwrap().to_owned()
    }

    #[test]
    fn nothing_is_admitted_but_the_style_and_own_forms() {
        let plain = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
             style-src 'sha256-fJgEClQWV1hGkK4qHMO0KotTsVnMYMXTq7/suurGyUo='";
        assert_eq!(written(None, Forms::MayEndAtAClient), plain);
        assert_eq!(written(None, Forms::StayHere), format!("{plain}; form-action 'self'"));
    }

    #[test]
    fn the_logo_is_admitted() {
        let policy = written(Some("https://cdn.example/l.svg"), Forms::StayHere);
        assert!(policy.ends_with("; form-action 'self'; img-src https://cdn.example"));
        let policy = written(Some("/l.svg"), Forms::MayEndAtAClient);
        assert!(policy.ends_with("; img-src 'self'"));
    }
}
