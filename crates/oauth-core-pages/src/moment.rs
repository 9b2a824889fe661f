//! Moments as a person reads them, in UTC.

use cookie::time::OffsetDateTime;
use oauth_core::clock::Timestamp;

/// The day, as `2026-03-03`.
pub(crate) fn day(at: Timestamp) -> String {
    read(at).map_or_else(String::new, |at| at.date().to_string())
}

/// The minute, as `2026-03-03 09:05 UTC`.
pub(crate) fn minute(at: Timestamp) -> String {
    let written =
        |at: OffsetDateTime| format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute());
    read(at).map_or_else(String::new, written)
}

fn read(at: Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(at.unix()).ok()
}

#[cfg(test)]
mod tests {
    use oauth_core::clock::Timestamp;

    use super::{day, minute};

    #[test]
    fn moments_are_written_in_utc() {
        let at = Timestamp::from_unix(1_772_528_759);
        assert_eq!(day(at), "2026-03-03");
        assert_eq!(minute(at), "2026-03-03 09:05 UTC");
        assert_eq!(minute(Timestamp::from_unix(i64::MAX)), "");
    }
}
