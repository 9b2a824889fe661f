//! Colours as `#rrggbb`, and how well one is read on another (WCAG 2.2 §1.4.3, §1.4.11).

use std::fmt;

/// An opaque sRGB colour. Writes itself as `#rrggbb` and nothing else, so that it can stand in a
/// stylesheet whoever chose it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour([u8; 3]);

impl Colour {
    pub(crate) const BLACK: Self = Self([0; 3]);
    pub(crate) const WHITE: Self = Self([255; 3]);

    /// The colour of these channels.
    pub(crate) const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Reads `#rrggbb`; `None` if it is anything else, short forms and names included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// Black or white, whichever is read better on this colour. One of them always reaches 4.5:1.
    pub(crate) fn ink(self) -> Self {
        if self.contrast(Self::BLACK) >= self.contrast(Self::WHITE) {
            Self::BLACK
        } else {
            Self::WHITE
        }
    }

    /// The contrast ratio of WCAG 2.2, from 1 to 21.
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The relative luminance of WCAG 2.2, from 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl fmt::Debug for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Colour;

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!(Colour::parse("#2F5bd8").unwrap().to_string(), "#2f5bd8");
        let refused = [
            "",
            "#",
            "red",
            "#fff",
            "2f5bd8",
            "#2f5bd8ff",
            "#2f5bdg",
            "#+f5bd8",
            "#2f5bd8;}body{display:none",
            " #2f5bd8",
            "#\u{ff12}bd8",
        ];
        for text in refused {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_contrast_is_that_of_wcag() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 1e-9);
        let grey = Colour::rgb(0x76, 0x76, 0x76);
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn ink_is_readable_on_every_colour() {
        let steps = || (0..=255).step_by(15);
        for red in steps() {
            for green in steps() {
                for blue in steps() {
                    let colour = Colour::rgb(red, green, blue);
                    assert!(colour.contrast(colour.ink()) >= 4.5, "{colour}");
                }
            }
        }
    }
}
