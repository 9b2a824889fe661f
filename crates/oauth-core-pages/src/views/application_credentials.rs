//! What an application proves itself with; its secret is shown here and never again.

use askama::Template;
use oauth_core::{clock::Timestamp, model::Secret};

use super::{Here, Nav};
use crate::{applications::Kind, csp::Forms, moment, response::View, theme::Theme};

/// The page after a registration, and after a new secret was made.
#[derive(Debug, Template)]
#[template(path = "application_credentials.html")]
pub(crate) struct ApplicationCredentials<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The other pages.
    pub(crate) nav: Option<Nav>,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its identifier.
    pub(crate) client_id: &'a str,
    /// What kind it is.
    pub(crate) kind: Kind,
    /// What was done.
    pub(crate) outcome: Outcome<'a>,
    /// The path of the page that edits it.
    pub(crate) edit: &'a str,
    /// The path of the list.
    pub(crate) back: &'a str,
}

/// What was done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome<'a> {
    /// It was registered.
    Registered {
        /// Its secret, if it has one.
        secret: Option<&'a Secret>,
    },
    /// It had been registered with the same form before; nothing was done.
    RegisteredAlready,
    /// It got a new secret.
    Rotated {
        /// The new one.
        secret: &'a Secret,
        /// Until when the old one is good, if it is.
        old_until: Option<Timestamp>,
    },
    /// It had got a new secret since the form was made; nothing was done.
    RotatedAlready,
}

impl<'a> ApplicationCredentials<'a> {
    /// The secret, if it is new.
    fn secret(&self) -> Option<&'a Secret> {
        match self.outcome {
            Outcome::Registered { secret } => secret,
            Outcome::Rotated { secret, .. } => Some(secret),
            Outcome::RegisteredAlready | Outcome::RotatedAlready => None,
        }
    }

    /// Whether it has a secret that is not shown any more.
    fn secret_is_gone(&self) -> bool {
        self.kind.has_secret() && self.secret().is_none()
    }

    /// Until when the secret before is good, ready to be read.
    fn old_until(&self) -> Option<String> {
        match self.outcome {
            Outcome::Rotated { old_until, .. } => old_until.map(moment::minute),
            _ => None,
        }
    }
}

impl View for ApplicationCredentials<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use oauth_core::{clock::Timestamp, model::Secret};

    use super::{ApplicationCredentials, Outcome};
    use crate::{
        applications::Kind,
        views::tests::{HOSTILE, rendered, theme},
    };

    fn text(kind: Kind, outcome: Outcome<'_>) -> String {
        let view = ApplicationCredentials {
            theme: &theme(),
            nav: None,
            name: HOSTILE,
            client_id: HOSTILE,
            kind,
            outcome,
            edit: "/apps/edit?client_id=a",
            back: "/apps",
        };
        assert!(!format!("{view:?}").contains("s3cret"));
        rendered(&view)
    }

    #[test]
    fn a_secret_is_shown_while_it_is_new() {
        let secret = Secret::new("s3cret");
        let shown = text(Kind::Server, Outcome::Registered { secret: Some(&secret) });
        assert!(shown.contains("s3cret") && shown.contains("only now"));
        let old_until = Some(Timestamp::from_unix(1_772_582_400));
        let shown = text(Kind::Server, Outcome::Rotated { secret: &secret, old_until });
        assert!(shown.contains("s3cret") && shown.contains("2026-03-04 00:00 UTC"));
        for outcome in [Outcome::RegisteredAlready, Outcome::RotatedAlready] {
            let shown = text(Kind::Server, outcome);
            assert!(shown.contains("cannot be shown again"));
        }
        for outcome in [Outcome::Registered { secret: None }, Outcome::RegisteredAlready] {
            assert!(!text(Kind::Native, outcome).contains("lient secret"));
        }
    }
}
