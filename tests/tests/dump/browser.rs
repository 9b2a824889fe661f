//! Somebody with a browser: keeps cookies, fills in forms, and remembers what was secret in them.

use std::collections::BTreeMap;

use oauth_core_tests::{Answer, World, clients::CALLBACK};
use reqwest::{Method, RequestBuilder};

pub(crate) struct Browser<'a> {
    world: &'a World,
    cookies: BTreeMap<String, String>,
    secrets: Vec<(&'static str, String)>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, cookies: BTreeMap::new(), secrets: Vec::new() }
    }

    /// Every cookie and every token of a form that there was.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, String)> {
        self.secrets.clone()
    }

    /// Goes to a page that needs somebody, and signs in there.
    pub(crate) async fn sign_in(&mut self, address: &str, user: &str, password: &str) -> Answer {
        let first = self.get(address).await;
        let page = self.get(first.header("location")).await;
        let (csrf, return_to) = (self.token(&page, "csrf"), field(&page, "return_to"));
        let form = [
            ("csrf", &*csrf),
            ("return_to", &*return_to),
            ("username", user),
            ("password", password),
        ];
        self.post("/pages/sign-in", &form).await
    }

    /// Allows what an authorization request asks for, and returns the code.
    pub(crate) async fn allow(&mut self, address: &str) -> String {
        let page = self.get(address).await;
        let answer = if page.status == 303 {
            page
        } else {
            let consent = self.token(&page, "consent");
            self.post(address, &[("consent", &*consent), ("decision", "allow")]).await
        };
        answer.redirected(CALLBACK).remove("code").expect("a code")
    }

    /// Registers an application, and returns its identifier and secret.
    pub(crate) async fn register(&mut self) -> (String, String) {
        let page = self.get("/pages/apps/new").await;
        let csrf = self.token(&page, "csrf");
        let form = [
            ("csrf", &*csrf),
            ("name", "Reports"),
            ("kind", "server"),
            ("redirect_uris", CALLBACK),
            ("scope:read", "on"),
        ];
        let shown = self.post("/pages/apps/new", &form).await;
        let mut shown = shown_of(&shown);
        (shown.remove(0), shown.remove(0))
    }

    /// Gives the application a new secret, and returns it.
    pub(crate) async fn rotate(&mut self, client_id: &str) -> String {
        let mut page = self.get(&format!("/pages/apps/edit?client_id={client_id}")).await;
        let (_, form) = page.body.split_once("action=\"/pages/apps/rotate\"").expect("the form");
        page.body = form.to_owned();
        let (csrf, replaces) = (self.token(&page, "csrf"), field(&page, "replaces"));
        let form = [("csrf", &*csrf), ("client_id", client_id), ("replaces", &*replaces)];
        let shown = self.post("/pages/apps/rotate", &form).await;
        shown_of(&shown).remove(1)
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(self.world.request(Method::GET, path)).await
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(self.world.request(Method::POST, path).form(form)).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<_> = cookies.collect();
        let answer = self.world.send(request.header("cookie", cookies.join("; "))).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
            if !value.is_empty() {
                self.secrets.push(("cookie", value.to_owned()));
            }
        }
        answer
    }

    fn token(&mut self, page: &Answer, name: &str) -> String {
        let token = field(page, name);
        self.secrets.push(("token of a form", token.clone()));
        token
    }
}

/// The value of a field of a form.
#[track_caller]
fn field(page: &Answer, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let rest = page.body.split_once(&begin).map(|(_, rest)| rest);
    let value = rest.and_then(|rest| rest.split('"').next());
    value.expect("a page with this field").replace("&#38;", "&")
}

/// The identifier and the secret that a page shows.
#[track_caller]
fn shown_of(page: &Answer) -> Vec<String> {
    assert!(page.status.is_success(), "{page:?}");
    let codes = page.body.split("<dd><code>").skip(1);
    codes.map(|rest| rest.split('<').next().unwrap_or_default().to_owned()).collect()
}
