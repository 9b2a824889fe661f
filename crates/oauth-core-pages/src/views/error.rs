//! An error that cannot be sent to the application, because it is not known where that is.

use askama::Template;

use crate::{csp::Forms, response::View, theme::Theme};

/// The error page. It links nowhere: whoever sent the person here may have chosen its parts.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub(crate) struct Error<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// What happened, in a few words.
    pub(crate) heading: &'a str,
    /// What happened and what the person can do, in plain words.
    pub(crate) message: &'a str,
    /// The error code of RFC 6749 §4.1.2.1, for whoever is told about it.
    pub(crate) code: Option<&'a str>,
}

impl View for Error<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::Error;
    use crate::views::tests::{HOSTILE, rendered, theme};

    #[test]
    fn it_says_what_happened_and_links_nowhere() {
        let text = rendered(&Error {
            theme: &theme(),
            heading: "This link does not work",
            message: HOSTILE,
            code: Some("invalid_request"),
        });
        assert!(text.contains("<code>invalid_request</code>"));
        assert!(!text.contains("<a ") && !text.contains("<form"));
    }
}
