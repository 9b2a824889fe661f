//! What can go wrong in a store. "Not found" is not among it: absent is `Ok(None)`.

use std::error::Error;

use crate::causes::with_causes;

/// A store could not do what it was asked, and did none of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached, is too slow or too busy. Answered with 503; trying again may
    /// help.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What was read makes no sense. Answered with 500; trying again will not help.
    #[error("the store holds a record that cannot be read")]
    Corrupt(#[source] Box<dyn Error + Send + Sync>),
    /// A key that was to be added is there already.
    #[error("the key is taken")]
    Conflict,
}

impl StoreError {
    /// [`Unavailable`](Self::Unavailable), for `map_err`.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }

    /// The same once more, for each of several who waited for one answer.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Unavailable(source) => Self::unavailable(with_causes(&**source)),
            Self::Corrupt(source) => Self::corrupt(with_causes(&**source)),
            Self::Conflict => Self::Conflict,
        }
    }

    /// [`Corrupt`](Self::Corrupt), for `map_err`.
    pub fn corrupt(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt(source.into())
    }
}
