//! What is not registered.

use async_trait::async_trait;
use oauth_core::{
    client_auth::PrivateKeyJwt,
    context::Context,
    endpoint::registration::{Registration, RegistrationPolicy, RegistrationRequest},
    error::Error,
    model::Tenant,
    store::ClientRegistry,
    wire::ErrorCode,
};
use oauth_core_tests::{Base, World, scenarios, world::ISSUER};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{CALLBACK, asks, confidential, created, public, register, text, with, world};

/// How many clients the store knows.
async fn count(world: &World) -> usize {
    world.store.list(&Tenant::default(), None, None, 1000).await.expect("a list").len()
}

/// Refuses everybody from everywhere but one name, and calls that one differently.
#[derive(Debug)]
struct Strict;

#[async_trait]
impl RegistrationPolicy for Strict {
    async fn review(
        &self,
        context: &Context,
        asked: &mut RegistrationRequest<'_>,
    ) -> Result<(), Error> {
        assert!(context.peer().is_some_and(|peer| peer.is_loopback()));
        if asked.metadata.client_name.as_deref() != Some("Friend") {
            return Err(Error::refused(ErrorCode::AccessDenied, "not one of ours"));
        }
        asked.metadata.client_name = Some("A friend".to_owned());
        asked.metadata.scope = "read".to_owned();
        Ok(())
    }
}

