//! Sign-in: a user name and a password.

use askama::Template;

use crate::{csp::Forms, response::View, theme::Theme};

/// The sign-in page. Posts `username`, `password`, `csrf` and `return_to`.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignIn<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The path that the form is posted to.
    pub(crate) action: &'a str,
    /// Against forged requests.
    pub(crate) csrf: &'a str,
    /// Where to go afterwards, on this server.
    pub(crate) return_to: &'a str,
    /// The application that waits for the answer.
    pub(crate) client_name: Option<&'a str>,
    /// The user name that was entered before; empty at first.
    pub(crate) username: &'a str,
    /// Why the person is here again.
    pub(crate) refusal: Option<Refusal>,
}

/// Why a sign-in was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No such user name, or not their password; which of the two is not told.
    WrongCredentials,
    /// Too many attempts.
    Throttled {
        /// When the next one is heard.
        seconds: u32,
    },
}

impl View for SignIn<'_> {
    const FORMS: Forms = Forms::MayEndAtAClient;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, SignIn};
    use crate::views::tests::{HOSTILE, rendered, theme};

    fn text(refusal: Option<Refusal>, username: &str) -> String {
        rendered(&SignIn {
            theme: &theme(),
            action: "/sign-in",
            csrf: HOSTILE,
            return_to: HOSTILE,
            client_name: Some(HOSTILE),
            username,
            refusal,
        })
    }

    #[test]
    fn it_asks_for_a_user_name_and_a_password() {
        let text = text(None, "");
        for part in [
            "to continue to",
            r#"autocomplete="username""#,
            r#"autocomplete="current-password""#,
            r#"name="csrf""#,
            r#"name="return_to""#,
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains(r#"role="alert""#));
        assert_eq!(text.matches("autofocus").count(), 1);
    }

    #[test]
    fn it_says_why_it_is_shown_again() {
        let wrong = text(Some(Refusal::WrongCredentials), HOSTILE);
        assert!(wrong.contains(r#"role="alert""#));
        assert!(wrong.contains("User name or password is wrong."));
        assert!(wrong.contains("<title>Error: "));
        assert_eq!(wrong.matches(r#"aria-describedby="refusal""#).count(), 2);
        let throttled = |seconds| text(Some(Refusal::Throttled { seconds }), "ada");
        assert!(throttled(42).contains("Too many attempts. Try again in 42 seconds."));
        assert!(throttled(1).contains("Try again in 1 second."));
    }

    #[test]
    fn a_known_user_name_is_kept_and_the_password_comes_next() {
        let text = text(Some(Refusal::WrongCredentials), "ada");
        assert!(text.contains(r#"value="ada""#));
        let (_, password) = text.split_once(r#"name="password""#).unwrap();
        assert!(password.contains("autofocus"));
    }
}
