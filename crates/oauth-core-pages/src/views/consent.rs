//! Consent: what an application asks for, and Allow or Deny.

use askama::Template;

use super::SignOut;
use crate::{csp::Forms, response::View, scope_words::ScopeLine, theme::Theme};

/// The consent page. Posts `consent` and `decision`, which is `allow` or `deny`.
///
/// Deny comes first and nothing has the focus or an `id`, so that no stray key and no fragment in a
/// link presses Allow.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub(crate) struct Consent<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The path that the decision is posted to.
    pub(crate) action: &'a str,
    /// Names what is being decided; good for one answer.
    pub(crate) consent: &'a str,
    /// Who is signed in.
    pub(crate) account: &'a str,
    /// For the person who is somebody else.
    pub(crate) sign_out: Option<SignOut<'a>>,
    /// The application, in its own words.
    pub(crate) client_name: &'a str,
    /// Where it is described, if its identifier says so: `https://app.example`.
    pub(crate) described_at: Option<&'a str>,
    /// Where the answer goes: `https://app.example` or `com.example.app:`.
    pub(crate) redirect_host: &'a str,
    /// Whether that is a program on the person's own device, and anybody's who has one there.
    pub(crate) on_device: bool,
    /// What it asks for.
    pub(crate) scopes: Vec<ScopeLine<'a>>,
    /// Where it wants to use that; empty if it does not say.
    pub(crate) resources: Vec<&'a str>,
}

impl View for Consent<'_> {
    const FORMS: Forms = Forms::MayEndAtAClient;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::Consent;
    use crate::{
        response::page,
        scope_words::ScopeLine,
        theme::Theme,
        views::{
            SignOut,
            tests::{HOSTILE, rendered, theme},
        },
    };

    fn consent<'a>(theme: &'a Theme, scopes: Vec<ScopeLine<'a>>) -> Consent<'a> {
        Consent {
            theme,
            action: "/consent",
            consent: HOSTILE,
            account: HOSTILE,
            sign_out: Some(SignOut { action: "/sign-out", csrf: "c", return_to: Some(HOSTILE) }),
            client_name: HOSTILE,
            described_at: Some(HOSTILE),
            redirect_host: "https://app.example",
            on_device: true,
            scopes,
            resources: vec!["Photos", HOSTILE],
        }
    }

    #[test]
    fn it_shows_who_asks_for_what_and_where_the_answer_goes() {
        let words = "See <b>your</b> photos";
        let line = ScopeLine { token: "photos:read", words: Some(words) };
        let text =
            rendered(&consent(&theme(), vec![line, ScopeLine { token: "x<b>", words: None }]));
        assert!(text.contains("See &#60;b&#62;your&#60;/b&#62; photos"));
        assert!(text.contains("<code>photos:read</code>"));
        assert!(text.contains("<code>x&#60;b&#62;</code>"));
        assert!(text.contains("https://app.example"));
        assert!(text.contains("Use another account"));
        assert!(text.contains("It can do so at <bdi>Photos</bdi>, <bdi>"));
    }

    #[test]
    fn nothing_presses_allow_but_the_person() {
        let text = rendered(&consent(&theme(), Vec::new()));
        assert!(!text.contains("autofocus") && !text.contains(" id="));
        let deny = text.find(r#"name="decision" value="deny""#).unwrap();
        let allow = text.find(r#"name="decision" value="allow""#).unwrap();
        assert!(deny < allow);
    }

    #[test]
    fn the_policy_lets_the_answer_through() {
        let theme = theme();
        let response = page(StatusCode::OK, &consent(&theme, Vec::new()));
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("form-action"), "{policy}");
    }
}
