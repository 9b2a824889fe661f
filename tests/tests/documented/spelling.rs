//! What the answers of the documents look like.

use serde_json::Value;

/// The value has these members, no more and no less.
#[track_caller]
pub(crate) fn has_exactly(value: &Value, members: &[&str]) {
    let mut found: Vec<_> = value.as_object().expect("an object").keys().collect();
    found.sort();
    let mut expected = members.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// The member, which is a string.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    let Some(text) = value[member].as_str() else { panic!("{member} is no string: {value}") };
    text
}
