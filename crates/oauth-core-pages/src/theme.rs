//! How the pages look: the host's title, logo and accent colours.

use crate::{colour::Colour, logo::Logo, stylesheet::Stylesheet};

/// The accent where the host chooses none.
const ACCENT: Colour = Colour::rgb(0x2b, 0x59, 0xd9);
const ACCENT_IN_THE_DARK: Colour = Colour::rgb(0x9c, 0xb4, 0xff);

/// How the pages look. Made by [`Theme::builder`]; cheap to share behind an `Arc`.
#[derive(Clone, Debug)]
pub struct Theme {
    title: String,
    logo: Option<Logo>,
    stylesheet: Stylesheet,
}

/// Why a theme cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTheme {
    /// The title is empty, too long or holds control characters.
    #[error("the title has 1 to 100 bytes and no control characters")]
    Title,
    /// The logo is neither a path on this server nor an https URL.
    #[error("the logo is a path such as `/static/logo.svg` or an https URL")]
    Logo,
    /// An accent colour is not written with six digits.
    #[error("an accent colour is written `#rrggbb`, for example `#2b59d9`")]
    Accent,
}

impl Theme {
    /// Begins a theme for a host of this name, which heads every page. The rest has defaults: a
    /// mark made of the title's first letter, and a blue accent.
    pub fn builder(title: impl Into<String>) -> ThemeBuilder {
        ThemeBuilder { title: title.into(), logo: None, accent: None, accent_in_the_dark: None }
    }

    /// The host's name.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// The first letter of the host's name, for where there is no logo.
    pub(crate) fn initial(&self) -> String {
        self.title
            .chars()
            .find(|c| c.is_alphanumeric())
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect()
    }

    /// The host's logo.
    pub(crate) fn logo(&self) -> Option<&Logo> {
        self.logo.as_ref()
    }

    /// The stylesheet in the host's colours.
    pub(crate) fn stylesheet(&self) -> &Stylesheet {
        &self.stylesheet
    }
}

/// For a host that says nothing about itself.
impl Default for Theme {
    fn default() -> Self {
        let stylesheet = Stylesheet::new(ACCENT, ACCENT_IN_THE_DARK);
        Self { title: "This website".to_owned(), logo: None, stylesheet }
    }
}

/// A theme in the making.
#[derive(Clone, Debug)]
#[must_use = "a theme is made by `build`"]
pub struct ThemeBuilder {
    title: String,
    logo: Option<String>,
    accent: Option<String>,
    accent_in_the_dark: Option<String>,
}

impl ThemeBuilder {
    /// The logo: a path on this server, or an https URL. Shown at 40 by 40 pixels beside the title,
    /// so a mark serves better than a word.
    pub fn logo(mut self, address: impl Into<String>) -> Self {
        self.logo = Some(address.into());
        self
    }

    /// The colour of the main button, written `#rrggbb`. Text on it is black or white, whichever
    /// is read better.
    pub fn accent(mut self, colour: impl Into<String>) -> Self {
        self.accent = Some(colour.into());
        self
    }

    /// The same for people who prefer dark pages; without it, theirs is the accent of the others.
    pub fn accent_in_the_dark(mut self, colour: impl Into<String>) -> Self {
        self.accent_in_the_dark = Some(colour.into());
        self
    }

    /// The theme.
    ///
    /// # Errors
    /// [`InvalidTheme`] names what cannot be used.
    pub fn build(self) -> Result<Theme, InvalidTheme> {
        let title = self.title.trim();
        if !(1..=100).contains(&title.len()) || title.chars().any(char::is_control) {
            return Err(InvalidTheme::Title);
        }
        let colour = |text: &String| Colour::parse(text).ok_or(InvalidTheme::Accent);
        let accent = self.accent.as_ref().map(colour).transpose()?;
        let dark = self.accent_in_the_dark.as_ref().map(colour).transpose()?.or(accent);
        Ok(Theme {
            title: title.to_owned(),
            logo: self.logo.map(|text| Logo::parse(&text).ok_or(InvalidTheme::Logo)).transpose()?,
            stylesheet: Stylesheet::new(
                accent.unwrap_or(ACCENT),
                dark.unwrap_or(ACCENT_IN_THE_DARK),
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidTheme, Theme};

    #[test]
    fn only_a_title_is_required() {
        let theme = Theme::builder("  example photos ").build().unwrap();
        assert_eq!(theme.title(), "example photos");
        assert_eq!(theme.initial(), "E");
        assert!(theme.logo().is_none());
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let theme = || Theme::builder("Example");
        let error = |builder: super::ThemeBuilder| builder.build().unwrap_err();
        assert_eq!(error(Theme::builder(" ")), InvalidTheme::Title);
        assert_eq!(error(Theme::builder("a\nb")), InvalidTheme::Title);
        assert_eq!(error(theme().logo("javascript:alert(1)")), InvalidTheme::Logo);
        assert_eq!(error(theme().accent("red}*{display:none")), InvalidTheme::Accent);
        assert_eq!(error(theme().accent_in_the_dark("#fff")), InvalidTheme::Accent);
    }

    #[test]
    fn the_accent_serves_the_dark_too_unless_there_is_another() {
        let style = |theme: Theme| theme.stylesheet().text().to_owned();
        let one = style(Theme::builder("E").accent("#123456").build().unwrap());
        assert_eq!(one.matches("--accent:#123456").count(), 2);
        let two = Theme::builder("E").accent("#123456").accent_in_the_dark("#abcdef");
        assert_eq!(style(two.build().unwrap()).matches("--accent:#123456").count(), 1);
    }
}
