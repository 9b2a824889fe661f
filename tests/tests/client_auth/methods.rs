//! One method in each request, the registered one, and readable.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use oauth_core_tests::{
    clients::SECRET,
    scenarios,
    world::{As, basic, code_for, params, refresh_for, with},
};

use crate::{confidential, is_unspent, own_token};

scenarios! {
    async fn cla_004_cla_015_a_confidential_client_proves_who_it_is(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        world.token(As::Public("web"), &code_for(&code)).await.refused(401, "invalid_client");
        world.token(As::Nobody, &code_for(&code)).await.refused(401, "invalid_client");
        let unsaid = with(code_for(&code), "client_id", "");
        world.token(As::Nobody, &unsaid).await.refused(401, "invalid_client");
        is_unspent(&world, &code).await;

        let tokens = world.tokens().await;
        let answer = world.token(As::Public("web"), &refresh_for(&tokens.refresh)).await;
        answer.refused(401, "invalid_client");
        let token = params([("token", &tokens.access)]);
        for path in ["/revoke", "/introspect"] {
            let answer = world.post(path, As::Public("web"), &token).await;
            answer.refused(401, "invalid_client");
        }
        assert!(world.is_active(&tokens.access).await);
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
    }

    async fn cla_006_a_client_id_beside_another_is_refused(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        for client in ["other", "nobody", "WEB", "web "] {
            let form = with(code_for(&code), "client_id", client);
            world.token(As::Basic("web"), &form).await.refused(400, "invalid_request");
        }
        let twice = with(code_for(&code), "client_id", "post");
        world.token(As::Post("post"), &twice).await.refused(400, "invalid_request");
        assert!(!world.events.heard("Issued"));
        let form = with(code_for(&code), "client_id", "web");
        world.token(As::Basic("web"), &form).await.is_ok();
    }

    async fn cla_006_a_request_uses_one_method_only(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let secret_only = with(code_for(&code), "client_secret", SECRET);
        let both = with(secret_only.clone(), "client_id", "web");
        for form in [secret_only, both.clone(), with(both, "client_secret", "wrong")] {
            world.token(As::Basic("web"), &form).await.refused(400, "invalid_request");
        }
        let twice = world.form("/token", As::Basic("web"), &code_for(&code));
        let twice = twice.header("authorization", basic("other", SECRET));
        world.send(twice).await.refused(401, "invalid_client");
        let twice = world.form("/token", As::Basic("web"), &code_for(&code));
        world.send(twice.bearer_auth("x")).await.refused(401, "invalid_client");
        is_unspent(&world, &code).await;
    }

    /// A credential that nobody reads is not dropped silently, whoever it comes with.
    async fn cla_006_a_header_that_no_method_reads_is_refused(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let spa = world.tokens_of(As::Public("spa"), "spa", "https://spa.example/cb", "read").await;
        for header in ["Bearer x", "Digest username=\"web\"", "x", ""] {
            for (client, form, status, error) in [
                (As::Post("post"), refresh_for("x"), 400, "invalid_request"),
                (As::Public("spa"), refresh_for(&spa.refresh), 400, "invalid_request"),
                (As::Nobody, code_for(&code), 401, "invalid_client"),
            ] {
                let request = world.form("/token", client, &form).header("authorization", header);
                world.send(request).await.refused(status, error);
            }
            for path in ["/revoke", "/introspect"] {
                let form = params([("token", &*spa.access)]);
                let request = world.form(path, As::Post("post"), &form);
                let answer = world.send(request.header("authorization", header)).await;
                let is_bearer = path == "/introspect" && header.starts_with("Bearer");
                let (status, error) =
                    if is_bearer { (401, "invalid_token") } else { (400, "invalid_request") };
                answer.refused(status, error);
            }
        }
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        world.token(As::Public("spa"), &refresh_for(&spa.refresh)).await.is_ok();
    }

    async fn cla_007_cla_008_cla_010_cla_011_a_header_that_cannot_be_read_proves_nothing(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let encoded = |text: &[u8]| format!("Basic {}", BASE64_STANDARD.encode(text));
        for header in [
            "Basic !!!d2ViOnM=".to_owned(),
            "Basic d2Vi".to_owned(),
            "Basic".to_owned(),
            "Basic ".to_owned(),
            "Basic \u{e9}".to_owned(),
            encoded(b"web:100%"),
            encoded(b"web:%zz"),
            encoded(b"web:%4"),
            encoded(b"web:%FF"),
            encoded(b"web:\xff"),
            encoded(b"web:"),
            encoded(b":"),
            encoded(b"web"),
            encoded(format!(":{SECRET}").as_bytes()),
            encoded(format!("%20web:{SECRET}").as_bytes()),
            basic("web", SECRET).replace("Basic ", "Bearer "),
            basic("web", SECRET).replace("Basic ", "Digest "),
            basic("web", SECRET).replace("Basic ", "Basic"),
            basic("web", SECRET).replace("Basic ", "Basic Basic "),
        ] {
            let form = world.form("/token", As::Nobody, &code_for(&code));
            let answer = world.send(form.header("authorization", &*header)).await;
            answer.refused(401, "invalid_client");
        }
        assert!(!world.events.heard("Issued"));
        let form = world.form("/token", As::Nobody, &code_for(&code));
        let header = basic("web", SECRET).replace("Basic ", "bASIC  ");
        world.send(form.header("authorization", header)).await.is_ok();
    }

    async fn cla_007_a_header_that_cannot_be_read_is_not_passed_over(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let good = basic("web", SECRET).replace("Basic ", "");
        let public = with(own_token(), "client_id", "spa");
        for header in ["Basic", "basic\t", "Basic,x", &format!("Basic\t{good}"), "Basic !!!"] {
            let form = world.form("/token", As::Nobody, &public);
            let answer = world.send(form.header("authorization", header)).await;
            answer.refused(401, "invalid_client");
            let form = world.form("/token", As::Post("post"), &own_token());
            let answer = world.send(form.header("authorization", header)).await;
            answer.refused(400, "invalid_request");
        }
        // Nor one header of two, whichever comes first.
        let form = world.form("/token", As::Nobody, &public).bearer_auth("x");
        let answer = world.send(form.header("authorization", basic("web", SECRET))).await;
        answer.refused(401, "invalid_client");
        // A secret that belongs to nobody is a method, too.
        let alone = with(code_for(&code), "client_secret", SECRET);
        let form = world.form("/token", As::Nobody, &alone).header("authorization", "Basic !!!");
        world.send(form).await.refused(400, "invalid_request");
        assert!(!world.events.heard("Issued"));
        is_unspent(&world, &code).await;
    }

    async fn cla_009_both_parts_of_the_header_are_decoded(setup) {
        let secret = "a:b%c+d e\u{e9}&=%2B";
        let odd = "https://app.example/a+b:c%d";
        let client = |id| {
            let client = confidential(id, secret).grant_types(["client_credentials"]);
            client.build().expect("a client")
        };
        let world = setup.client(client("plain")).client(client(odd)).start().await;
        for id in ["plain", odd] {
            world.token(As::BasicWith(id, secret), &own_token()).await.is_ok();
        }
        for wrong in ["a", "a:b", "b%c+d e\u{e9}&=%2B", "a:b%c+d e\u{e9}&=+", "a:b%c d e\u{e9}&=%2B"] {
            let answer = world.token(As::BasicWith("plain", wrong), &own_token()).await;
            answer.refused(401, "invalid_client");
        }
    }

    async fn cla_012_a_public_client_has_no_secret(setup) {
        let world = setup.start().await;
        let uri = "https://spa.example/cb";
        let code = world.code_of("spa", uri, "read").await;
        let form = with(code_for(&code), "redirect_uri", uri);
        let secret = with(form.clone(), "client_secret", "x");
        world.token(As::Public("spa"), &secret).await.refused(401, "invalid_client");
        world.token(As::Post("spa"), &form).await.refused(401, "invalid_client");
        for secret in ["x", "", SECRET] {
            let answer = world.token(As::BasicWith("spa", secret), &form).await;
            answer.refused(401, "invalid_client");
        }
        assert!(!world.events.heard("Issued"));
        // A parameter without a value counts as not sent.
        let empty = with(form, "client_secret", "");
        world.token(As::Public("spa"), &empty).await.is_ok();
    }

    async fn cla_013_a_secret_comes_the_registered_way(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        world.token(As::Post("web"), &code_for(&code)).await.refused(401, "invalid_client");
        is_unspent(&world, &code).await;
        let code = world.code_of("post", oauth_core_tests::clients::CALLBACK, "read").await;
        world.token(As::Basic("post"), &code_for(&code)).await.refused(401, "invalid_client");
        let nameless = with(code_for(&code), "client_secret", SECRET);
        world.token(As::Nobody, &nameless).await.refused(401, "invalid_client");
        world.token(As::Post("post"), &code_for(&code)).await.is_ok();
    }

    async fn cla_034_an_assertion_that_nobody_reads_is_not_dropped_silently(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let assertion = with(code_for(&code), "client_assertion", "e30.e30.");
        let typed = with(code_for(&code), "client_assertion_type", kind);
        let both = with(assertion.clone(), "client_assertion_type", kind);
        let unknown = with(assertion.clone(), "client_assertion_type", "urn:example:nope");
        for form in [assertion, typed, both, unknown] {
            world.token(As::Basic("web"), &form).await.refused(400, "invalid_request");
            world.token(As::Post("post"), &form).await.refused(400, "invalid_request");
            world.token(As::Public("spa"), &form).await.refused(401, "invalid_client");
            world.token(As::Nobody, &form).await.refused(401, "invalid_client");
        }
        is_unspent(&world, &code).await;
    }

    async fn a_client_without_a_method_of_this_server_is_refused(setup) {
        let pk = confidential("pk", SECRET).token_endpoint_auth_method("private_key_jwt");
        let pk = pk.jwks_uri("https://client.example/jwks");
        let pk = pk.grant_types(["client_credentials"]).build().expect("a client");
        let world = setup.client(pk).start().await;
        for caller in [As::Basic("pk"), As::Post("pk"), As::Public("pk")] {
            world.token(caller, &own_token()).await.refused(401, "invalid_client");
        }
        assert!(!world.events.heard("Issued"));
    }
}
