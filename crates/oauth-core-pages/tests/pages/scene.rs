//! A server with the pages, and people with browsers in front of it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use oauth_core::{
    AuthorizationServer,
    clock::Timestamp,
    model::{Client, Secret, SecretHash, Subject, Tenant},
    server::ServerBuilder,
    store::{ClientRegistry as _, MemoryStore, StoreError, Users},
};
use oauth_core_pages::Pages;
use oauth_core_testkit::{FaultyStore, ManualClock};

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// `ada` and `bob`, whose passwords are their names; `down` finds the database closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TwoUsers;

#[async_trait]
impl Users for TwoUsers {
    async fn sign_in(
        &self,
        _: &Tenant,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        match username {
            "down" => Err(StoreError::unavailable("closed")),
            "ada" | "bob" if password.expose() == username => {
                Ok(Some(format!("user-{username}").into()))
            }
            _ => Ok(None),
        }
    }
}

/// A server, its time and its store.
pub(crate) struct Scene {
    pub(crate) server: AuthorizationServer,
    pub(crate) clock: ManualClock,
    pub(crate) store: FaultyStore<MemoryStore>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(ISSUER, pages(), |builder| builder).await
    }

    pub(crate) async fn with(
        issuer: &str,
        pages: Pages,
        more: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        Self::over(store().await, issuer, pages, more)
    }

    /// A server over a store that there is.
    pub(crate) fn over(
        store: FaultyStore<MemoryStore>,
        issuer: &str,
        pages: Pages,
        more: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        // 2026-03-03T00:00:00Z
        let clock = ManualClock::new(Timestamp::from_unix(1_772_496_000));
        let builder = AuthorizationServer::builder(issuer, store.clone(), store.clone())
            .clock(clock.clone())
            .client_cache(0);
        let server = more(builder.with(pages)).build().unwrap();
        Self { server, clock, store }
    }

    /// The scopes that the subject has allowed, newest first.
    pub(crate) async fn allowed_by(&self, subject: &str) -> Vec<String> {
        let grants = self.server.grants().unwrap().of_subject(&subject.into()).await.unwrap();
        grants.iter().map(|grant| grant.scope.to_string()).collect()
    }

    pub(crate) async fn serve(&self, request: Request<Bytes>) -> Response<Bytes> {
        let mounts = self.server.mounts();
        let mount = mounts.iter().find(|mount| mount.path() == request.uri().path());
        mount.unwrap_or_else(|| panic!("{} is mounted", request.uri())).serve(request).await
    }
}

/// A store with two clients that nobody owns.
pub(crate) async fn store() -> FaultyStore<MemoryStore> {
    let store = FaultyStore::new(MemoryStore::new());
    let hash = SecretHash::of_generated(&Secret::new("s"));
    let web = Client::confidential("web", hash).name("Web <b>App</b>");
    for client in [web, Client::public("spa").name("Spa")] {
        let client = client.redirect_uri("https://app.example/cb").scope("read write");
        let tenant = Tenant::default();
        store.inner().register(&tenant, &client.build().unwrap()).await.unwrap();
    }
    store
}

pub(crate) fn pages() -> Pages {
    Pages::new(TwoUsers).session_key([7; 32])
}

/// An authorization request, with more parameters.
pub(crate) fn authorize(client_id: &str, more: &str) -> String {
    format!(
        "/authorize?response_type=code&client_id={client_id}&state=xyz\
         &redirect_uri=https://app.example/cb&code_challenge={CHALLENGE}\
         &code_challenge_method=S256{more}"
    )
}

/// Somebody's browser: it keeps cookies.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A browser in which this user has signed in.
    pub(crate) async fn signed_in(scene: &Scene, username: &str) -> Self {
        let mut browser = Self::default();
        let response = browser.sign_in(scene, "/sign-in", username, username).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        browser
    }

    pub(crate) async fn get(&mut self, scene: &Scene, address: &str) -> Response<Bytes> {
        self.send(scene, self.request(Method::GET, address), "").await
    }

    pub(crate) async fn post(
        &mut self,
        scene: &Scene,
        address: &str,
        form: &[(&str, &str)],
    ) -> Response<Bytes> {
        self.post_with(scene, address, form, &[]).await
    }

    pub(crate) async fn post_with(
        &mut self,
        scene: &Scene,
        address: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Response<Bytes> {
        let mut request = self.request(Method::POST, address);
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut body = form_urlencoded::Serializer::new(String::new());
        self.send(scene, request, &body.extend_pairs(form).finish()).await
    }

    /// Opens the sign-in page at `address` and fills it in.
    pub(crate) async fn sign_in(
        &mut self,
        scene: &Scene,
        address: &str,
        username: &str,
        password: &str,
    ) -> Response<Bytes> {
        let page = self.get(scene, address).await;
        let (csrf, return_to) = (field(&page, "csrf"), field(&page, "return_to"));
        let path = address.split('?').next().unwrap();
        let form = [
            ("csrf", csrf.as_str()),
            ("return_to", &return_to),
            ("username", username),
            ("password", password),
        ];
        self.post(scene, path, &form).await
    }

    /// Opens a consent page and answers it.
    pub(crate) async fn decide(
        &mut self,
        scene: &Scene,
        address: &str,
        decision: &str,
    ) -> Response<Bytes> {
        let page = self.get(scene, address).await;
        let form = [("consent", &*field(&page, "consent")), ("decision", decision)];
        self.post(scene, address, &form).await
    }

    fn request(&self, method: Method, address: &str) -> http::request::Builder {
        let cookies: Vec<_> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let request = Request::builder().method(method).uri(address);
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    async fn send(
        &mut self,
        scene: &Scene,
        request: http::request::Builder,
        body: &str,
    ) -> Response<Bytes> {
        let response = scene.serve(request.body(Bytes::from(body.to_owned())).unwrap()).await;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        assert_eq!(response.headers()["cache-control"], "no-store");
        response
    }
}

pub(crate) fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

pub(crate) fn location(response: &Response<Bytes>) -> &str {
    assert_eq!(response.status(), StatusCode::SEE_OTHER, "{}", text(response));
    response.headers()[header::LOCATION].to_str().unwrap()
}

/// The parameter of an authorization response.
pub(crate) fn answer(response: &Response<Bytes>, name: &str) -> Option<String> {
    let location = url::Url::parse(location(response)).unwrap();
    assert!(location.as_str().starts_with("https://app.example/cb?"), "{location}");
    let mut pairs = location.query_pairs();
    pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// A hidden field of a page.
pub(crate) fn field(page: &Response<Bytes>, name: &str) -> String {
    let text = text(page);
    let (_, rest) = text
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("{name} is in {text}"));
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

/// A hidden field of the form of a page that is posted to `action`.
pub(crate) fn field_of(page: &Response<Bytes>, action: &str, name: &str) -> String {
    let text = text(page);
    let (_, form) = text
        .split_once(&format!("<form method=\"post\" action=\"{action}\""))
        .unwrap_or_else(|| panic!("{action} is in {text}"));
    let (form, _) = form.split_once("</form>").unwrap();
    let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

/// A page that refuses: this status, protected as every page, and leading nowhere.
#[track_caller]
pub(crate) fn assert_refused(response: &Response<Bytes>, status: StatusCode) {
    assert_eq!(response.status(), status, "{}", text(response));
    assert!(!response.headers().contains_key(header::LOCATION));
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'"));
}
