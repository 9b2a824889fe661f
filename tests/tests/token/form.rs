//! What a token request must look like before anybody looks at what it asks for.

use oauth_core::model::{Client, Secret, SecretHash};
use oauth_core_tests::{
    clients::SECRET,
    scenarios,
    world::{As, again, basic, code_for, params, with, without},
};
use reqwest::Method;

use crate::assert_usable;

scenarios! {
    async fn tok_001_only_post_is_answered(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(code_for(&code))
            .finish();
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let request = world.request(method, &format!("/token?{query}"));
            let request = request.header("authorization", basic("web", SECRET));
            let answer = world.send(request.form(&code_for(&code))).await;
            answer.refused(405, "invalid_request");
            assert_eq!(answer.header("allow"), "POST");
        }
        assert_usable(&world, &code).await;
    }

    async fn tok_002_a_body_that_is_no_form_is_refused(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(code_for(&code))
            .finish();
        for content_type in ["application/json", "text/plain", "application/x-www-form-urlencodedx"] {
            let request = world.request(Method::POST, "/token");
            let request = request.header("authorization", basic("web", SECRET));
            let request = request.header("content-type", content_type).body(body.clone());
            world.send(request).await.refused(400, "invalid_request");
        }
        let request = world.request(Method::POST, "/token");
        let request = request.header("authorization", basic("web", SECRET)).body(body.clone());
        world.send(request).await.refused(400, "invalid_request");
        let request = world.request(Method::POST, "/token");
        let request = request.header("authorization", basic("web", SECRET));
        let request = request
            .header("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")
            .body(body);
        world.send(request).await.is_ok();
    }

    async fn tok_002_a_form_that_does_not_say_so_is_read_for_those_who_are_forgiven(setup) {
        let forgiven = Client::confidential("old", SecretHash::of_generated(&Secret::new(SECRET)))
            .grant_types(["client_credentials"])
            .scope("api")
            .dialect(|dialect| dialect.form_without_content_type = true);
        let world = setup.client(forgiven.build().expect("a sound client")).start().await;
        let post = |client: &str, path: &str, content_type: Option<&str>, body: &str| {
            let request = world.request(Method::POST, path);
            let request = request.header("authorization", basic(client, SECRET));
            match content_type {
                Some(declared) => request.header("content-type", declared).body(body.to_owned()),
                None => request.body(body.to_owned()),
            }
        };
        let asked = "grant_type=client_credentials";
        world.send(post("old", "/token", None, asked)).await.is_ok();
        world.send(post("m2m", "/token", None, asked)).await.refused(400, "invalid_request");
        for declared in ["application/json", ""] {
            let answer = world.send(post("old", "/token", Some(declared), asked)).await;
            answer.refused(400, "invalid_request");
        }
        for path in ["/revoke", "/introspect"] {
            assert_eq!(world.send(post("old", path, None, "token=x")).await.status, 200);
            world.send(post("m2m", path, None, "token=x")).await.refused(400, "invalid_request");
        }
        let wrong = world.request(Method::POST, "/token").body(asked);
        world.send(wrong).await.refused(401, "invalid_client");
        let repeated = post("old", "/token", None, "grant_type=a&grant_type=client_credentials");
        world.send(repeated).await.refused(400, "invalid_request");
        assert!(world.events.heard("what: \"form_without_content_type\""));
    }

    async fn tok_003_credentials_in_the_query_are_not_read_and_not_recorded(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        for id in ["web", "post"] {
            let path = format!("/token?client_id={id}&client_secret={SECRET}");
            let answer = world.post(&path, As::Nobody, &code_for(&code)).await;
            answer.refused(401, "invalid_client");
            let named = world.post(&path, As::Public(id), &code_for(&code)).await;
            named.refused(401, "invalid_client");
        }
        assert!(world.events.heard("InvalidClient") && !world.events.heard(SECRET));
        assert_usable(&world, &code).await;
    }

    async fn tok_004_tok_038_a_grant_type_is_named_in_the_body(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let bare = params([("code", &code)]);
        world.token(As::Basic("web"), &bare).await.refused(400, "invalid_request");
        let empty = with(code_for(&code), "grant_type", "");
        world.token(As::Basic("web"), &empty).await.refused(400, "invalid_request");
        let path = "/token?grant_type=authorization_code";
        let unnamed = without(code_for(&code), "grant_type");
        world.post(path, As::Basic("web"), &unnamed).await.refused(400, "invalid_request");
        assert_usable(&world, &code).await;
    }

    async fn tok_005_tok_036_a_grant_type_that_the_server_does_not_have(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        for grant_type in [
            "urn:example:nope",
            "code",
            "Authorization_Code",
            "authorization_code ",
            "authorization-code",
            "implicit",
            "password",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ] {
            let asked = with(code_for(&code), "grant_type", grant_type);
            let answer = world.token(As::Basic("web"), &asked).await;
            answer.refused(400, "unsupported_grant_type");
            assert!(!answer.body.contains(grant_type), "{answer:?}");
        }
        assert_usable(&world, &code).await;
    }

    async fn tok_008_a_parameter_sent_twice_is_refused(setup) {
        let world = setup.start().await;
        let (code, other) = (world.code().await, world.code().await);
        for (name, value) in [
            ("code", other.as_str()),
            ("code", code.as_str()),
            ("code", ""),
            ("grant_type", "authorization_code"),
            ("redirect_uri", "https://client.example/cb"),
            ("unknown", "x"),
        ] {
            let twice = again(with(code_for(&code), "unknown", "x"), name, value);
            world.token(As::Basic("web"), &twice).await.refused(400, "invalid_request");
        }
        assert_usable(&world, &code).await;
        assert_usable(&world, &other).await;
    }

    async fn tok_009_an_empty_code_is_no_code(setup) {
        let world = setup.start().await;
        for asked in [with(code_for("x"), "code", ""), without(code_for("x"), "code")] {
            world.token(As::Basic("web"), &asked).await.refused(400, "invalid_request");
        }
    }

    async fn tok_042_a_body_that_is_no_text_is_refused(setup) {
        let world = setup.start().await;
        for body in [
            "grant_type=authorization_code&code=%FF%FE%00",
            "grant_type=authorization_code&code=a%00",
            "grant_type=%ED%A0%80",
            "grant_type=authorization_code&code=x&%FF=1",
        ] {
            let request = world.request(Method::POST, "/token");
            let request = request.header("authorization", basic("web", SECRET));
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            world.send(request.body(body)).await.refused(400, "invalid_request");
        }
        let code = world.code().await;
        assert_usable(&world, &code).await;
    }

    async fn tok_045_the_method_cannot_be_overridden(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let overriding = with(code_for(&code), "_method", "DELETE");
        let request = world.form("/token", As::Basic("web"), &overriding);
        let request = request.header("x-http-method-override", "DELETE");
        world.send(request.header("x-http-method", "GET").header("x-method-override", "GET"))
            .await
            .is_ok();
    }

    async fn tok_046_tok_041_parameters_of_others_are_ignored(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let mut asked = code_for(&code);
        for (name, value) in [
            ("device_code", "x"),
            ("subject_token", "y"),
            ("assertion", "z"),
            ("auth_req_id", "a"),
            ("username", "alice"),
            ("password", "p4ssw0rd"),
            ("scope[a]", "write"),
        ] {
            asked.push((name, value.to_owned()));
        }
        let answer = world.token(As::Basic("web"), &asked).await;
        assert_eq!(answer.is_ok().text("scope"), "read");
        assert!(!world.events.heard("p4ssw0rd"));
    }
}
