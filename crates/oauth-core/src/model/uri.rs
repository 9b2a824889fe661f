//! The characters of a URI (RFC 3986 §2). A parser of URLs takes more: it drops blanks at both ends
//! and line breaks anywhere, and leaves quotes and blanks in paths of schemes that it does not know.

/// Whether the text has none but the characters of a URI.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b))
}
