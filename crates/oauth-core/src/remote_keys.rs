//! Keys that others publish (`jwks_uri`), fetched when they are needed.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use async_lock::Mutex;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use quick_cache::sync::Cache;

use crate::{
    causes::with_causes,
    clock::Timestamp,
    crypto::{PublicKey, SigningAlgorithm},
    fetch::Fetch,
    http_types::Request,
    jwt::KeySet,
    wire::media_type::is_json,
};

/// How many documents are remembered at most.
const CAPACITY: usize = 1_000;
/// The largest document that is read, in bytes.
const LIMIT: usize = 64 * 1024;
/// After how many seconds a document is fetched again.
const FRESH: u64 = 300;
/// How many seconds pass at least before a key that a document does not have is looked for again.
const AGAIN: u64 = 60;
/// For how many seconds a fetch that failed is not tried again.
const FAILED: u64 = 30;
/// For how many seconds a document is good while no newer one can be had.
const STALE: u64 = 24 * 60 * 60;

/// Documents with keys, each fetched by one caller at a time: others go on with the one before, if
/// there is one and somebody has looked lately. An address that does not answer is left alone for half
/// a minute, a key that is not there for a minute.
#[derive(Clone)]
pub struct RemoteKeys {
    fetch: Arc<dyn Fetch>,
    documents: Arc<Cache<String, Arc<Document>>>,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoKey {
    /// The document has no such key.
    #[error("the document with the keys has no such key")]
    Unknown,
    /// There is no document.
    #[error("there is no document with keys to be had")]
    Unavailable,
}

#[derive(Default)]
struct Document {
    // Never held across an await.
    state: RwLock<State>,
    fetching: Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    keys: Option<(Arc<KeySet>, Timestamp)>,
    tried_at: Option<Timestamp>,
    /// Why the last fetch failed, if it did.
    trouble: Option<Arc<str>>,
}

impl State {
    fn look(
        &self,
        key_id: Option<&str>,
        algorithm: SigningAlgorithm,
        now: Timestamp,
    ) -> Result<PublicKey, NoKey> {
        let (keys, _) = self
            .keys
            .as_ref()
            .filter(|(_, at)| now.seconds_since(*at) < STALE)
            .ok_or(NoKey::Unavailable)?;
        // Where the last fetch failed, a key that is not there may be a new one.
        let absent = if self.trouble.is_some() { NoKey::Unavailable } else { NoKey::Unknown };
        keys.find(key_id, algorithm, now).cloned().map_err(|_| absent)
    }

    /// Whether nobody has come for long, so that the keys may be others by now.
    fn is_late(&self, now: Timestamp) -> bool {
        self.tried_at.is_some_and(|at| now.seconds_since(at) >= 2 * FRESH)
    }

    /// Whether it makes sense to fetch, given what was found.
    fn is_due(&self, found: &Result<PublicKey, NoKey>, now: Timestamp) -> bool {
        let Some(tried_at) = self.tried_at else { return true };
        let wait = match found {
            _ if self.trouble.is_some() => FAILED,
            Ok(_) => FRESH,
            Err(_) => AGAIN,
        };
        !now.is_within(wait, tried_at)
    }
}

impl RemoteKeys {
    /// Keys that are fetched with this.
    pub fn new(fetch: impl Fetch) -> Self {
        Self { fetch: Arc::new(fetch), documents: Arc::new(Cache::new(CAPACITY)) }
    }

    /// The key of this name and algorithm in the document at `uri`.
    ///
    /// # Errors
    /// [`NoKey`] if there is none.
    pub async fn find(
        &self,
        uri: &str,
        key_id: Option<&str>,
        algorithm: SigningAlgorithm,
        now: Timestamp,
    ) -> Result<PublicKey, NoKey> {
        let fresh = || Ok::<_, NoKey>(Arc::<Document>::default());
        let document = self.documents.get_or_insert_with(uri, fresh)?;
        let state = document.state();
        let found = state.look(key_id, algorithm, now);
        if !state.is_due(&found, now) {
            return found;
        }
        let _fetching = match document.fetching.try_lock() {
            Some(guard) => guard,
            None if found.is_ok() && !state.is_late(now) => return found,
            None => document.fetching.lock().await,
        };
        let state = document.state();
        let found = state.look(key_id, algorithm, now);
        if state.is_due(&found, now) {
            let fetched = self.fetch(uri).await;
            document.update(fetched, now);
        }
        document.state().look(key_id, algorithm, now)
    }

    /// Why the last fetch of this document failed, if it did, for whoever operates this process.
    pub(crate) fn trouble(&self, uri: &str) -> Option<Arc<str>> {
        self.documents.get(uri)?.state().trouble
    }

    async fn fetch(&self, uri: &str) -> Result<KeySet, String> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = uri.parse().map_err(|_| "the URL cannot be read")?;
        let json = HeaderValue::from_static("application/jwk-set+json, application/json");
        request.headers_mut().insert(header::ACCEPT, json);
        let response =
            self.fetch.fetch(request, LIMIT).await.map_err(|error| with_causes(&error))?;
        match response.status() {
            StatusCode::OK if !is_json(response.headers()) => {
                Err("the answer is not declared to be JSON".to_owned())
            }
            StatusCode::OK => KeySet::parse(response.body()).map_err(|error| error.to_string()),
            status => Err(format!("the answer is {status}")),
        }
    }
}

