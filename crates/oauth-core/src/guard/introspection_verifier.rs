//! Access tokens of a server elsewhere, of whatever kind: it is asked about each (RFC 7662).

use std::{borrow::Cow, fmt, sync::Arc};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use super::{Access, Guarded, TokenVerifier};
use crate::{
    causes::with_causes,
    clock::{Clock, SystemClock, Timestamp},
    fetch::{Fetch, without_secrets},
    flights::Flights,
    http_types::Request,
    json,
    jwt::AccessTokenPayload,
    keys::VerifiedToken,
    model::{Digest, Issuer, ResourceId, Secret},
    store::StoreError,
    wire::media_type::is_json,
};

/// How many good tokens are remembered at most.
const CAPACITY: usize = 10_000;
/// How many others are. Of those anybody can think of more.
const REFUSED_CAPACITY: usize = 1_000;
/// The largest answer that is read, in bytes.
const LIMIT: usize = 64 * 1024;
/// The longest token that is asked about, in bytes.
const TOKEN_LIMIT: usize = 16 * 1024;
/// For how many seconds an answer is remembered, unless told otherwise.
const CACHE: u32 = 10;

/// Asks the issuer's introspection endpoint about tokens for one resource. Answers are remembered for
/// ten seconds and never for longer than the token lives, so a token that was revoked stays good for
/// as much longer.
pub struct IntrospectionVerifier {
    issuer: Issuer,
    resource: ResourceId,
    endpoint: String,
    authorization: Secret,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    cache: u32,
    good: Cache<Digest, (Arc<VerifiedToken>, Timestamp)>,
    refused: Cache<Digest, Timestamp>,
    asking: Flights<Digest, Result<Option<Arc<VerifiedToken>>, Arc<StoreError>>>,
}

impl IntrospectionVerifier {
    /// Tokens of `issuer` for `resource`, asked about at `endpoint` as this client
    /// (`client_secret_basic`).
    pub fn new(
        issuer: Issuer,
        resource: ResourceId,
        endpoint: impl Into<String>,
        client_id: &str,
        client_secret: &Secret,
        fetch: impl Fetch,
    ) -> Self {
        Self {
            issuer,
            resource,
            endpoint: endpoint.into(),
            authorization: basic(client_id, client_secret),
            fetch: Arc::new(fetch),
            clock: Arc::new(SystemClock),
            cache: CACHE,
            good: Cache::new(CAPACITY),
            refused: Cache::new(REFUSED_CAPACITY),
            asking: Flights::new(),
        }
    }

    /// For how many seconds an answer is remembered, and shared by those who ask at the same time; 0 for
    /// not at all.
    #[must_use]
    pub fn cache(mut self, seconds: u32) -> Self {
        self.cache = seconds;
        self
    }

    /// What time it is.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    async fn ask(&self, token: &str) -> Result<Option<VerifiedToken>, StoreError> {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token")
            .finish();
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.parse::<Uri>().map_err(StoreError::corrupt)?;
        let mut proof =
            HeaderValue::from_str(self.authorization.expose()).map_err(StoreError::corrupt)?;
        proof.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, proof);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let failed =
            |why| StoreError::unavailable(format!("{}: {why}", without_secrets(&self.endpoint)));
        let response = self.fetch.fetch(request, LIMIT).await;
        let response = response.map_err(|error| failed(with_causes(&error)))?;
        let answer = json::object(response.body());
        let is_refused = |answer: &Map<_, _>| answer.get("active") == Some(&Value::Bool(false));
        match response.status() {
            StatusCode::OK if !is_json(response.headers()) => {
                return Err(failed("the answer is not declared to be JSON".to_owned()));
            }
            StatusCode::OK => {}
            // Our own endpoint has looked the token up before it says so.
            StatusCode::TOO_MANY_REQUESTS if answer.as_ref().is_some_and(is_refused) => {}
            status => return Err(failed(format!("the answer is {status}"))),
        }
        let answer = answer.ok_or_else(|| failed("the answer is no JSON object".to_owned()))?;
        Ok(self.read(answer, self.clock.now()))
    }

    /// What was answered lately: that the token is good, or that it is not.
    fn remembered(&self, digest: &Digest, now: Timestamp) -> Option<Option<Arc<VerifiedToken>>> {
        if let Some((token, _)) = self.good.get(digest).filter(|(_, until)| now < *until) {
            return Some(Some(token));
        }
        self.refused.get(digest).filter(|until| now < *until).map(|_| None)
    }

    async fn ask_and_remember(
        &self,
        token: &str,
        digest: Digest,
        now: Timestamp,
    ) -> Result<Option<Arc<VerifiedToken>>, StoreError> {
        let found = self.ask(token).await?.map(Arc::new);
        let longest = now.plus(self.cache);
        match &found {
            Some(token) => {
                let until = longest.min(token.payload.expires_at);
                self.good.insert(digest, (Arc::clone(token), until));
            }
            None => {
                self.good.remove(&digest);
                self.refused.insert(digest, longest);
            }
        }
        Ok(found)
    }

    /// What the answer says of an access token that is active, of this issuer, and meant for this
    /// resource or for no one in particular. A hint narrows nothing (RFC 7662 §2.1): a refresh token is
    /// active, too, but of no type and for nobody.
    fn read(&self, mut answer: Map<String, Value>, now: Timestamp) -> Option<VerifiedToken> {
        let issuer = answer.get("iss").is_none_or(|iss| iss == self.issuer.as_str());
        if answer.remove("active")? != Value::Bool(true) || !issuer {
            return None;
        }
        let bearer = match answer.remove("token_type") {
            None => None,
            Some(kind) => Some(kind.as_str()?.eq_ignore_ascii_case("Bearer")),
        };
        let resource: Value = self.resource.as_str().into();
        let meant = match answer.get("aud") {
            _ if bearer == Some(false) => false,
            None => bearer.is_some(),
            Some(Value::Array(named)) => named.contains(&resource),
            Some(named) => *named == resource,
        };
        // What the server may leave out (§2.2), and a JWT may not.
        let client_id = answer.get("client_id").cloned().unwrap_or_else(|| "".into());
        for (name, value) in [
            ("client_id", client_id.clone()),
            ("aud", resource),
            ("sub", client_id),
            ("exp", now.plus(self.cache.max(1)).unix().into()),
            ("iat", now.unix().into()),
            ("jti", "".into()),
        ] {
            answer.entry(name).or_insert(value);
        }
        let payload = meant.then(|| AccessTokenPayload::read(answer).ok()).flatten()?;
        (payload.expires_at > now).then(|| VerifiedToken::new(payload))
    }
}

