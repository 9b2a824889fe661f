//! What each page shows. A view holds words that are ready to be shown and decides nothing; its
//! template is the file of the same name.

mod application_credentials;
mod application_fields;
mod application_registration;
mod application_removal;
mod application_settings;
mod applications;
mod connected_apps;
mod consent;
mod error;
mod leaving;
mod nav;
mod sign_in;
mod signed_in;
mod signed_out;

pub(crate) use application_credentials::{ApplicationCredentials, Outcome};
pub(crate) use application_fields::{ApplicationFields, ScopeBox};
pub(crate) use application_registration::ApplicationRegistration;
pub(crate) use application_removal::ApplicationRemoval;
pub(crate) use application_settings::{ApplicationSettings, NewSecret};
pub(crate) use applications::{ApplicationLine, Applications, Notice};
pub(crate) use connected_apps::{ConnectedApp, ConnectedApps};
pub(crate) use consent::Consent;
pub(crate) use error::Error;
pub(crate) use leaving::Leaving;
pub(crate) use nav::{Here, Nav};
pub(crate) use sign_in::{Refusal, SignIn};
pub(crate) use signed_in::SignedIn;
pub(crate) use signed_out::SignedOut;

/// A sign-out form: where it goes and the token that proves that this server wrote it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignOut<'a> {
    /// The path that it is posted to.
    pub(crate) action: &'a str,
    /// Against forged requests.
    pub(crate) csrf: &'a str,
    /// Where to go afterwards, on this server.
    pub(crate) return_to: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use crate::theme::Theme;

    /// What a stranger would like to see in a page as it is.
    pub(super) const HOSTILE: &str = r#"<script>alert(1)</script>"'><img src=x onerror=alert(1)>"#;

    /// A theme with every part.
    pub(super) fn theme() -> Theme {
        Theme::builder("Example & <b>Sons</b>").logo("/logo.svg?a=\"><script>").build().unwrap()
    }

    /// The text of a view, after checking what holds for every page.
    pub(super) fn rendered(view: &impl Template) -> String {
        let text = view.render().unwrap();
        assert!(!text.contains("<script") && !text.contains("<img src=x"), "{text}");
        assert!(!text.contains("<b>"), "{text}");
        assert!(text.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{text}");
        for (part, count) in [("<h1", 1), ("<main", 1), ("<title>", 1), ("<style>", 1)] {
            assert_eq!(text.matches(part).count(), count, "{part} in {text}");
        }
        assert!(text.contains("Example &#38; &#60;b&#62;Sons"), "{text}");
        text
    }
}
