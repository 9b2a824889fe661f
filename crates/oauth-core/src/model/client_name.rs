//! What people are shown as the name of a client.

/// Longer names are refused, in bytes.
const LIMIT: usize = 200;

/// Whether it can be shown. None at all is no fault.
pub(super) fn is_good(name: &str) -> bool {
    name.len() <= LIMIT
        && name.chars().all(is_shown_as_spelled)
        && (name.is_empty() || is_visible(name))
}

/// Whether the character is no control character and no end of a line, and does not embed, override or
/// isolate a direction of writing (Unicode UAX #9 §2.1–2.5): with one of those a name is not shown in
/// the order in which it is spelled.
pub(super) fn is_shown_as_spelled(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether there is anything to see: blanks, joiners, marks and fillers show nothing by themselves.
pub(super) fn is_visible(name: &str) -> bool {
    let is_blank = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                // Those that Unicode calls Default_Ignorable_Code_Point, and the empty pattern of Braille.
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                    | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
                    | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
                    | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                    | '\u{e0000}'..='\u{e0fff}'
            )
    };
    !name.chars().all(is_blank)
}

#[cfg(test)]
mod tests {
    use crate::model::{Client, InvalidClient};

    fn named(name: &str) -> Result<Client, InvalidClient> {
        Client::public("spa").redirect_uri("https://a.example/cb").name(name).build()
    }

    #[test]
    fn a_name_that_turns_the_writing_around_is_refused() {
        assert!(named("\u{5d3}\u{5d5}\u{5d0}\u{5e8} Mail").is_ok());
        for name in
            ["Example \u{202e}liam", "\u{202a}a", "\u{2066}a", "a\u{2069}", "a\nb", "a\u{2028}b"]
        {
            assert_eq!(named(name).unwrap_err(), InvalidClient::ClientName, "{name:?}");
        }
    }

    #[test]
    fn a_name_has_something_to_see() {
        assert!(named("\u{1f469}\u{200d}\u{1f4bb}").is_ok());
        for name in [
            " ",
            "\u{200b}",
            "\u{3164}\u{feff}",
            "\u{2800}",
            "\u{200d}\u{115f}",
            "\u{fe0f}",
            "\u{e0041}",
            "\u{34f}",
            "\u{206a}",
            "\u{180b}\u{17b4}",
        ] {
            assert_eq!(named(name).unwrap_err(), InvalidClient::ClientName, "{name:?}");
        }
    }
}
