//! Documents on an internet of the scenario's own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use oauth_core::{
    fetch::{Fetch, FetchFailed},
    http_types::{Request, Response},
};
use serde_json::Value;
use tokio::sync::Semaphore;

/// What is there, by URL; nothing else can be reached. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Web(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    pages: Mutex<HashMap<String, Response>>,
    asked: Mutex<Vec<String>>,
    /// Where answers wait while there is one.
    gate: Mutex<Option<Arc<Semaphore>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Web {
    /// Puts a document there, as JSON, with a `Cache-Control`.
    pub(crate) fn put(&self, url: &str, document: &Value, cache_control: &str) {
        let answer = http::Response::builder()
            .header("content-type", "application/json")
            .header("cache-control", cache_control)
            .body(document.to_string().into());
        self.answer(url, answer.expect("an answer"));
    }

    /// Answers anything.
    pub(crate) fn answer(&self, url: &str, answer: http::Response<Bytes>) {
        locked(&self.0.pages).insert(url.to_owned(), answer);
    }

    /// Takes it away: it cannot be reached.
    pub(crate) fn take(&self, url: &str) {
        locked(&self.0.pages).remove(url);
    }

    /// Lets answers wait until somebody opens the gate.
    pub(crate) fn close(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *locked(&self.0.gate) = Some(Arc::clone(&gate));
        gate
    }

    /// How often somebody asked.
    pub(crate) fn asked(&self) -> usize {
        locked(&self.0.asked).len()
    }
}

#[async_trait]
impl Fetch for Web {
    async fn fetch(&self, request: Request, limit: usize) -> Result<Response, FetchFailed> {
        assert_eq!(request.headers()["accept"], "application/json");
        let url = request.uri().to_string();
        locked(&self.0.asked).push(url.clone());
        let gate = locked(&self.0.gate).clone();
        if let Some(gate) = gate {
            gate.acquire().await.expect("an open gate").forget();
        }
        let page = locked(&self.0.pages).get(&url).cloned();
        let page = page.ok_or_else(|| FetchFailed::failed("nothing is there"))?;
        if page.body().len() > limit { Err(FetchFailed::TooLarge) } else { Ok(page) }
    }
}
