//! Own applications, with a way to register another.

use askama::Template;

use super::{Here, Nav, SignOut};
use crate::{csp::Forms, response::View, theme::Theme};

/// The page of own applications.
#[derive(Debug, Template)]
#[template(path = "applications.html")]
pub(crate) struct Applications<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The other pages.
    pub(crate) nav: Option<Nav>,
    /// Who is signed in.
    pub(crate) account: &'a str,
    /// The way out.
    pub(crate) sign_out: Option<SignOut<'a>>,
    /// What was done just now.
    pub(crate) notice: Option<Notice>,
    /// The path of the form for another one, if another one is allowed.
    pub(crate) register: Option<&'a str>,
    /// The applications.
    pub(crate) apps: Vec<ApplicationLine<'a>>,
}

/// What was done just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// An application was changed.
    Saved,
    /// An application was deleted.
    Deleted,
}

/// One application.
#[derive(Clone, Debug)]
pub(crate) struct ApplicationLine<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its identifier.
    pub(crate) client_id: &'a str,
    /// What kind it is.
    pub(crate) kind: &'static str,
    /// Whether the host has switched it off.
    pub(crate) disabled: bool,
    /// Where it is edited.
    pub(crate) edit: String,
}

impl View for Applications<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::{ApplicationLine, Applications, Here, Nav, Notice};
    use crate::views::tests::{HOSTILE, rendered, theme};

    fn text(apps: Vec<ApplicationLine<'_>>, register: Option<&str>, nav: Option<Nav>) -> String {
        rendered(&Applications {
            theme: &theme(),
            nav,
            account: HOSTILE,
            sign_out: None,
            notice: Some(Notice::Deleted),
            register,
            apps,
        })
    }

    #[test]
    fn every_application_can_be_edited() {
        let line = ApplicationLine {
            name: HOSTILE,
            client_id: HOSTILE,
            kind: "Browser app",
            disabled: true,
            edit: "/apps/edit?client_id=a".to_owned(),
        };
        let text = text(vec![line], Some("/apps/new"), None);
        assert!(text.contains(r#"href="/apps/edit?client_id=a""#));
        assert!(text.contains(r#"href="/apps/new""#));
        assert!(text.contains("Switched off") && !text.contains("<nav"));
    }

    #[test]
    fn full_and_empty_lists_are_said_and_the_page_is_marked_in_the_links() {
        let nav = Nav {
            connected_apps: "/connected-apps".to_owned(),
            applications: "/apps".to_owned(),
            here: Here::Applications,
        };
        let text = text(Vec::new(), None, Some(nav));
        assert!(text.contains("You have not registered an application"));
        assert!(text.contains("as many applications as you can have"));
        assert!(text.contains(r#"<a href="/apps" aria-current="page">"#));
        assert!(text.contains(r#"<a href="/connected-apps">"#));
        assert!(text.contains("was deleted"));
    }
}
