//! The only draw of randomness.

use std::{fmt::Debug, sync::Arc};

/// Where random bytes come from.
pub trait Random: Debug + Send + Sync + 'static {
    /// Fills `bytes` with unpredictable ones.
    ///
    /// # Errors
    /// [`RandomFailed`] if there are none; the request is then answered with 503.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed>;
}

impl<T: Random + ?Sized> Random for Arc<T> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        (**self).fill(bytes)
    }
}

/// The source of randomness gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct RandomFailed;

/// The random number generator of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one owner of randomness")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        getrandom::fill(bytes).map_err(|_| RandomFailed)
    }
}
