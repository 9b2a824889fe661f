//! Errors of clients at which nobody has looked: the visitor goes to their website by a link, and not
//! by itself (RFC 9700 §4.11.2).

use oauth_core::client_documents::ClientDocuments;
use oauth_core_tests::{
    Answer, World, scenarios,
    world::{authz_of, with as with_param},
};
use serde_json::json;

use crate::{
    CALLBACK, created, documents::document, fetching::Web, public, register, text, with, world,
};

/// A page that names the website, and has the answer in a link.
#[track_caller]
fn is_asked_first(answer: &Answer, error: &str) {
    let link = format!("<a href=\"{CALLBACK}?error={error}&amp;");
    answer.page(200, &link);
    assert!(answer.body.contains("Go on to https://dynamic.example</a>"), "{answer:?}");
    assert!(
        answer.body.contains("&amp;state=a%22%3E%3Cb%3E&amp;iss=https%3A%2F%2Fas.example#\""),
        "{answer:?}"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// What the authorization endpoint makes of a request with another value for a parameter, by nobody.
async fn sent(
    world: &World,
    client_id: &str,
    uri: &str,
    name: &'static str,
    value: &str,
) -> Answer {
    let asked = with_param(authz_of(client_id, uri, "read"), "state", "a\"><b>");
    world.send(world.authorization(&with_param(asked, name, value))).await
}

/// What could make a link that begins here and ends there.
const WRONG: [(&str, &str, &str); 4] = [
    ("prompt", "none", "login_required"),
    ("scope", "nonsense", "invalid_scope"),
    ("response_type", "none", "unsupported_response_type"),
    ("code_challenge_method", "plain", "invalid_request"),
];

scenarios! {
    async fn aut_038_nobody_is_sent_to_the_website_of_an_unknown_client(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let known = created(&register(&world, &public()).await);
        let id = text(&known, "client_id");
        for (name, value, error) in WRONG {
            is_asked_first(&sent(&world, id, CALLBACK, name, value).await, error);
        }
        let asked = with_param(authz_of(id, CALLBACK, "read"), "state", "a\"><b>");
        let denied = world.authorization(&asked).header("x-user", "alice").header("x-decision", "deny");
        is_asked_first(&world.send(denied).await, "access_denied");
        // Who allows it has seen where the answer goes.
        world.authorize(&asked).await.redirected(CALLBACK);
    }

    async fn aut_038_an_answer_to_the_own_machine_leads_to_no_website(setup) {
        let world = world(setup, |registration| registration.open()).await;
        for uri in ["http://127.0.0.1/cb", "com.example.app:/cb"] {
            let native = with(with(public(), "redirect_uris", json!([uri])), "application_type", json!("native"));
            let known = created(&register(&world, &native).await);
            for (name, value, error) in WRONG {
                let answer = sent(&world, text(&known, "client_id"), uri, name, value).await;
                assert_eq!(answer.redirected(uri)["error"], error);
            }
        }
    }

    async fn aut_038_a_client_that_somebody_has_looked_at_hears_at_once(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let known = created(&register(&world, &public()).await);
        let (id, token) = (text(&known, "client_id"), text(&known, "registration_access_token"));
        let trust = |client: &mut oauth_core::model::Client| {
            client.registered.as_mut().expect("it registered itself").trusted = true;
        };
        world.change(id, trust).await;
        for (name, value, error) in WRONG {
            let answer = sent(&world, id, CALLBACK, name, value).await;
            assert_eq!(answer.redirected(CALLBACK)["error"], error);
        }
        // It changes its name, and is trusted as before; it goes elsewhere, and is not.
        let renamed = with(with(public(), "client_id", json!(id)), "client_name", json!("New"));
        crate::manage(&world, reqwest::Method::PUT, id, token, Some(&renamed)).await.is_ok();
        sent(&world, id, CALLBACK, "prompt", "none").await.redirected(CALLBACK);
        let moved = with(renamed, "redirect_uris", json!([CALLBACK, "https://evil.example/cb"]));
        crate::manage(&world, reqwest::Method::PUT, id, token, Some(&moved)).await.is_ok();
        is_asked_first(&sent(&world, id, CALLBACK, "prompt", "none").await, "login_required");
        // One that the host registered is known.
        let answer = sent(&world, "web", oauth_core_tests::clients::CALLBACK, "prompt", "none").await;
        assert_eq!(answer.redirected(oauth_core_tests::clients::CALLBACK)["error"], "login_required");
    }

    async fn aut_038_nor_is_anybody_sent_to_that_of_one_that_a_user_registered(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let known = created(&register(&world, &public()).await);
        let id = text(&known, "client_id");
        let owned = |client: &mut oauth_core::model::Client| {
            client.registered = None;
            client.owner = Some("bob".into());
        };
        world.change(id, owned).await;
        for (name, value, error) in WRONG {
            is_asked_first(&sent(&world, id, CALLBACK, name, value).await, error);
        }
    }

    async fn aut_038_nor_is_anybody_sent_to_that_of_one_that_a_document_describes(setup) {
        let web = Web::default();
        let url = "https://app.example/c.json";
        web.put(url, &document(), "");
        let documents = ClientDocuments::new(web.clone());
        let world = setup.server(move |builder| builder.client_documents(documents)).start().await;
        for (name, value, error) in WRONG {
            is_asked_first(&sent(&world, url, CALLBACK, name, value).await, error);
        }
    }
}
