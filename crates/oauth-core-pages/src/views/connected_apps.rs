//! Connected applications: what a person has allowed, each with a way to take it back.

use askama::Template;

use super::{Here, Nav, SignOut};
use crate::{csp::Forms, response::View, scope_words::ScopeLine, theme::Theme};

/// The page of connected applications. Each one's form posts `client_id` and `csrf`.
#[derive(Debug, Template)]
#[template(path = "connected_apps.html")]
pub(crate) struct ConnectedApps<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The other pages.
    pub(crate) nav: Option<Nav>,
    /// The path that a revocation is posted to.
    pub(crate) action: &'a str,
    /// Against forged requests.
    pub(crate) csrf: &'a str,
    /// Who is signed in.
    pub(crate) account: &'a str,
    /// The way out.
    pub(crate) sign_out: Option<SignOut<'a>>,
    /// The application whose access was revoked just now.
    pub(crate) revoked: Option<&'a str>,
    /// The applications.
    pub(crate) apps: Vec<ConnectedApp<'a>>,
}

/// One connected application.
#[derive(Clone, Debug)]
pub(crate) struct ConnectedApp<'a> {
    /// Its identifier.
    pub(crate) client_id: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// What it may do.
    pub(crate) scopes: Vec<ScopeLine<'a>>,
    /// Since when, ready to be read: `2026-03-03`.
    pub(crate) since: &'a str,
}

impl View for ConnectedApps<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectedApp, ConnectedApps};
    use crate::{
        scope_words::ScopeLine,
        views::{
            SignOut,
            tests::{HOSTILE, rendered, theme},
        },
    };

    fn text(apps: Vec<ConnectedApp<'_>>, revoked: Option<&str>) -> String {
        rendered(&ConnectedApps {
            theme: &theme(),
            nav: None,
            action: "/connected-apps/revoke",
            csrf: HOSTILE,
            account: HOSTILE,
            sign_out: Some(SignOut { action: "/sign-out", csrf: "c", return_to: None }),
            revoked,
            apps,
        })
    }

    #[test]
    fn every_application_can_be_revoked_on_its_own() {
        let app = |client_id| ConnectedApp {
            client_id,
            name: HOSTILE,
            scopes: vec![ScopeLine { token: "photos:read", words: Some(HOSTILE) }],
            since: "2026-03-03",
        };
        let text = text(vec![app("one"), app(HOSTILE)], None);
        assert_eq!(text.matches(r#"action="/connected-apps/revoke""#).count(), 2);
        assert_eq!(text.matches(r#"name="client_id""#).count(), 2);
        assert!(text.contains(r#"name="client_id" value="one""#));
        assert!(text.contains("2026-03-03"));
        assert!(!text.contains(r#"role="status""#));
    }

    #[test]
    fn an_empty_list_and_a_revocation_are_said() {
        let text = text(Vec::new(), Some("Gone & <b>away</b>"));
        assert!(text.contains("No application has access"));
        assert!(text.contains(r#"role="status""#));
        assert!(text.contains("Gone &#38; &#60;b&#62;away"));
    }
}
