//! The way to a website at which nobody has looked.

use askama::Template;

use crate::{csp::Forms, response::View, theme::Theme};

/// What a person sees before an error would take them to an application that nobody knows.
#[derive(Debug, Template)]
#[template(path = "leaving.html")]
pub(crate) struct Leaving<'a> {
    /// How it looks.
    pub(crate) theme: &'a Theme,
    /// The scheme and authority of the website.
    pub(crate) host: &'a str,
    /// Where the link leads, error and all.
    pub(crate) url: &'a str,
}

impl View for Leaving<'_> {
    const FORMS: Forms = Forms::StayHere;

    fn theme(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::Leaving;
    use crate::views::tests::{HOSTILE, rendered, theme};

    #[test]
    fn aut_038_it_says_where_the_link_leads() {
        let (host, theme) = ("https://app.example", theme());
        let url = format!("https://app.example/cb?a=1&state={HOSTILE}");
        let text = rendered(&Leaving { theme: &theme, host, url: &url });
        assert!(text.contains(r#"<bdi class="address">https://app.example</bdi>"#), "{text}");
        assert!(
            text.contains(r#"href="https://app.example/cb?a=1&#38;state=&#60;script"#),
            "{text}"
        );
    }
}