fn basic(client_id: &str, secret: &Secret) -> Secret {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(format!("{}:{}", encode(client_id), encode(secret.expose())));
    Secret::new(format!("Basic {}", BASE64_STANDARD.encode(pair.expose())))
}

#[async_trait]
impl TokenVerifier for IntrospectionVerifier {
    async fn verify(&self, token: &str, _: &Guarded<'_>) -> Result<Option<Access>, StoreError> {
        if token.len() > TOKEN_LIMIT {
            return Ok(None);
        }
        let (digest, now) = (Digest::of(token), self.clock.now());
        let found = match self.remembered(&digest, now) {
            Some(found) => found,
            None if self.cache == 0 => self.ask(token).await?.map(Arc::new),
            // Boxed: it is asked now and then, and every request would carry the future.
            None => Box::pin(self.asking.join(&digest, async {
                // Somebody may have asked since.
                match self.remembered(&digest, now) {
                    Some(found) => Ok(found),
                    None => self.ask_and_remember(token, digest, now).await.map_err(Arc::new),
                }
            }))
            .await
            .map_err(|error| error.again())?,
        };
        Ok(found.map(|token| Access::of_token(self.issuer.clone(), token, true, true)))
    }

    async fn accepts(&self, known: &Access, _: &Guarded<'_>) -> bool {
        *known.issuer() == self.issuer
            && known.is_for(&self.resource)
            && known.is_revocation_checked()
    }

