//! What a JWT claims, once its signature is known to be good (RFC 7519 §4).

use serde_json::{Map, Value};

use super::InvalidJwt;
use crate::clock::Timestamp;

/// The latest moment that is read: the end of the year 9999.
const END: f64 = 253_402_300_799.0;

/// A JWT whose signature is good. What it claims is not checked yet.
#[derive(Clone, Debug)]
pub struct Verified {
    kind: Option<String>,
    claims: Map<String, Value>,
}

/// What a JWT must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// One of these is its `typ`, in lower case and without `application/`; `None` stands for none
    /// at all, where tokens of that kind have been about for longer than types.
    pub kinds: &'a [Option<&'a str>],
    /// Its `iss`, byte by byte.
    pub issuer: &'a str,
    /// One of these must be in its `aud`. `None` where the caller checks the audience by itself.
    pub audience: Option<&'a [&'a str]>,
    /// Now.
    pub now: Timestamp,
    /// By how many seconds the issuer's clock may differ.
    pub tolerance: u32,
}

impl Verified {
    pub(super) fn new(kind: Option<String>, claims: Map<String, Value>) -> Self {
        Self { kind, claims }
    }

    /// Its claims, unchecked.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Checks type, issuer, audience and times. A claim of the wrong type is not an absent one: it
    /// makes the whole token bad.
    ///
    /// # Errors
    /// [`InvalidJwt`] names the claim.
    pub fn check(self, expected: &Expected<'_>) -> Result<Map<String, Value>, InvalidJwt> {
        if !expected.kinds.contains(&self.kind.as_deref()) {
            return Err(InvalidJwt::Type);
        }
        let claims = self.claims;
        if text(&claims, "iss")? != Some(expected.issuer) {
            return Err(InvalidJwt::Claim("iss"));
        }
        let audience = audience(&claims)?;
        if let Some(own) = expected.audience
            && !audience.iter().any(|named| own.contains(named))
        {
            return Err(InvalidJwt::Claim("aud"));
        }
        let (early, late) =
            (expected.now.minus(expected.tolerance), expected.now.plus(expected.tolerance));
        let expires_at = moment(&claims, "exp")?.ok_or(InvalidJwt::Claim("exp"))?;
        if expires_at <= early {
            return Err(InvalidJwt::Claim("exp"));
        }
        for name in ["nbf", "iat"] {
            if moment(&claims, name)?.is_some_and(|from| from > late) {
                return Err(InvalidJwt::Claim(name));
            }
        }
        Ok(claims)
    }
}

/// A claim that is a text.
pub(super) fn text<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, InvalidJwt> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(InvalidJwt::Claim(name)),
    }
}

/// A claim that is a moment (RFC 7519 §2): a number, of which fractions of a second are dropped.
pub(crate) fn moment(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<Timestamp>, InvalidJwt> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..=END).contains(seconds));
    let seconds = seconds.ok_or(InvalidJwt::Claim(name))?;
    Ok(Some(Timestamp::from_unix(seconds as i64)))
}

/// For whom it is: one text, or a list of texts that is not empty.
pub(super) fn audience(claims: &Map<String, Value>) -> Result<Vec<&str>, InvalidJwt> {
    let named = match claims.get("aud") {
        Some(Value::String(one)) => Some(vec![one.as_str()]),
        Some(Value::Array(list)) if !list.is_empty() => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    named.ok_or(InvalidJwt::Claim("aud"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{Expected, Verified};
    use crate::{clock::Timestamp, jwt::InvalidJwt};

    const NOW: i64 = 1_790_000_000;

    fn check(kind: Option<&str>, change: Value) -> Result<Map<String, Value>, InvalidJwt> {
        let claims = json!({ "iss": "https://as.example", "aud": "api", "exp": NOW + 60 });
        let Value::Object(mut claims) = claims else { unreachable!() };
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.remove(name)),
                Value::Object(_) => drop(claims.insert(name.clone(), Value::Null)),
                _ => drop(claims.insert(name.clone(), value.clone())),
            }
        }
        Verified::new(kind.map(str::to_owned), claims).check(&Expected {
            kinds: &[Some("at+jwt")],
            issuer: "https://as.example",
            audience: Some(&["api", "other"]),
            now: Timestamp::from_unix(NOW),
            tolerance: 10,
        })
    }

    #[test]
    fn jwt_013_another_type_or_none_is_refused() {
        assert!(check(Some("at+jwt"), json!({})).is_ok());
        for kind in [None, Some("jwt"), Some("dpop+jwt"), Some("logout+jwt"), Some("at"), Some("")]
        {
            assert_eq!(check(kind, json!({})), Err(InvalidJwt::Type), "{kind:?}");
        }
    }

    #[test]
    fn jwt_006_jwt_007_malformed_times_are_not_absent_ones() {
        for exp in
            [json!("1"), json!(-1), json!(9_223_372_036_854_775_808_u64), json!([]), json!(true)]
        {
            assert_eq!(check(Some("at+jwt"), json!({ "exp": exp })), Err(InvalidJwt::Claim("exp")));
        }
        // `{}` stands for JSON's null, and null for an absent member.
        for exp in [json!({}), json!(null), json!(NOW - 10), json!(1.5)] {
            assert_eq!(check(Some("at+jwt"), json!({ "exp": exp })), Err(InvalidJwt::Claim("exp")));
        }
        for exp in [json!(NOW - 9), json!(NOW as f64 + 1.5)] {
            assert!(check(Some("at+jwt"), json!({ "exp": exp })).is_ok());
        }
    }

    #[test]
    fn jwt_027_what_is_not_yet_good_is_refused() {
        for name in ["nbf", "iat"] {
            for late in [json!(NOW + 11), json!(NOW + 70), json!("0"), json!({}), json!(-1)] {
                let refused = check(Some("at+jwt"), json!({ name: late }));
                assert_eq!(refused, Err(InvalidJwt::Claim(name)));
            }
            assert!(check(Some("at+jwt"), json!({ name: NOW + 10 })).is_ok());
        }
    }

    #[test]
    fn jwt_014_an_audience_is_a_text_or_texts_and_names_us() {
        for aud in [json!([1]), json!([]), json!(["api", 1]), json!(null), json!("else"), json!(1)]
        {
            assert_eq!(check(Some("at+jwt"), json!({ "aud": aud })), Err(InvalidJwt::Claim("aud")));
        }
        assert!(check(Some("at+jwt"), json!({ "aud": ["x", "other"] })).is_ok());
    }

    #[test]
    fn another_issuer_is_refused() {
        for iss in [json!("https://as.example/"), json!(["https://as.example"]), json!(null)] {
            assert_eq!(check(Some("at+jwt"), json!({ "iss": iss })), Err(InvalidJwt::Claim("iss")));
        }
    }
}
