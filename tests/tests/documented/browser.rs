//! Somebody with a browser.

use std::collections::BTreeMap;

use documented_apis::workspaces::{CALLBACK, PASSWORD, USERNAME};
use oauth_core_tests::Answer;
use reqwest::{Method, RequestBuilder};

use crate::rig::Rig;

/// Keeps cookies, fills in forms.
pub(crate) struct Browser<'a> {
    rig: &'a Rig,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(rig: &'a Rig) -> Self {
        Self { rig, cookies: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.rig.request(Method::GET, path);
        self.send(request).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.rig.request(Method::POST, path).form(form);
        self.send(request).await
    }

    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, it)| format!("{name}={it}")).collect();
        let answer = self.rig.send(request.header("cookie", cookies.join("; "))).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Gets a page, through the sign-in page if need be, as `bob` of the workspace. Of an
    /// authorization request that is the consent page, unless the answer is known already.
    pub(crate) async fn page(&mut self, address: &str, password: &str) -> Answer {
        let first = self.get(address).await;
        if first.status != 303 || first.header("location").starts_with(CALLBACK) {
            return first;
        }
        let page = self.get(first.header("location")).await;
        let form = [
            ("csrf", &*field(&page, "csrf")),
            ("return_to", &*field(&page, "return_to")),
            ("username", USERNAME),
            ("password", password),
        ];
        let (sign_in, _) = first.header("location").split_once('?').expect("a query");
        let signed_in = self.post(sign_in, &form).await;
        assert_eq!(signed_in.header("location"), address, "{signed_in:?}");
        self.get(address).await
    }

    /// Follows an authorization request as `bob` of the workspace, who allows it.
    pub(crate) async fn allow(&mut self, address: &str, password: &str) -> Answer {
        let page = self.page(address, password).await;
        if page.status != 200 {
            return page;
        }
        let consent = field(&page, "consent");
        self.post(address, &[("consent", &consent), ("decision", "allow")]).await
    }
}

/// The code that `bob` of the workspace `workflow` allows.
pub(crate) async fn code(rig: &Rig, query: &str) -> String {
    let address = format!("/workflow/oauth2/authorize?{query}");
    let answer = Browser::new(rig).allow(&address, PASSWORD).await;
    answer.redirected(CALLBACK).remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
}

/// The value of a field of a form.
#[track_caller]
pub(crate) fn field(page: &Answer, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let Some((_, rest)) = page.body.split_once(&begin) else { panic!("no {name}: {page:?}") };
    rest.split('"').next().unwrap_or_default().replace("&#38;", "&")
}
