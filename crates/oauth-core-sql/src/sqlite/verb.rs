//! A verb that writes, as the texts that are run.

use std::sync::OnceLock;

/// How many of one verb are run as one text at most: each text that was ever run is kept, prepared, by
/// the connection. A power of two.
pub(super) const REPEATED: usize = 16;

/// One, two, four, … up to [`REPEATED`].
const REPETITIONS: usize = REPEATED.ilog2() as usize + 1;

/// Statements that happen all or not at all. They share their values: `$2` is the same in each.
pub(super) struct Verb {
    text: String,
    /// How many statements it has.
    pub(super) statements: usize,
    /// How many values it has.
    pub(super) values: usize,
    spelled: [[OnceLock<String>; REPETITIONS]; 4],
}

/// Which part of a transaction a text is.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) is_first: bool,
    pub(super) is_last: bool,
}

impl Verb {
    pub(super) fn of(statements: &[&str]) -> Self {
        let text = statements.join(";\n");
        let values = placeholders(&text).map(|(number, _)| number).max().unwrap_or(0);
        Self { text, statements: statements.len(), values, spelled: Default::default() }
    }

    /// The verb `2^power` times, each with values of its own: the second time `$1` is called `$9`, if
    /// there are eight.
    pub(super) fn text(&'static self, power: usize, part: Part) -> &'static str {
        let place = usize::from(part.is_first) + 2 * usize::from(part.is_last);
        self.spelled[place][power].get_or_init(|| {
            let mut text = String::new();
            if self.begins(power, part) {
                // The lock is taken at once, so that nothing read before the end changes until then.
                text.push_str("BEGIN IMMEDIATE;\n");
            }
            for turn in 0..1 << power {
                self.add_turn(turn, &mut text);
                text.push_str(";\n");
            }
            if part.is_last && !self.is_atomic(power, part) {
                text.push_str("COMMIT");
            }
            text
        })
    }

    /// Whether the first statement of the text is not the verb's, but begins the transaction.
    pub(super) fn begins(&self, power: usize, part: Part) -> bool {
        part.is_first && !self.is_atomic(power, part)
    }

    /// Whether it is a single statement, which is a transaction by itself.
    fn is_atomic(&self, power: usize, part: Part) -> bool {
        part.is_first && part.is_last && self.statements << power == 1
    }

    fn add_turn(&self, turn: usize, text: &mut String) {
        let start = self.text.find('$').unwrap_or(self.text.len());
        text.push_str(&self.text[..start]);
        for (number, after) in placeholders(&self.text) {
            text.push('$');
            text.push_str(&(turn * self.values + number).to_string());
            text.push_str(after);
        }
    }
}

/// The numbers of the placeholders, each with the text behind it.
fn placeholders(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('$').skip(1).map(|part| {
        let end = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
        let (number, after) = part.split_at(end);
        (number.parse().unwrap_or(0), after)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::{Part, Verb};

    static TWO: LazyLock<Verb> = LazyLock::new(|| Verb::of(&["a $2", "b $1, $3"]));
    static ONE: LazyLock<Verb> = LazyLock::new(|| Verb::of(&["c $12"]));

    const fn part(is_first: bool, is_last: bool) -> Part {
        Part { is_first, is_last }
    }

    #[test]
    fn each_turn_has_values_of_its_own() {
        let part = part(false, false);
        assert_eq!(TWO.text(1, part), "a $2;\nb $1, $3;\na $5;\nb $4, $6;\n");
        assert_eq!(ONE.text(2, part), "c $12;\nc $24;\nc $36;\nc $48;\n");
    }

    #[test]
    fn a_transaction_begins_and_ends_once() {
        assert_eq!(TWO.text(0, part(true, false)), "BEGIN IMMEDIATE;\na $2;\nb $1, $3;\n");
        assert_eq!(TWO.text(0, part(false, true)), "a $2;\nb $1, $3;\nCOMMIT");
        assert_eq!(ONE.text(1, part(true, true)), "BEGIN IMMEDIATE;\nc $12;\nc $24;\nCOMMIT");
        assert_eq!(ONE.text(0, part(true, false)), "BEGIN IMMEDIATE;\nc $12;\n");
    }

    #[test]
    fn a_single_statement_is_a_transaction_by_itself() {
        assert_eq!(ONE.text(0, part(true, true)), "c $12;\n");
    }
}
