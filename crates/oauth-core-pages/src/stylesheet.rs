//! The one stylesheet, in the host's colours, and the hash that admits it.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};

use crate::colour::Colour;

/// Everything but the accent.
const RULES: &str = include_str!("../templates/style.css");

/// What cards are drawn on, as `--surface` in the rules says.
const SURFACE: Colour = Colour::WHITE;
const SURFACE_IN_THE_DARK: Colour = Colour::rgb(0x17, 0x1a, 0x21);

/// What text is drawn in, as `--text` in the rules says.
const TEXT: Colour = Colour::rgb(0x16, 0x1a, 0x22);
const TEXT_IN_THE_DARK: Colour = Colour::rgb(0xec, 0xee, 0xf3);

/// The contrast that parts of a control need (WCAG 2.2 §1.4.11).
const VISIBLE: f64 = 3.0;

/// The text of the style element and its hash, made once for a theme.
#[derive(Clone)]
pub(crate) struct Stylesheet {
    text: String,
    hash: StyleHash,
}

impl Stylesheet {
    /// The stylesheet in these accent colours.
    pub(crate) fn new(accent: Colour, accent_in_the_dark: Colour) -> Self {
        let light = accents(accent, SURFACE, TEXT);
        let dark = accents(accent_in_the_dark, SURFACE_IN_THE_DARK, TEXT_IN_THE_DARK);
        let text = format!(
            ":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{RULES}"
        );
        let hash = StyleHash::of(&text);
        Self { text, hash }
    }

    /// What stands in the style element, to the byte.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The hash of [`text`](Self::text).
    pub(crate) fn hash(&self) -> &StyleHash {
        &self.hash
    }
}

impl fmt::Debug for Stylesheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stylesheet").field(&self.hash).finish()
    }
}

/// The hash source of a style element (CSP 3 §2.3.1), without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StyleHash(String);

impl StyleHash {
    /// The hash of this text.
    pub(crate) fn of(text: &str) -> Self {
        Self(format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text))))
    }
}

impl fmt::Display for StyleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The accent, the ink on it, and what marks edges and focus: the accent too, unless it would
/// drown in the surface.
fn accents(accent: Colour, surface: Colour, text: Colour) -> String {
    let ink = accent.ink();
    let mark = if accent.contrast(surface) >= VISIBLE { accent } else { text };
    format!("--accent:{accent};--on-accent:{ink};--mark:{mark}")
}

#[cfg(test)]
mod tests {
    use super::{
        Colour, RULES, SURFACE, SURFACE_IN_THE_DARK, Stylesheet, TEXT, TEXT_IN_THE_DARK, VISIBLE,
    };

    /// The value of a custom property in the light or the dark part of the rules.
    fn value(name: &str, dark: bool) -> Colour {
        let (light_part, dark_part) = RULES.split_once("prefers-color-scheme: dark").unwrap();
        let part = if dark { dark_part } else { light_part };
        let (_, rest) = part.split_once(&format!("--{name}: ")).unwrap();
        Colour::parse(&rest[..7]).unwrap()
    }

    #[test]
    fn the_rules_use_the_surface_that_accents_are_measured_on() {
        assert_eq!(value("surface", false), SURFACE);
        assert_eq!(value("surface", true), SURFACE_IN_THE_DARK);
        assert_eq!(value("text", false), TEXT);
        assert_eq!(value("text", true), TEXT_IN_THE_DARK);
    }

    #[test]
    fn every_pair_of_colours_meets_aa() {
        for dark in [false, true] {
            let pairs = [
                ("text", "surface", 4.5),
                ("text", "page", 4.5),
                ("text", "quiet", 4.5),
                ("muted", "surface", 4.5),
                ("muted", "page", 4.5),
                ("muted", "quiet", 4.5),
                ("alert-text", "alert", 4.5),
                ("done-text", "done", 4.5),
                ("alert-text", "surface", 4.5),
                ("edge", "surface", VISIBLE),
            ];
            for (front, back, least) in pairs {
                let contrast = value(front, dark).contrast(value(back, dark));
                assert!(contrast >= least, "{front} on {back}, dark: {dark}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn an_accent_that_drowns_marks_nothing() {
        let yellow = Colour::parse("#ffee58").unwrap();
        let sheet = Stylesheet::new(yellow, yellow);
        let (light, dark) = sheet.text().split_once("@media").unwrap();
        assert!(light.contains("--accent:#ffee58;--on-accent:#000000;--mark:#161a22"));
        assert!(dark.contains("--accent:#ffee58;--on-accent:#000000;--mark:#ffee58"));
    }
}
