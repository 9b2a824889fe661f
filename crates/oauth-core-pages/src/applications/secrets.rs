//! Secrets of applications: made here, shown once, replaced one after the other.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    clock::Timestamp,
    context::Context,
    error::Error,
    model::{ClientSecret, Secret, SecretHash},
};

/// A new secret of 256 random bits, in letters, digits, `-` and `_`.
pub(crate) fn generate(context: &Context) -> Result<Secret, Error> {
    let bytes: [u8; 32] = context.random()?;
    Ok(Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

/// The secrets once there is a new one: it, and of those before the one that is good for longest,
/// until `until` at the latest.
pub(crate) fn rotate(
    secrets: &[ClientSecret],
    new: SecretHash,
    now: Timestamp,
    until: Timestamp,
) -> Vec<ClientSecret> {
    let end = |secret: &ClientSecret| secret.expires_at.map_or(until, |end| end.min(until));
    // Of several that are good for ever, the one that was added last.
    let longest =
        |secret: &&ClientSecret| secret.expires_at.map_or((true, 0), |end| (false, end.unix()));
    let old = secrets.iter().max_by_key(longest);
    let old = old.map(|old| ClientSecret { hash: old.hash.clone(), expires_at: Some(end(old)) });
    let live = |old: &ClientSecret| old.expires_at.is_some_and(|end| now < end);
    let new = ClientSecret { hash: new, expires_at: None };
    old.filter(live).into_iter().chain([new]).collect()
}

#[cfg(test)]
mod tests {
    use oauth_core::{
        clock::Timestamp,
        model::{ClientSecret, Secret, SecretHash},
    };

    use super::rotate;

    fn hash(text: &str) -> SecretHash {
        SecretHash::of_generated(&Secret::new(text))
    }

    fn rotated(secrets: &[(&str, Option<i64>)], overlap: u32) -> Vec<(SecretHash, Option<i64>)> {
        let secret = |(text, end): &(&str, Option<i64>)| ClientSecret {
            hash: hash(text),
            expires_at: end.map(Timestamp::from_unix),
        };
        let secrets: Vec<_> = secrets.iter().map(secret).collect();
        let now = Timestamp::from_unix(100);
        let rotated = rotate(&secrets, hash("new"), now, now.plus(overlap));
        rotated.into_iter().map(|s| (s.hash, s.expires_at.map(Timestamp::unix))).collect()
    }

    #[test]
    fn there_are_two_at_most_and_the_old_one_ends() {
        let new = (hash("new"), None);
        assert_eq!(rotated(&[("a", None)], 10), [(hash("a"), Some(110)), new.clone()]);
        let two = [("a", Some(105)), ("b", None)];
        assert_eq!(rotated(&two, 10), [(hash("b"), Some(110)), new.clone()]);
        assert_eq!(rotated(&[("a", Some(105))], 10), [(hash("a"), Some(105)), new.clone()]);
        for none_lives in [&[("a", Some(100))][..], &[]] {
            assert_eq!(rotated(none_lives, 10), vec![new.clone()]);
        }
        assert_eq!(rotated(&[("a", None)], 0), [new]);
    }
}
