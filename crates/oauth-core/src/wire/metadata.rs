//! The metadata document (RFC 8414 §2).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// What the server says about itself. Endpoints describe themselves into it; nothing is written by
/// hand, so it says only what is true.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Metadata {
    members: BTreeMap<String, Value>,
}

impl Metadata {
    /// Sets a member.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.members.insert(name.to_owned(), value.into());
    }

    /// Adds to a member that is a list; a value is named once.
    pub fn add<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        let list = self.members.entry(name.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            for value in values {
                if !list.iter().any(|own| own == value) {
                    list.push(Value::from(value));
                }
            }
        }
    }

    /// A member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }
}
