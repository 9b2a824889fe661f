//! JSON objects that every reader understands in the same way.

use std::{collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How deep an object may be.
const DEPTH: usize = 16;

/// Reads an object; `None` if it is none, has a member twice (RFC 7515 §4, RFC 7519 §4), is deeper than
/// 16, or has something behind it.
pub(crate) fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Shape { left: DEPTH }.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// Looks at the shape of a value and keeps nothing of it.
struct Shape {
    left: usize,
}

impl Shape {
    fn inner<E: Error>(&self) -> Result<Self, E> {
        let left = self.left.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok(Self { left })
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.inner()?)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value_seed(self.inner()?)?;
            if !names.insert(name) {
                return Err(A::Error::custom("a member is there twice"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn jwt_017_a_member_is_there_once_at_every_level() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            r#"{"a":1} {}"#,
            r#"{"a":1e400}"#,
            "[]",
            "null",
            "",
        ] {
            assert_eq!(object(text.as_bytes()), None, "{text}");
        }
        assert_eq!(object(br#" {"a":[{"a":1},{"a":2}],"b":null} "#).unwrap().len(), 2);
    }

    #[test]
    fn dos_010_depth_has_an_end() {
        let nested = |depth| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(object(nested(15).as_bytes()).is_some());
        assert!(object(nested(16).as_bytes()).is_none());
        assert!(object(nested(100_000).as_bytes()).is_none());
    }
}
