//! Editing an application, and the ways to a new secret and to its end.

use askama::Template;

use super::{ApplicationFields, Here, Nav};
use crate::{csp::Forms, response::View, theme::Theme};

/// The form for a registered application. Posts `csrf`, `client_id` and the common fields.
#[derive(Debug, Template)]
#[template(path = "application_settings.html")]
pub(crate) struct ApplicationSettings<'a> {
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
    /// Its name as it is registered.
    pub(crate) name: &'a str,
    /// What kind it is.
    pub(crate) kind: &'static str,
    /// Whether the host has switched it off.
    pub(crate) disabled: bool,
    /// What was entered, and what is wrong with it.
    pub(crate) fields: ApplicationFields<'a>,
    /// The way to a new secret, if it has one.
    pub(crate) new_secret: Option<NewSecret>,
    /// The path of the page that deletes it.
    pub(crate) delete: &'a str,
    /// The path of the list.
    pub(crate) back: &'a str,
}

/// The form for a new secret. Posts `csrf`, `client_id` and `replaces`.
#[derive(Clone, Debug)]
pub(crate) struct NewSecret {
    /// The path that it is posted to.
    pub(crate) action: String,
    /// Against forged requests.
    pub(crate) csrf: String,
    /// Whether two secrets are good at the moment, so that a new one ends the older.
    pub(crate) two_live: bool,
    /// Which secrets it replaces.
    pub(crate) replaces: String,
}

impl View for ApplicationSettings<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::{ApplicationSettings, NewSecret};
    use crate::{
        applications::{Draft, Faults},
        views::{
            ApplicationFields,
            tests::{HOSTILE, rendered, theme},
        },
    };

    #[test]
    fn a_new_secret_is_for_those_that_have_one() {
        let text = |new_secret| {
            let (draft, faults) = (Draft::default(), Faults::default());
            rendered(&ApplicationSettings {
                theme: &theme(),
                nav: None,
                action: "/apps/edit",
                csrf: HOSTILE,
                client_id: HOSTILE,
                name: HOSTILE,
                kind: "Web server app",
                disabled: true,
                fields: ApplicationFields { draft: &draft, faults: &faults, scopes: Vec::new() },
                new_secret,
                delete: "/apps/delete?client_id=a",
                back: "/apps",
            })
        };
        let new_secret = NewSecret {
            action: "/apps/rotate".to_owned(),
            two_live: false,
            csrf: HOSTILE.to_owned(),
            replaces: HOSTILE.to_owned(),
        };
        let with = text(Some(new_secret));
        assert!(with.contains(r#"action="/apps/rotate""#) && with.contains("Switched off"));
        assert!(with.contains(r#"href="/apps/delete?client_id=a""#));
        assert!(!text(None).contains("/apps/rotate"));
        assert!(!with.contains(r#"name="kind""#), "the kind cannot be changed");
    }
}
