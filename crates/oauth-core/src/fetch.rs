//! The role of an HTTP client. There is none in this crate; `oauth-core-fetch` has a guarded one.

use std::{error::Error, fmt::Debug, iter, sync::Arc};

use async_trait::async_trait;

use crate::http_types::{Request, Response};

/// Fetches what strangers name: a client's keys (`jwks_uri`), its metadata document. Because they
/// name it, whoever implements this keeps to `https`, follows no redirect, checks every address
/// *after* the name was resolved and connects to what was checked, and bounds time and size.
#[async_trait]
pub trait Fetch: Debug + Send + Sync + 'static {
    /// Sends the request and returns the whole answer, whatever its status, if its body has at most
    /// `limit` bytes.
    ///
    /// # Errors
    /// [`FetchFailed`] if there is no such answer. The details are for the operator only.
    async fn fetch(&self, request: Request, limit: usize) -> Result<Response, FetchFailed>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchFailed {
    /// The request was not sent: its scheme, port or address is not one that may be asked.
    #[error("not fetched: {0}")]
    Refused(&'static str),
    /// Too many requests are under way; it was not sent.
    #[error("too many requests are under way")]
    Busy,
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
    /// The body is longer than the limit; the rest was not read.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection or the exchange failed.
    #[error("the exchange failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl FetchFailed {
    /// [`Failed`](Self::Failed), for `map_err`.
    pub fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(source.into())
    }

    /// What it says, and what its causes say.
    pub(crate) fn with_causes(&self) -> String {
        let causes = iter::successors(self.source(), |cause| (*cause).source());
        causes.fold(self.to_string(), |text, cause| format!("{text}: {cause}"))
    }
}

#[async_trait]
impl<T: Fetch + ?Sized> Fetch for Arc<T> {
    async fn fetch(&self, request: Request, limit: usize) -> Result<Response, FetchFailed> {
        (**self).fetch(request, limit).await
    }
}
