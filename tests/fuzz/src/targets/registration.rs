//! Any body at the registration endpoint: what is registered keeps to the rules of every client, and
//! registers again as the same.

use bytes::Bytes;
use oauth_core::{
    model::{ApplicationType, Client, ClientId, RedirectUri, Scope, Tenant},
    store::ClientStore as _,
};
use serde_json::{Map, Value};

use crate::server::{Server, is_refusal, now, post};

const JSON: &str = "application/json";
/// What the server adds to the metadata.
const ADDED: [&str; 6] = [
    "client_id",
    "client_id_issued_at",
    "client_secret",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
];

pub(super) fn check(input: &[u8]) {
    let server = Server::new();
    let Some(mut first) = register(&server, Bytes::copy_from_slice(input)) else { return };
    let client_id = first["client_id"].as_str().expect("an identifier");
    let found = now(server.store.find(&Tenant::default(), &ClientId::from(client_id)));
    keeps_to_the_rules(&found.expect("a store").expect("a client"));
    assert_eq!(
        first.contains_key("client_secret"),
        first["token_endpoint_auth_method"] != "none"
            && first["token_endpoint_auth_method"] != "private_key_jwt"
    );
    first.retain(|name, _| !ADDED.contains(&name.as_str()));
    let body = serde_json::to_vec(&first).expect("JSON");
    let mut again = register(&server, body.into()).expect("what was registered can be");
    again.retain(|name, _| !ADDED.contains(&name.as_str()));
    assert_eq!(first, again);
}

fn register(server: &Server, body: Bytes) -> Option<Map<String, Value>> {
    let before = server.written();
    let answer = server.serve(post("/register", JSON, body)).expect("an endpoint");
    if answer.status() != 201 {
        is_refusal(&answer);
        assert_eq!(server.written(), before);
        return None;
    }
    assert_eq!(server.written(), before + 1);
    Some(serde_json::from_slice(answer.body()).expect("an object"))
}

/// What holds for every client that a stranger describes.
pub(super) fn keeps_to_the_rules(client: &Client) {
    let uris = &client.redirect_uris;
    assert!(
        uris.iter().all(|uri| RedirectUri::register(uri.as_str(), client.application_type).is_ok())
    );
    let most = Scope::parse("read write api openid").expect("a scope");
    assert!(client.scope.is_subset(&most), "{client:?}");
    assert!(!client.disabled);
    let grants = ["authorization_code", "refresh_token", "client_credentials"];
    assert!(client.grant_types.iter().all(|grant| grants.contains(&grant.as_str())), "{client:?}");
    assert!(client.response_types.iter().all(|name| name == "code"), "{client:?}");
    assert!(client.client_name.as_deref().unwrap_or_default().len() <= 200);
    let about = &client.about;
    let links = [&about.client_uri, &about.logo_uri, &about.tos_uri, &about.policy_uri];
    for link in links.into_iter().chain([&client.jwks_uri]).flatten() {
        assert!(link.starts_with("https://"), "{link:?}");
        assert!(link.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\".contains(&b)), "{link:?}");
    }
    assert!(matches!(client.application_type, ApplicationType::Web | ApplicationType::Native));
}
