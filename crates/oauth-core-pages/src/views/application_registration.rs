//! Registering an application.

use askama::Template;

use super::{ApplicationFields, Here, Nav};
use crate::{applications::Kind, csp::Forms, response::View, theme::Theme};

/// The form for a new application. Posts `csrf`, `kind` and the common fields.
#[derive(Debug, Template)]
#[template(path = "application_registration.html")]
pub(crate) struct ApplicationRegistration<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The other pages.
    pub(crate) nav: Option<Nav>,
    /// The path that the form is posted to.
    pub(crate) action: &'a str,
    /// Against forged requests; good for one application.
    pub(crate) csrf: &'a str,
    /// What was entered, and what is wrong with it.
    pub(crate) fields: ApplicationFields<'a>,
    /// The kind that was chosen.
    pub(crate) kind: Option<Kind>,
    /// The path of the list.
    pub(crate) back: &'a str,
}

impl View for ApplicationRegistration<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::ApplicationRegistration;
    use crate::{
        applications::{Draft, Faults, Kind, RedirectFault},
        scope_words::ScopeLine,
        views::{
            ApplicationFields, ScopeBox,
            tests::{HOSTILE, rendered, theme},
        },
    };

    fn text(draft: &Draft, faults: &Faults, kind: Option<Kind>) -> String {
        let line = ScopeLine { token: "read", words: Some(HOSTILE) };
        let scopes = vec![ScopeBox { field: "scope:read".to_owned(), line, ticked: true }];
        rendered(&ApplicationRegistration {
            theme: &theme(),
            nav: None,
            action: "/apps/new",
            csrf: HOSTILE,
            fields: ApplicationFields { draft, faults, scopes },
            kind,
            back: "/apps",
        })
    }

    #[test]
    fn it_asks_for_everything() {
        let text = text(&Draft::default(), &Faults::default(), None);
        for part in
            [r#"name="name""#, r#"name="redirect_uris""#, r#"name="scope:read" value="on" checked"#]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(text.matches(r#"name="kind""#).count(), 3);
        assert!(!text.contains("aria-invalid=") && !text.contains("Error:"));
        assert_eq!(text.matches("autofocus").count(), 1);
    }

    #[test]
    fn what_was_entered_is_kept_and_what_is_wrong_stands_at_its_field() {
        let draft = Draft {
            name: HOSTILE.to_owned(),
            redirect_uris: format!("{HOSTILE}</textarea>"),
            ..Draft::default()
        };
        let faults = Faults {
            name: Some("name words"),
            kind: Some("kind words"),
            redirect_uris: Some(RedirectFault {
                uri: Some(HOSTILE.to_owned()),
                words: "uri words",
            }),
            form: Some("form words".to_owned()),
        };
        let text = text(&draft, &faults, Some(Kind::Native));
        assert_eq!(text.matches("aria-invalid=\"true\"").count(), 2);
        for id in ["name-fault", "kind-fault", "redirect-uris-fault"] {
            assert!(text.contains(&format!("id=\"{id}\"")), "{id}");
            assert!(text.matches(id).count() > 1, "{id}");
        }
        assert!(text.contains(r#"value="native" required checked"#));
        assert_eq!(text.matches("</textarea>").count(), 1);
        assert_eq!(text.matches("autofocus").count(), 1);
        assert!(text.contains("<title>Error: "));
    }
}
