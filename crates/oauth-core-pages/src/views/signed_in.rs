//! Signed in, with nothing waiting for it.

use askama::Template;

use super::SignOut;
use crate::{csp::Forms, response::View, theme::Theme};

/// What a person sees who signs in without an application that waits for it.
#[derive(Debug, Template)]
#[template(path = "signed_in.html")]
pub(crate) struct SignedIn<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// Who is signed in.
    pub(crate) account: &'a str,
    /// The way out.
    pub(crate) sign_out: SignOut<'a>,
}

impl View for SignedIn<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::SignedIn;
    use crate::views::{
        SignOut,
        tests::{HOSTILE, rendered, theme},
    };

    #[test]
    fn it_says_who_is_signed_in_and_leads_out() {
        let text = rendered(&SignedIn {
            theme: &theme(),
            account: HOSTILE,
            sign_out: SignOut { action: "/sign-out", csrf: HOSTILE, return_to: None },
        });
        assert!(text.contains(r#"action="/sign-out""#));
        assert!(!text.contains(r#"name="return_to""#));
    }
}
