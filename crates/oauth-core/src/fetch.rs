//! The role of an HTTP client. There is none in this crate; `oauth-core-fetch` has a guarded one.

use std::{error::Error, fmt::Debug, sync::Arc};

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

/// A URL as it may be logged: scheme, host and path. What else there is may be a secret.
pub(crate) fn without_secrets(url: &str) -> String {
    let Ok(url) = url::Url::parse(url) else { return "a URL that cannot be read".to_owned() };
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

impl FetchFailed {
    /// [`Failed`](Self::Failed), for `map_err`.
    pub fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(source.into())
    }
}

#[async_trait]
impl<T: Fetch + ?Sized> Fetch for Arc<T> {
    async fn fetch(&self, request: Request, limit: usize) -> Result<Response, FetchFailed> {
        (**self).fetch(request, limit).await
    }
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn what_may_be_a_secret_in_a_url_is_not_told() {
        let url = "https://id:pass@as.example:8443/introspect?key=secret#part";
        assert_eq!(without_secrets(url), "https://as.example:8443/introspect");
    }
}
