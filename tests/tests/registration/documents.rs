//! Clients that a document describes (draft-ietf-oauth-client-id-metadata-document).

use std::net::IpAddr;

use async_trait::async_trait;
use bytes::Bytes;
use oauth_core::{
    client_documents::{ClientDocuments, OnlyHosts},
    model::{Client, Tenant},
    store::ClientRegistry as _,
};
use oauth_core_fetch::{GuardedFetch, Lookup};
use oauth_core_tests::{
    Answer, Setup, World, scenarios,
    world::{As, refresh_for, with as with_param},
};
use serde_json::{Value, json};

use crate::{CALLBACK, asks, code_for, fetching::Web, public_tokens, with};

/// Where the document is.
const URL: &str = "https://app.example/c.json";

/// A document as clients of the Model Context Protocol publish them.
pub(crate) fn document() -> Value {
    json!({
        "client_id": URL, "client_name": "App", "client_uri": "https://app.example/",
        "logo_uri": "https://app.example/logo.png", "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

async fn world(setup: Setup, web: &Web) -> World {
    let documents = ClientDocuments::new(web.clone());
    setup.server(move |builder| builder.client_documents(documents)).start().await
}

/// What becomes of an authorization request when this is at the client's identifier.
async fn answered(setup: Setup, answer: http::Response<Bytes>) -> Answer {
    let web = Web::default();
    web.answer(URL, answer);
    let world = world(setup, &web).await;
    let page = asks(&world, URL).await;
    assert_eq!(web.asked(), 1);
    assert!(world.events.heard("the client metadata document"), "the operator hears why");
    page
}

fn json_of(document: &Value) -> http::Response<Bytes> {
    let answer = http::Response::builder().header("content-type", "application/json");
    answer.body(document.to_string().into()).expect("an answer")
}

/// Every name leads to this machine.
#[derive(Debug)]
struct Inside;

#[async_trait]
impl Lookup for Inside {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![[127, 0, 0, 1].into()])
    }
}

scenarios! {
    async fn a_client_that_a_document_describes_gets_tokens(setup) {
        let web = Web::default();
        web.put(URL, &document(), "max-age=600");
        let world = world(setup, &web).await;
        let metadata = world.server.metadata().expect("one server");
        assert_eq!(metadata.get("client_id_metadata_document_supported"), Some(&json!(true)));
        assert!(metadata.get("registration_endpoint").is_none());
        let tokens = public_tokens(&world, URL).await;
        let answer = world.token(As::Public(URL), &refresh_for(&tokens.refresh)).await;
        let access = answer.is_ok().text("access_token");
        assert!(world.is_active(&access).await);
        assert_eq!(world.introspect(&access).await["client_id"], URL);
        assert_eq!(web.asked(), 1);
        // Where the answer goes is the document's to say.
        let other = oauth_core_tests::world::authz_of(URL, "https://evil.example/cb", "read");
        world.authorize(&other).await.page(400, "invalid_request");
    }

    async fn without_the_switch_a_url_is_a_name_like_any_other(setup) {
        let world = setup.start().await;
        asks(&world, URL).await.page(400, "invalid_client");
    }

    async fn reg_026_the_document_names_its_own_url(setup) {
        let other = with(document(), "client_id", json!("https://app.example/other.json"));
        answered(setup, json_of(&other)).await.page(400, "invalid_client");
    }

    async fn reg_027_a_redirect_is_no_document(setup) {
        let answer = http::Response::builder()
            .status(302)
            .header("location", "https://app.example/d.json")
            .body(Bytes::new());
        answered(setup, answer.expect("an answer")).await.page(400, "invalid_client");
    }

    async fn reg_028_a_host_on_the_inside_is_not_asked(setup) {
        let trap = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = trap.local_addr().expect("an address").port();
        let fetch = GuardedFetch::builder().lookup(Inside).port(port).build().expect("a client");
        let documents = ClientDocuments::new(fetch);
        let world = setup.server(move |builder| builder.client_documents(documents)).start().await;
        for url in [format!("https://rebind.example:{port}/c.json"), "https://169.254.169.254/latest".to_owned()] {
            asks(&world, &url).await.page(400, "invalid_client");
        }
        assert!(world.events.heard("at an address that is not asked"));
        let connected = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(trap.poll_accept(cx).is_ready())
        });
        assert!(!connected.await, "somebody connected");
    }

    async fn reg_030_only_urls_in_their_normal_spelling_are_asked(setup) {
        let web = Web::default();
        let world = world(setup, &web).await;
        for id in [
            "https://u:p@app.example/a/../c.json#f", "https://app.example/a/../c.json",
            "https://app.example/c.json#f", "https://app.example", "http://app.example/c.json",
            "https://127.0.0.1/c.json", "https://localhost/c.json", "https://APP.example/c.json",
        ] {
            asks(&world, id).await.page(400, "invalid_client");
        }
        assert_eq!(web.asked(), 0);
    }

    async fn cla_047_reg_032_a_document_has_no_secret(setup) {
        let web = Web::default();
        let world = world(setup, &web).await;
        for (member, value) in [
            ("client_secret", json!("s")),
            ("client_secret_expires_at", json!(0)),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("jwks", json!({ "keys": [{ "kty": "EC", "d": "x" }] })),
            ("grant_types", json!(["client_credentials"])),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!(["javascript:alert(1)"])),
            ("logo_uri", json!("http://169.254.169.254/")),
        ] {
            web.put(URL, &with(document(), member, value), "");
            asks(&world, URL).await.page(400, "invalid_client");
        }
        web.put(URL, &document(), "");
        let code = world.code_of(URL, CALLBACK, "read").await;
        let url = form_urlencoded::byte_serialize(URL.as_bytes()).collect::<String>();
        let basic = world.token(As::BasicWith(&url, "s"), &code_for(&code)).await;
        basic.refused(401, "invalid_client");
        world.token(As::Public(URL), &code_for(&code)).await.is_ok();
    }

    async fn what_is_no_document_is_none(setup) {
        let web = Web::default();
        let world = world(setup, &web).await;
        let long = with(document(), "x", json!("x".repeat(5 * 1024)));
        let typed = |value: &str| {
            let answer = http::Response::builder().header("content-type", value);
            answer.body(document().to_string().into()).expect("an answer")
        };
        let status = |status: u16| {
            let mut answer = json_of(&document());
            *answer.status_mut() = http::StatusCode::from_u16(status).expect("a status");
            answer
        };
        for answer in [
            json_of(&long), typed("text/html"), typed("text/json"), json_of(&json!([])),
            status(201), status(204), status(304), status(404), status(503),
        ] {
            web.answer(URL, answer);
            asks(&world, URL).await.page(400, "invalid_client");
        }
        web.answer(URL, typed("application/oauth-client+json; charset=utf-8"));
        asks(&world, URL).await.redirected(CALLBACK);
    }

    async fn a_document_without_a_method_is_of_a_public_client(setup) {
        let web = Web::default();
        let mut document = document();
        document.as_object_mut().expect("an object").remove("token_endpoint_auth_method");
        document["token_endpoint_auth_methods_supported"] = json!(["none", "private_key_jwt"]);
        document["jwks_uri"] = json!("https://app.example/jwks.json");
        web.put(URL, &document, "");
        let world = world(setup, &web).await;
        public_tokens(&world, URL).await;
    }

    async fn dos_012_a_document_is_remembered_as_long_as_it_says(setup) {
        let web = Web::default();
        web.put(URL, &document(), "max-age=100");
        let world = world(setup, &web).await;
        for (advance, asked) in [(0, 1), (99, 1), (1, 2), (50, 2), (50, 3)] {
            world.clock.advance(advance);
            asks(&world, URL).await.redirected(CALLBACK);
            assert_eq!(web.asked(), asked);
        }
        // A document that has become another is another client.
        let moved = with(document(), "redirect_uris", json!(["https://moved.example/cb"]));
        web.put(URL, &moved, "no-store");
        world.clock.advance(100);
        asks(&world, URL).await.page(400, "invalid_request");
    }

    async fn failures_are_not_remembered(setup) {
        let web = Web::default();
        let world = world(setup, &web).await;
        asks(&world, URL).await.page(400, "invalid_client");
        web.put(URL, &document(), "");
        asks(&world, URL).await.redirected(CALLBACK);
    }

    async fn nobody_is_signed_out_because_a_website_is_down(setup) {
        let web = Web::default();
        web.put(URL, &document(), "max-age=60");
        let world = world(setup, &web).await;
        let tokens = public_tokens(&world, URL).await;
        web.take(URL);
        world.clock.advance(60);
        let answer = world.token(As::Public(URL), &refresh_for(&tokens.refresh)).await;
        let refresh = answer.is_ok().text("refresh_token");
        assert_eq!(web.asked(), 2);
        // Not for ever; and a document that is gone, rather than out of reach, is gone.
        world.clock.advance(24 * 60 * 60);
        let answer = world.token(As::Public(URL), &refresh_for(&refresh)).await;
        answer.refused(401, "invalid_client");
        web.put(URL, &document(), "max-age=60");
        asks(&world, URL).await.redirected(CALLBACK);
        let mut gone = json_of(&json!({}));
        *gone.status_mut() = http::StatusCode::NOT_FOUND;
        web.answer(URL, gone);
        world.clock.advance(60);
        asks(&world, URL).await.page(400, "invalid_client");
    }

    async fn a_guard_looks_at_no_document(setup) {
        let web = Web::default();
        web.put(URL, &document(), "max-age=60");
        let world = world(setup, &web).await;
        let tokens = public_tokens(&world, URL).await;
        web.take(URL);
        world.clock.advance(300);
        assert!(world.is_active(&tokens.access).await);
        assert_eq!(web.asked(), 1);
    }

    async fn whoever_asks_meanwhile_waits_for_the_same_document(setup) {
        let web = Web::default();
        web.put(URL, &document(), "");
        let world = world(setup, &web).await;
        let gate = web.close();
        let asking = (0..8).map(|_| asks(&world, URL));
        let open = async {
            while web.asked() == 0 {
                tokio::task::yield_now().await;
            }
            // One may pass; a second one would wait for ever.
            gate.add_permits(1);
        };
        let (answers, ()) = tokio::join!(futures_util::future::join_all(asking), open);
        for answer in answers {
            answer.redirected(CALLBACK);
        }
        assert_eq!(web.asked(), 1);
    }

    async fn dos_016_whoever_names_too_many_urls_waits(setup) {
        let web = Web::default();
        let world = world(setup, &web).await;
        let mut named = 0;
        let answer = loop {
            let answer = asks(&world, &format!("https://x.example/{named}")).await;
            if answer.status != 400 {
                break answer;
            }
            named += 1;
            assert!(named <= 60, "sixty documents were asked for");
        };
        answer.page(429, "temporarily_unavailable");
        let wait: u32 = answer.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(web.asked(), named);
        assert!((30..60).contains(&named), "{named}");
        // Clients that are known are none of that.
        let web_client = oauth_core_tests::world::authz();
        world.authorize(&web_client).await.redirected("https://client.example/cb");
        world.clock.advance(wait);
        asks(&world, "https://x.example/later").await.page(400, "invalid_client");
        assert_eq!(web.asked(), named + 1);
    }

    async fn only_hosts_that_were_named_describe_clients(setup) {
        let web = Web::default();
        web.put(URL, &document(), "");
        web.put("https://evil.example/c.json", &with(document(), "client_id", json!("https://evil.example/c.json")), "");
        let documents = ClientDocuments::new(web.clone()).hosts(OnlyHosts::new(["app.example"]));
        let world = setup.server(move |builder| builder.client_documents(documents)).start().await;
        asks(&world, URL).await.redirected(CALLBACK);
        for url in ["https://evil.example/c.json", "https://app.example.evil.example/c.json"] {
            asks(&world, url).await.page(400, "invalid_client");
        }
        assert_eq!(web.asked(), 1);
    }

    async fn a_client_that_the_store_knows_goes_before_its_document(setup) {
        let web = Web::default();
        web.put(URL, &document(), "");
        let world = world(setup, &web).await;
        let own = Client::public(URL).redirect_uri("https://own.example/cb").scope("read");
        let own = own.build().expect("a client");
        world.store.register(&Tenant::default(), &own).await.expect("registered");
        let asked = oauth_core_tests::world::authz_of(URL, "https://own.example/cb", "read");
        world.authorize(&asked).await.redirected("https://own.example/cb");
        world.change(URL, |client| client.disabled = true).await;
        world.authorize(&with_param(asked, "state", "abc")).await.page(400, "invalid_client");
        assert_eq!(web.asked(), 0);
    }
}
