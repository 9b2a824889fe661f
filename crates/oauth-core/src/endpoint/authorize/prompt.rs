//! `prompt` (OpenID Connect Core §3.1.2.1), and the end of a sign-in.

use std::borrow::Cow;

use crate::wire::Params;

/// How long the way back from a sign-in page may take, in seconds.
const WAY_BACK: u32 = 10;

/// What the client asks to be shown to the resource owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prompt {
    /// Nothing may be shown.
    pub none: bool,
    /// The resource owner signs in again.
    pub login: bool,
    /// The resource owner is asked again.
    pub consent: bool,
    /// The resource owner chooses an account.
    pub select_account: bool,
}

impl Prompt {
    /// Reads a space-separated list; `None` for a word that is not known, or `none` beside others.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut prompt = Self::default();
        for word in text.split(' ') {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => return None,
            }
        }
        let others = prompt.login || prompt.consent || prompt.select_account;
        (!(prompt.none && others)).then_some(prompt)
    }
}

/// The query to which a sign-in page returns: the same, but what the visitor has just done by
/// signing in is not asked for again. All other bytes stay as they are.
///
/// `max_age` stays, lest somebody go there without signing in; it only leaves time for the way.
pub(super) fn after_sign_in(query: &str) -> String {
    let pairs = query.split('&').filter_map(|pair| {
        let params = Params::parse(pair.as_bytes()).ok()?;
        if let Some(prompt) = params.get("prompt") {
            let words =
                prompt.split(' ').filter(|word| !matches!(*word, "login" | "select_account"));
            let kept = words.collect::<Vec<_>>().join("+");
            return (!kept.is_empty()).then(|| Cow::Owned(format!("prompt={kept}")));
        }
        let max_age = params.get("max_age").and_then(|text| text.parse().ok());
        if max_age.is_some_and(|max_age: u32| max_age < WAY_BACK) {
            return Some(Cow::Owned(format!("max_age={WAY_BACK}")));
        }
        Some(Cow::Borrowed(pair))
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::{Prompt, after_sign_in};

    #[test]
    fn none_stands_alone() {
        assert!(Prompt::parse("none").unwrap().none);
        assert!(Prompt::parse("login consent").is_some_and(|p| p.login && p.consent));
        for text in ["none login", "nonsense", "", "login  consent", "LOGIN"] {
            assert_eq!(Prompt::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_sign_in_is_asked_for_once() {
        let cases = [
            ("a=1&prompt=login&state=x%2By", "a=1&state=x%2By"),
            ("prompt=login+consent&a", "prompt=consent&a"),
            ("prompt=login%20consent", "prompt=consent"),
            ("%70rompt=lo%67in&a=1", "a=1"),
            ("prompt=consent", "prompt=consent"),
            ("max_age=0&a=1", "max_age=10&a=1"),
            ("max_age=11&state=prompt=login", "max_age=11&state=prompt=login"),
        ];
        for (query, after) in cases {
            assert_eq!(after_sign_in(query), after, "{query}");
        }
    }
}