impl Document {
    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, fetched: Result<KeySet, String>, now: Timestamp) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.tried_at = Some(now);
        match fetched {
            Ok(keys) => {
                state.keys = Some((Arc::new(keys), now));
                state.trouble = None;
            }
            Err(trouble) => state.trouble = Some(trouble.into()),
        }
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys").field("fetch", &self.fetch).finish_non_exhaustive()
    }
}

#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod tests {
    use std::sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    };

    use async_trait::async_trait;
    use bytes::Bytes;
    use http::{HeaderValue, header::CONTENT_TYPE};
    use serde_json::json;

    use super::{NoKey, RemoteKeys};
    use crate::{
        clock::Timestamp,
        crypto::SigningAlgorithm::{EdDsa, Es256},
        fetch::{Fetch, FetchFailed},
        http_types::{Request, Response},
    };

    /// Serves a document, counts, and lets others run before it answers.
    #[derive(Clone, Debug, Default)]
    struct Publisher {
        document: Arc<Mutex<Option<String>>>,
        asked: Arc<AtomicU32>,
    }

    impl Publisher {
        fn publish(&self, kids: &[&str]) {
            let key = |kid: &&str| {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid,
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
            };
            let keys = kids.iter().map(key).collect::<Vec<_>>();
            self.set(Some(json!({ "keys": keys }).to_string()));
        }

        fn set(&self, document: Option<String>) {
            *self.document.lock().unwrap_or_else(PoisonError::into_inner) = document;
        }

        fn asked(&self) -> u32 {
            self.asked.load(Ordering::Relaxed)
        }
    }

    #[async_trait]
    impl Fetch for Publisher {
        async fn fetch(&self, _: Request, _: usize) -> Result<Response, FetchFailed> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            let document = self.document.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let text = document.ok_or(FetchFailed::TimedOut)?;
            let mut answer = Response::new(Bytes::from(text));
            let json = HeaderValue::from_static("application/json");
            answer.headers_mut().insert(CONTENT_TYPE, json);
            Ok(answer)
        }
    }

    const URI: &str = "https://client.example/jwks";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_790_000_000 + seconds)
    }

    #[tokio::test]
    async fn a_document_is_fetched_when_it_is_needed_and_not_more() {
        let publisher = Publisher::default();
        publisher.publish(&["a"]);
        let keys = RemoteKeys::new(publisher.clone());
        let find = async |kid, now| keys.find(URI, Some(kid), EdDsa, at(now)).await.map(drop);
        assert_eq!(find("a", 0).await, Ok(()));
        assert_eq!(find("a", 299).await, Ok(()));
        assert_eq!(publisher.asked(), 1);
        assert_eq!(keys.find(URI, Some("a"), Es256, at(0)).await.map(drop), Err(NoKey::Unknown));
        // A key that is not there yet is looked for again, once a minute.
        assert_eq!(find("b", 59).await, Err(NoKey::Unknown));
        assert_eq!(publisher.asked(), 1);
        publisher.publish(&["a", "b"]);
        assert_eq!(find("b", 60).await, Ok(()));
        assert_eq!(find("c", 60).await, Err(NoKey::Unknown));
        assert_eq!(publisher.asked(), 2);
        assert_eq!(find("a", 360).await, Ok(()));
        assert_eq!(publisher.asked(), 3);
    }

    #[tokio::test]
    async fn cla_045_what_does_not_answer_is_left_alone_and_old_keys_last() {
        let publisher = Publisher::default();
        let keys = RemoteKeys::new(publisher.clone());
        let find = async |now| keys.find(URI, Some("a"), EdDsa, at(now)).await.map(drop);
        for (now, asked) in [(0, 1), (29, 1), (30, 2)] {
            assert_eq!(find(now).await, Err(NoKey::Unavailable));
            assert_eq!(publisher.asked(), asked);
        }
        publisher.publish(&["a"]);
        assert_eq!(find(60).await, Ok(()));
        for broken in [None, Some("{}".to_owned())] {
            publisher.set(broken);
            assert_eq!(find(360).await, Ok(()));
        }
        let other = keys.find(URI, Some("b"), EdDsa, at(361)).await.map(drop);
        assert_eq!(
            other,
            Err(NoKey::Unavailable),
            "it may be in the document that is not to be had"
        );
        assert_eq!(find(60 + 86_399).await, Ok(()));
        assert_eq!(find(60 + 86_400).await, Err(NoKey::Unavailable));
    }

    #[tokio::test]
    async fn many_who_need_a_document_fetch_it_once() {
        let publisher = Publisher::default();
        publisher.publish(&["a"]);
        let keys = RemoteKeys::new(publisher.clone());
        let find = |now| {
            let keys = keys.clone();
            async move { keys.find(URI, Some("a"), EdDsa, at(now)).await.map(drop) }
        };
        let mut all = tokio::task::JoinSet::new();
        (0..100).for_each(|_| drop(all.spawn(find(0))));
        assert!(all.join_all().await.into_iter().all(|found| found == Ok(())));
        assert_eq!(publisher.asked(), 1);
        let mut all = tokio::task::JoinSet::new();
        (0..100).for_each(|_| drop(all.spawn(find(300))));
        assert!(all.join_all().await.into_iter().all(|found| found == Ok(())));
        assert_eq!(publisher.asked(), 2);
        // After a rest nobody goes on with the document of before.
        publisher.publish(&["b"]);
        let mut all = tokio::task::JoinSet::new();
        (0..100).for_each(|_| drop(all.spawn(find(900))));
        assert!(all.join_all().await.into_iter().all(|found| found == Err(NoKey::Unknown)));
        assert_eq!(publisher.asked(), 3);
    }
}
