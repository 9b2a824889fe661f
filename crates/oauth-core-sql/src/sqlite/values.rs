//! The values of a verb, kept until its turn has come.

use sqlx::{Arguments as _, error::BoxDynError, sqlite::SqliteArguments};

/// In the order of `$1`, `$2`, ….
#[derive(Clone, Default)]
pub(super) struct Values(Vec<Value>);

#[derive(Clone)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Values {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.0.push(value.into());
        self
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds them to the arguments of a statement.
    pub(super) fn add_to(&self, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
        for value in &self.0 {
            match value {
                Value::Null => arguments.add(None::<i64>),
                Value::Integer(number) => arguments.add(*number),
                Value::Text(text) => arguments.add(text.as_str()),
                Value::Blob(bytes) => arguments.add(bytes.as_slice()),
            }?;
        }
        Ok(())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
