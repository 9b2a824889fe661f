//! Comparing a secret with what somebody sent.

use std::hint::black_box;

use subtle::ConstantTimeEq as _;

/// Whether both are the same. How long it takes tells nothing but their lengths: no branch depends on
/// what is in them. Eight bytes at a time, because one at a time, as `subtle` compares slices, takes
/// longer than a digest of them.
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let ((words, rest), (other_words, other_rest)) = (one.as_chunks(), other.as_chunks());
    let differing = words.iter().zip(other_words).fold(0, |differing, (word, other)| {
        differing | (u64::from_ne_bytes(*word) ^ u64::from_ne_bytes(*other))
    });
    (black_box(differing).ct_eq(&0) & rest.ct_eq(other_rest)).into()
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn every_byte_counts() {
        for length in 0..40 {
            let text: Vec<u8> = (0..length).collect();
            assert!(is_same(&text, &text));
            for place in 0..text.len() {
                let mut other = text.clone();
                other[place] ^= 1;
                assert!(!is_same(&text, &other), "{length} bytes, and byte {place} is another");
            }
            assert!(!is_same(&text, &[&text[..], &[0]].concat()));
        }
    }
}
