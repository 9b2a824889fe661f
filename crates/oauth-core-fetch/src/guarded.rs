//! The client.

use std::{error::Error, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, header};
use oauth_core::{
    fetch::{Fetch, FetchFailed},
    http_types::{Request, Response},
};
use reqwest::Client;
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    GuardedFetchBuilder,
    target::{Inside, Targets},
};

/// Asks public addresses, and nothing on the inside. Cheap to clone; clones share their bounds.
#[derive(Clone, Debug)]
pub struct GuardedFetch {
    pub(crate) client: Client,
    pub(crate) targets: Targets,
    pub(crate) total: Duration,
    pub(crate) room: Arc<Semaphore>,
}

impl GuardedFetch {
    /// Begins a client.
    pub fn builder() -> GuardedFetchBuilder {
        GuardedFetchBuilder::new()
    }

    async fn exchange(&self, request: Request, limit: usize) -> Result<Response, FetchFailed> {
        let (parts, body) = request.into_parts();
        let url = self.targets.check(&parts.uri)?;
        let mut headers = parts.headers;
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let request = self.client.request(parts.method, url).headers(headers).body(body);
        let mut answer = request.send().await.map_err(failed)?;
        if answer.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(FetchFailed::failed("the answer is compressed, which nobody asked for"));
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        let mut read = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if chunk.len() > limit - read.len() {
                return Err(FetchFailed::TooLarge);
            }
            read.extend_from_slice(&chunk);
        }
        *response.body_mut() = read.freeze();
        Ok(response)
    }
}

/// What the client said, without the URL in it, which may hold what a stranger wrote.
fn failed(error: reqwest::Error) -> FetchFailed {
    if error.is_timeout() {
        return FetchFailed::TimedOut;
    }
    let error = error.without_url();
    let mut source = error.source();
    while let Some(cause) = source {
        // `io::Error` is its content's stand-in in the chain, so both are looked at.
        let within = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if cause.is::<Inside>() || within.is_some_and(|within| within.is::<Inside>()) {
            return FetchFailed::Refused("the address is not public");
        }
        source = cause.source();
    }
    FetchFailed::failed(error)
}

#[async_trait]
impl Fetch for GuardedFetch {
    async fn fetch(&self, request: Request, limit: usize) -> Result<Response, FetchFailed> {
        let mut waiting = true;
        let fetched = timeout(self.total, async {
            let _permit = self.room.acquire().await.map_err(FetchFailed::failed)?;
            waiting = false;
            self.exchange(request, limit).await
        });
        match fetched.await {
            Ok(answer) => answer,
            Err(_) if waiting => Err(FetchFailed::Busy),
            Err(_) => Err(FetchFailed::TimedOut),
        }
    }
}
