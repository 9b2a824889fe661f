//! Signed out.

use askama::Template;

use crate::{csp::Forms, response::View, theme::Theme};

/// What a person sees who has signed out.
#[derive(Debug, Template)]
#[template(path = "signed_out.html")]
pub(crate) struct SignedOut<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The path of the sign-in page.
    pub(crate) sign_in: &'a str,
}

impl View for SignedOut<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::SignedOut;
    use crate::views::tests::{rendered, theme};

    #[test]
    fn it_leads_back_in() {
        let theme = theme();
        let text = rendered(&SignedOut { theme: &theme, sign_in: "/sign-in" });
        assert!(text.contains(r#"href="/sign-in""#));
    }
}
