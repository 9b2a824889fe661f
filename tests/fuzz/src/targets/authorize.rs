//! Any query at the authorization endpoint: an answer goes to a registered redirect URI or nowhere.

use bytes::Bytes;
use http::{Method, header};
use oauth_core::{
    http_types::{Request, Response},
    model::{ApplicationType, ClientId, RedirectUri, Tenant},
    store::ClientStore as _,
};
use url::Url;

use crate::server::{ISSUER, Server, echoes_nothing, now};

/// A query; one that begins with `POST ` is posted as a form.
pub(super) fn check(input: &[u8]) {
    let server = Server::new();
    let Some(request) = request(input) else { return };
    let params: Vec<(String, String)> = {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        form_urlencoded::parse(query).into_owned().collect()
    };
    // What has no value counts as left out (RFC 6749 §3.1).
    let told = |name: &str| {
        let value = params.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    };
    let posted = request.method() == Method::POST;
    let client = told("client_id").and_then(|id| {
        now(server.store.find(&Tenant::default(), &ClientId::from(id))).expect("a store")
    });
    let answer = match now(server.server.authorization_request(request)) {
        Ok(asked) => {
            let client = client.as_ref().expect("a client");
            assert_eq!(Some(asked.client().client_id.as_str()), told("client_id"));
            assert!(asked.scope().is_subset(&client.scope), "{params:?}");
            assert_eq!(told("response_type"), Some("code"));
            assert!(told("code_challenge").is_some_and(|c| (43..=128).contains(&c.len())));
            assert!(server.server.return_to(&asked.address()).is_some(), "{params:?}");
            asked.deny()
        }
        Err(answer) => answer,
    };
    assert_eq!(server.written(), 0);
    let Some(location) = answer.headers().get(header::LOCATION) else { return is_page(&answer) };
    let location = location.to_str().expect("an address is ASCII").to_owned();
    assert_eq!(answer.status(), 303, "{answer:?}");
    if posted && location.starts_with("/authorize?") {
        return;
    }
    let client = client.expect("a client");
    let to: Vec<_> = match told("redirect_uri") {
        Some(named) => {
            let own = |uri: &RedirectUri| uri.admits(named, client.application_type);
            client.redirect_uris.iter().filter_map(own).collect()
        }
        None => client.redirect_uris.clone(),
    };
    assert!(to.iter().any(|uri| location.starts_with(uri.as_str())), "{location}");
    assert!(client.application_type == ApplicationType::Native || location.starts_with("https:"));
    let url = Url::parse(&location).expect("a URL");
    // In the fragment if a token was asked for, which there is none of here.
    let fragment = form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
    let pairs: Vec<_> = url.query_pairs().chain(fragment).collect();
    let of = |name: &str| -> Vec<&str> {
        pairs.iter().filter(|(own, _)| own == name).map(|(_, value)| &**value).collect()
    };
    assert_eq!(of("iss"), [ISSUER], "{location}");
    assert_eq!((of("error").len(), of("code").len()), (1, 0), "{location}");
    // A state that was sent once and is no longer than it may be comes back as it was.
    let states: Vec<_> = params.iter().filter(|(own, _)| own == "state").collect();
    if let [(_, state)] = states[..]
        && !state.is_empty()
        && state.len() <= 2048
    {
        assert_eq!(of("state"), [state], "{location}");
    }
}

fn request(input: &[u8]) -> Option<Request> {
    let post = input.strip_prefix(b"POST ");
    let (address, body) = match post {
        Some(body) => (b"/authorize".to_vec(), body),
        None => ([b"/authorize?", input].concat(), &b""[..]),
    };
    let mut request = Request::new(Bytes::copy_from_slice(body));
    *request.uri_mut() = http::Uri::try_from(address).ok()?;
    if post.is_some() {
        *request.method_mut() = Method::POST;
        let form = http::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(header::CONTENT_TYPE, form);
    }
    Some(request)
}

#[track_caller]
fn is_page(answer: &Response) {
    assert!(answer.status().is_client_error(), "{answer:?}");
    echoes_nothing(answer);
}