scenarios! {
    async fn reg_001_nobody_registers_unless_it_is_said(setup) {
        let world = world(setup, |registration| registration).await;
        let before = count(&world).await;
        let body = json!({ "redirect_uris": ["https://c.example/cb"] });
        register(&world, &body).await.challenge(401, "invalid_token");
        let request = world.request(Method::POST, "/register").bearer_auth("x").json(&body);
        world.send(request).await.challenge(401, "invalid_token");
        let request = world.request(Method::POST, "/register").bearer_auth("a b").json(&body);
        world.send(request).await.refused(400, "invalid_request");
        assert_eq!(count(&world).await, before);
    }

    async fn reg_001_without_registration_there_is_no_endpoint(setup) {
        let world = setup.start().await;
        assert_eq!(register(&world, &public()).await.status, 404);
        let metadata = world.server.metadata().expect("one server");
        assert!(metadata.get("registration_endpoint").is_none());
        assert!(metadata.get("client_id_metadata_document_supported").is_none());
    }

    async fn reg_002_a_form_is_no_registration(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let form = world.request(Method::POST, "/register").form(&[("redirect_uris", CALLBACK)]);
        world.send(form).await.refused(400, "invalid_client_metadata");
        for body in ["", "[]", "null", "{", "\"x\""] {
            let request = world.request(Method::POST, "/register").body(body)
                .header("content-type", "application/json; charset=utf-8");
            world.send(request).await.refused(400, "invalid_client_metadata");
        }
        let twice = world.request(Method::POST, "/register").header("content-type", "text/plain");
        let twice = twice.header("content-type", "application/json").body(public().to_string());
        world.send(twice).await.refused(400, "invalid_client_metadata");
    }

    async fn reg_004_redirect_uris_are_checked(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let before = count(&world).await;
        for uris in [
            Value::Null, json!([]), json!("https://c.example/cb"), json!([1]),
            json!(["javascript:alert(1)"]), json!(["http://c.example/cb"]),
            json!(["https://c.example/*"]), json!(["https://c.example/cb#f"]),
            json!(["https://c.example/cb?error_uri=x"]), json!(["https://c.example/cb?token_type=x"]),
            json!(["https://c.example/a/../cb"]), json!([CALLBACK, "urn:ietf:wg:oauth:2.0:oob"]),
        ] {
            let answer = register(&world, &with(public(), "redirect_uris", uris)).await;
            answer.refused(400, "invalid_redirect_uri");
        }
        assert_eq!(count(&world).await, before);
    }

    async fn reg_005_reg_007_reg_011_reg_012_reg_013_oid_015_metadata_is_checked(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let before = count(&world).await;
        let key = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": "x", "y": "y", "d": "..." }] });
        for (member, value) in [
            ("logo_uri", json!("http://169.254.169.254/")),
            ("client_uri", json!("javascript:alert(1)")),
            ("policy_uri", json!("data:text/html,x")),
            ("tos_uri", json!("http://10.0.0.1/")),
            ("tos_uri", json!("https://10.0.0.1/")),
            ("policy_uri", json!("https://printer.local/")),
            ("tos_uri", json!("https://c.exa\nmple/")),
            ("client_uri", json!(" https://c.example/\"")),
            ("sector_identifier_uri", json!("https://localhost/s")),
            ("backchannel_logout_uri", json!("https://10.1.1.1/")),
            ("client_uri", json!("https://bank.example@evil.example/")),
            ("logo_uri", json!("https://bank.example:x@evil.example/")),
            ("token_endpoint_auth_signing_alg", json!("none")),
            ("token_endpoint_auth_signing_alg", json!("HS256")),
            ("token_endpoint_auth_signing_alg", json!("x".repeat(5000))),
            ("scope", json!("admin")),
            ("scope", json!("read\"")),
            ("grant_types", json!(["client_credentials", "password"])),
            ("grant_types", json!(["password"])),
            ("grant_types", json!(["implicit"])),
            ("grant_types", json!(["refresh_token"])),
            ("grant_types", json!("authorization_code")),
            ("response_types", json!(["token"])),
            ("response_types", json!(["code", "id_token"])),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("token_endpoint_auth_method", json!("tls_client_auth")),
            ("jwks", key),
            ("jwks", json!({ "keys": [{ "kty": "oct", "k": "AA" }] })),
            ("jwks_uri", json!("http://c.example/jwks")),
            ("jwks_uri", json!("https://169.254.169.254/jwks")),
            ("application_type", json!("toaster")),
            ("client_name", json!("x".repeat(201))),
            ("contacts", json!(vec!["a@b.example"; 11])),
        ] {
            // A response type that was not said follows from the grant types, so it is said.
            let body = with(public(), "response_types", json!(["code"]));
            let answer = register(&world, &with(body, member, value)).await;
            answer.refused(400, "invalid_client_metadata");
            assert!(!answer.body.contains("169.254") && !answer.body.contains("admin"), "{answer:?}");
        }
        assert_eq!(count(&world).await, before);
    }

    async fn reg_013_a_client_that_proves_itself_by_keys_has_one_that_is_of_use(setup) {
        let world = setup.start_as(|base: &Base| {
            let registration = Registration::new(base.store.clone()).open();
            let builder = base.builder(ISSUER).client_auth(PrivateKeyJwt::new());
            builder.registration(registration).build().expect("a server")
        });
        let world = world.await;
        let before = count(&world).await;
        let sound = json!({ "kty": "OKP", "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let by_keys = |keys: &[&Value], algorithm: Option<&str>| {
            let body = with(confidential(), "token_endpoint_auth_method", json!("private_key_jwt"));
            let body = with(body, "jwks", json!({ "keys": keys }));
            match algorithm {
                Some(name) => with(body, "token_endpoint_auth_signing_alg", json!(name)),
                None => body,
            }
        };
        let other = json!({ "kty": "OKP", "crv": "Ed448", "x": "AA" });
        let broken = json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" });
        for body in [
            by_keys(&[&other], None),
            by_keys(&[&broken, &other], None),
            by_keys(&[&sound], Some("ES256")),
        ] {
            register(&world, &body).await.refused(400, "invalid_client_metadata");
        }
        assert_eq!(count(&world).await, before);
        for body in [by_keys(&[&other, &sound], None), by_keys(&[&sound], Some("EdDSA"))] {
            assert_eq!(register(&world, &body).await.status, 201);
        }
    }

    async fn reg_007_no_member_is_there_twice(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let before = count(&world).await;
        for body in [
            r#"{"redirect_uris":["https://c.example/cb"],"redirect_uris":["https://evil.example/"]}"#,
            r#"{"redirect_uris":["https://c.example/cb"],"x":{"a":1,"a":2}}"#,
            r#"{"redirect_uris":["https://c.example/cb"],"client_\u006eame":"a","client_name":"b"}"#,
        ] {
            let request = world.request(Method::POST, "/register");
            let request = request.header("content-type", "application/json").body(body);
            world.send(request).await.refused(400, "invalid_client_metadata");
        }
        assert_eq!(count(&world).await, before);
    }

    /// A browser application that is being developed says where it runs; nobody is sent there.
    async fn reg_005_links_to_loopback_are_left_out(setup) {
        let world = world(setup, |registration| registration.open()).await;
        for link in ["http://localhost:5173", "http://127.0.0.1:9200/", "https://[::1]/logo.png"] {
            let mut metadata = public();
            for member in ["client_uri", "logo_uri", "tos_uri", "policy_uri"] {
                metadata[member] = json!(link);
            }
            metadata["client_uri"] = json!("https://c.example/");
            let answer = register(&world, &metadata).await;
            assert_eq!(text(&created(&answer), "client_uri"), "https://c.example/");
            assert!(!answer.body.contains(link), "{answer:?}");
        }
    }

    async fn dos_001_metadata_of_64_kib_is_read_and_no_more(setup) {
        const LIMIT: usize = 64 * 1024;
        let world = world(setup, |registration| registration.open()).await;
        let send = async |length: usize| {
            let start = format!(r#"{{"redirect_uris":["{CALLBACK}"],"unheard_of":""#);
            let filling = "a".repeat(length - start.len() - 2);
            let request = world.request(Method::POST, "/register");
            let request = request.header("content-type", "application/json");
            world.send(request.body(format!(r#"{start}{filling}"}}"#))).await
        };
        created(&send(LIMIT).await);
        let before = count(&world).await;
        let answer = send(LIMIT + 1).await;
        answer.refused(413, "invalid_request");
        assert_eq!(count(&world).await, before);
    }

    async fn dos_009_what_is_nested_without_end_is_no_metadata(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let before = count(&world).await;
        for depth in [200, 15_000, 30_000] {
            for member in ["unheard_of", "jwks", "contacts", "client_name"] {
                let (open, close) = ("[".repeat(depth), "]".repeat(depth));
                let body =
                    format!(r#"{{"redirect_uris":["{CALLBACK}"],"{member}":{open}{close}}}"#);
                let request = world.request(Method::POST, "/register");
                let request = request.header("content-type", "application/json").body(body);
                world.send(request).await.refused(400, "invalid_client_metadata");
            }
        }
        assert_eq!(count(&world).await, before);
    }

    async fn reg_009_the_policy_decides(setup) {
        let world = world(setup, |registration| registration.open().policy(Strict)).await;
        let before = count(&world).await;
        register(&world, &public()).await.refused(403, "access_denied");
        assert_eq!(count(&world).await, before);
        let friend = with(public(), "client_name", json!("Friend"));
        let known = created(&register(&world, &friend).await);
        assert_eq!((text(&known, "client_name"), text(&known, "scope")), ("A friend", "read"));
    }

    async fn reg_010_what_is_not_for_the_client_to_say_is_not_heard(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let mut body = confidential();
        for (member, value) in [
            ("client_id", json!("admin")), ("client_secret", json!("x")), ("trusted", json!(true)),
            ("skip_consent", json!(true)), ("introspects", json!("any")), ("owner", json!("alice")),
            ("secrets", json!([])), ("dialect", json!({ "dangerous_pkce_optional": true })),
            ("registered", json!({ "trusted": true })), ("access_token_lifetime", json!(99_999_999)),
            ("refresh_policy", json!({ "rotation": "reuse" })), ("extra", json!({ "admin": true })),
        ] {
            body[member] = value;
        }
        let known = created(&register(&world, &body).await);
        let id = text(&known, "client_id");
        assert!(id != "admin" && text(&known, "client_secret") != "x");
        let (tenant, id) = (Tenant::default(), id.into());
        let client = oauth_core::store::ClientStore::find(&world.store, &tenant, &id).await;
        let client = client.expect("an answer").expect("a client");
        assert!(!client.dialect.dangerous_pkce_optional && client.extra.is_empty());
        assert!(client.owner.is_none() && client.access_token_lifetime.is_none());
        assert!(client.registered.as_ref().is_some_and(|registered| !registered.trusted));
        assert_eq!(client.introspects, oauth_core::model::Introspects::Own);
        assert_eq!(client.refresh_policy, oauth_core::model::RefreshPolicy::default());
    }

    async fn reg_024_a_name_is_stored_as_it_is_shown(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let body = with(public(), "client_name", json!("Google\u{202e}\n\u{2066}"));
        let body = with(body, "logo_uri", json!("https://c.example/l.png"));
        let known = created(&register(&world, &body).await);
        assert_eq!(text(&known, "client_name"), "Google");
        let nothing = with(public(), "client_name", json!("\u{202e}\u{7}"));
        assert!(created(&register(&world, &nothing).await).get("client_name").is_none());
    }

    async fn a_software_statement_is_refused_not_dropped(setup) {
        let world = world(setup, |registration| registration.open()).await;
        for (statement, code) in [
            (json!("eyJhbGciOiJub25lIn0.e30.AA"), "unapproved_software_statement"),
            (json!("x"), "invalid_software_statement"),
            (json!({}), "invalid_software_statement"),
        ] {
            let body = with(public(), "software_statement", statement);
            register(&world, &body).await.refused(400, code);
        }
    }

    async fn an_address_that_registers_too_much_waits(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let mut registered = 0;
        let answer = loop {
            let answer = register(&world, &confidential()).await;
            if answer.status != 201 {
                break answer;
            }
            registered += 1;
            assert!(registered <= 30, "thirty registrations went through");
        };
        assert!(registered >= 20, "{registered}");
        answer.refused(429, "temporarily_unavailable");
        world.clock.advance(120);
        created(&register(&world, &confidential()).await);
    }

    async fn who_shows_a_good_token_does_not_wait_for_others(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let known = created(&register(&world, &confidential()).await);
        while register(&world, &confidential()).await.status == 201 {}
        let token = text(&known, "registration_access_token");
        let path = format!("/register/{}", text(&known, "client_id"));
        let own = |token: &str| world.request(Method::GET, &path).bearer_auth(token.to_owned());
        world.send(own(&format!("{token}x"))).await.refused(429, "temporarily_unavailable");
        assert_eq!(world.send(own(token)).await.status, 200);
        let end = world.request(Method::DELETE, &path).bearer_auth(token);
        assert_eq!(world.send(end).await.status, 204);
    }

    async fn a_failing_store_registers_nothing(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let before = count(&world).await;
        world.store.set_down(true);
        let answer = register(&world, &public()).await;
        answer.refused(503, "temporarily_unavailable");
        world.store.set_down(false);
        assert_eq!(count(&world).await, before);
        let known = created(&register(&world, &public()).await);
        asks(&world, text(&known, "client_id")).await.redirected(CALLBACK);
    }
}