    fn realm(&self, _: &Guarded<'_>) -> Cow<'_, str> {
        Cow::Borrowed(self.issuer.as_str())
    }

    async fn described(&self, _: &Guarded<'_>) -> Arc<[ResourceId]> {
        Arc::new([self.resource.clone()])
    }
}

impl fmt::Debug for IntrospectionVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionVerifier")
            .field("issuer", &self.issuer)
            .field("resource", &self.resource)
            .field("endpoint", &without_secrets(&self.endpoint))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use async_trait::async_trait;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode, header};
    use serde_json::{Value, json};

    use super::{CAPACITY, IntrospectionVerifier};
    use crate::{
        clock::{Clock as _, SystemClock, Timestamp},
        fetch::{Fetch, FetchFailed},
        guard::{Guarded, TokenVerifier as _},
        http_types::{Request, Response},
        model::{Digest, Issuer, ResourceId, Secret},
    };

    /// Counts who asks, lets others run, and answers this; nothing if it is down.
    #[derive(Clone, Debug, Default)]
    struct Endpoint {
        asked: Arc<AtomicU32>,
        answer: Option<(StatusCode, Value)>,
    }

    #[async_trait]
    impl Fetch for Endpoint {
        async fn fetch(&self, _: Request, _: usize) -> Result<Response, FetchFailed> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            let (status, body) = self.answer.clone().ok_or(FetchFailed::TimedOut)?;
            let mut answer = Response::new(Bytes::from(body.to_string()));
            *answer.status_mut() = status;
            let json = HeaderValue::from_static("application/json");
            answer.headers_mut().insert(header::CONTENT_TYPE, json);
            Ok(answer)
        }
    }

    fn verifier(endpoint: Endpoint) -> IntrospectionVerifier {
        let issuer = Issuer::parse("https://as.example").unwrap();
        let resource = ResourceId::parse("https://a.example").unwrap();
        let (url, secret) = ("https://as.example/introspect", Secret::new("secret"));
        IntrospectionVerifier::new(issuer, resource, url, "a", &secret, endpoint)
    }

    /// What is found out about one token by so many at once: that it is good, that it is not, or
    /// nothing; and how often the server was asked.
    async fn asked(many: usize, answer: Option<(StatusCode, Value)>) -> (Option<bool>, u32) {
        let endpoint = Endpoint { answer, ..Endpoint::default() };
        let verifier = verifier(endpoint.clone());
        let (headers, peer, known) = (HeaderMap::new(), None, None);
        let request = Guarded { headers: &headers, path: "/", peer, known };
        let all = (0..many).map(|_| verifier.verify("token", &request));
        let mut found = futures_util::future::join_all(all).await.into_iter();
        let first = found.next().unwrap().map(|access| access.is_some()).ok();
        assert!(found.all(|own| own.map(|access| access.is_some()).ok() == first));
        (first, endpoint.asked.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_crowd_asks_once_and_hears_the_same() {
        let active = json!({ "active": true, "token_type": "Bearer", "client_id": "web",
            "aud": "https://a.example" });
        let inactive = json!({ "active": false });
        let busy = StatusCode::TOO_MANY_REQUESTS;
        for (answer, heard) in [
            (Some((StatusCode::OK, active.clone())), Some(true)),
            (Some((StatusCode::OK, inactive.clone())), Some(false)),
            // Says that it is not good, all the same.
            (Some((busy, inactive)), Some(false)),
            (Some((busy, active)), None),
            (Some((busy, json!({}))), None),
            (Some((StatusCode::BAD_GATEWAY, json!({ "active": false }))), None),
            (None, None),
        ] {
            assert_eq!(asked(100, answer.clone()).await, (heard, 1), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn what_strangers_make_up_does_not_push_out_what_is_good() {
        let endpoint = Endpoint {
            answer: Some((StatusCode::OK, json!({ "active": false }))),
            ..Endpoint::default()
        };
        let verifier = verifier(endpoint);
        let payload = json!({ "active": true, "token_type": "Bearer", "client_id": "web" });
        let Value::Object(payload) = payload else { unreachable!() };
        let (digest, now) = (Digest::of("good"), SystemClock.now());
        let good = Arc::new(verifier.read(payload, now).unwrap());
        verifier.good.insert(digest, (good, now.plus(1_000)));
        let (headers, peer, known) = (HeaderMap::new(), None, None);
        let request = Guarded { headers: &headers, path: "/", peer, known };
        for token in (0..2 * CAPACITY).map(|number| number.to_string()) {
            assert!(verifier.verify(&token, &request).await.unwrap().is_none());
        }
        assert!(verifier.verify("good", &request).await.unwrap().is_some());
    }

    /// Whether a token is taken of which a server says this, besides that it is active.
    fn is_taken(change: Value) -> bool {
        let verifier = verifier(Endpoint::default());
        let answer = json!({ "active": true, "client_id": "web", "token_type": "Bearer",
            "aud": "https://a.example" });
        let Value::Object(mut answer) = answer else { unreachable!() };
        let Value::Object(change) = change else { unreachable!() };
        answer.extend(change);
        answer.retain(|_, value| !value.is_null());
        verifier.read(answer, Timestamp::from_unix(1)).is_some()
    }

    #[test]
    fn what_is_active_is_taken_if_it_is_an_access_token_for_here() {
        for good in [
            json!({}),
            json!({ "token_type": "bearer" }),
            json!({ "token_type": null }),
            json!({ "aud": null }),
            json!({ "client_id": null, "sub": "ada" }),
            json!({ "client_id": null }),
            json!({ "aud": ["account", "https://a.example"] }),
        ] {
            assert!(is_taken(good.clone()), "{good}");
        }
        for bad in [
            json!({ "active": false }),
            json!({ "iss": "https://other.example" }),
            json!({ "aud": "https://b.example" }),
            json!({ "aud": ["account"] }),
            json!({ "token_type": "DPoP" }),
            json!({ "token_type": 1 }),
            json!({ "cnf": { "jkt": "0ZcOCORZNYy" } }),
        ] {
            assert!(!is_taken(bad.clone()), "{bad}");
        }
    }

    #[test]
    fn a_refresh_token_of_the_same_client_is_none() {
        assert!(!is_taken(json!({ "token_type": null, "aud": null })));
    }
}
