//! Deleting an application: what that means, and whether it is meant.

use askama::Template;

use super::{Here, Nav};
use crate::{csp::Forms, response::View, theme::Theme};

/// The page that asks before an application is deleted. Posts `csrf` and `client_id`.
#[derive(Debug, Template)]
#[template(path = "application_removal.html")]
pub(crate) struct ApplicationRemoval<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The other pages.
    pub(crate) nav: Option<Nav>,
    /// The path that the form is posted to.
    pub(crate) action: &'a str,
    /// Against forged requests.
    pub(crate) csrf: &'a str,
    /// Its identifier.
    pub(crate) client_id: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// The path of the page that edits it.
    pub(crate) back: &'a str,
}

impl View for ApplicationRemoval<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::ApplicationRemoval;
    use crate::views::tests::{HOSTILE, rendered, theme};

    #[test]
    fn keeping_it_comes_first() {
        let text = rendered(&ApplicationRemoval {
            theme: &theme(),
            nav: None,
            action: "/apps/delete",
            csrf: HOSTILE,
            client_id: HOSTILE,
            name: HOSTILE,
            back: "/apps/edit?client_id=a",
        });
        let keep = text.find(r#"href="/apps/edit?client_id=a""#).unwrap();
        assert!(keep < text.find(r#"type="submit""#).unwrap());
        assert!(!text.contains("autofocus"));
    }
}
