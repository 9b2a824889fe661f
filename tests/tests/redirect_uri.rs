//! Where authorization responses may go: to the bytes that were registered, and nowhere else.

use oauth_core::model::{Client, Secret, SecretHash};
use oauth_core_tests::{
    Answer, World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, authz, authz_of, code_for, with, without},
};
use reqwest::Method;

fn confidential(id: &str, redirect_uri: &str) -> Client {
    let hash = SecretHash::of_generated(&Secret::new(SECRET));
    let builder = Client::confidential(id, hash).redirect_uri(redirect_uri);
    builder.scope("read write openid").build().expect("a client")
}

/// A request of this client for this redirect URI gets a page, and no decision of anybody's.
async fn is_refused(world: &World, client: &str, redirect_uri: &str) {
    let answer = world.authorize(&authz_of(client, redirect_uri, "read")).await;
    answer.page(400, "invalid_request");
    assert!(!answer.body.contains("evil"), "{redirect_uri}: {answer:?}");
    assert!(!world.events.heard("Allowed"), "{redirect_uri}");
}

/// As it goes over the wire, where the client of HTTP would encode it otherwise.
async fn raw(world: &World, redirect_uri: &str) -> Answer {
    let asked = without(authz(), "redirect_uri");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    let path = format!("/authorize?{query}&redirect_uri={redirect_uri}");
    world.send(world.request(Method::GET, &path).header("x-user", "alice")).await
}

scenarios! {
    async fn red_002_red_007_red_013_red_014_red_015_almost_the_same_is_not_the_same(setup) {
        let world = setup.start().await;
        for other in [
            "https://client.example/cb/extra",
            "https://client.example/cb/",
            "https://client.example/c",
            "https://client.example/",
            "https://client.example",
            "https://client.example/cb?x=1",
            "https://client.example/cb?",
            "https://client.example/cb/../cb",
            "https://client.example/./cb",
            "https://client.example//cb",
            "https://client.example/CB",
            "https://CLIENT.example/cb",
            "HTTPS://client.example/cb",
            "http://client.example/cb",
            "https://client.example.evil.example/cb",
            "https://client.example.:443/cb",
            "https://client.example./cb",
            "https://sub.client.example/cb",
            "https://evilclient.example/cb",
            "https://client.example:443/cb",
            "https://client.example:8443/cb",
            "https://client.example:/cb",
            "https://client.example/%63b",
            "https://client.example/cb%20",
            "https://client.example/cb;x",
            " https://client.example/cb",
            "https://client.example/cb ",
            "//client.example/cb",
            "/cb",
            "cb",
            "https:client.example/cb",
            "https:/client.example/cb",
        ] {
            is_refused(&world, "web", other).await;
        }
        world.authorize(&authz()).await.redirected(CALLBACK);
        assert!(world.events.heard("Allowed"), "the right one is allowed");
    }

    async fn red_004_red_005_a_registered_query_is_kept_and_part_of_the_identity(setup) {
        let world = setup.start().await;
        let registered = "https://client.example/cb?foo=bar";
        for other in [
            "https://client.example/cb?foo=baz",
            "https://client.example/cb?foo=bar&foo=baz",
            "https://client.example/cb?foo=bar&",
            "https://client.example/cb?",
            "https://client.example/cb?FOO=bar",
            "https://client.example/cb?foo=%62ar",
            CALLBACK,
        ] {
            is_refused(&world, "query", other).await;
        }
        let answer = world.authorize(&authz_of("query", registered, "read")).await;
        let start = format!("{registered}&");
        let pairs = answer.redirected(&start);
        assert_eq!((pairs["foo"].as_str(), pairs["state"].as_str()), ("bar", "xyz"));
        let form = with(code_for(&pairs["code"]), "redirect_uri", registered);
        world.token(As::Basic("query"), &form).await.is_ok();
        let error = world.authorize(&authz_of("query", registered, "admin")).await;
        error.redirected_error(&start, "invalid_scope");
    }

    async fn red_006_a_fragment_is_refused(setup) {
        let world = setup.start().await;
        for other in ["https://client.example/cb#f", "https://client.example/cb#"] {
            is_refused(&world, "web", other).await;
        }
    }

    async fn red_009_red_010_a_user_name_is_refused(setup) {
        let world = setup.start().await;
        for other in [
            "http://localhost:80@evil.example/cb",
            "http://localhost@evil.example/cb",
            "http://attacker@127.0.0.1:5000/cb",
            "http://attacker:pw@127.0.0.1:5000/cb",
            "http://127.0.0.1:5000@evil.example/cb",
            "http://@127.0.0.1:5000/cb",
            "http://127.0.0.1:80:80@evil.example/cb",
        ] {
            is_refused(&world, "native", other).await;
        }
        is_refused(&world, "web", "https://client.example@evil.example/cb").await;
        is_refused(&world, "web", "https://client@client.example/cb").await;
    }

    async fn red_012_characters_that_parsers_disagree_about_are_refused(setup) {
        let world = setup.start().await;
        for other in [
            "https://client.example\\@evil.example/cb",
            "https://client.example\t@evil.example/cb",
            "https://client.example\n/cb",
            "https://client.example\r\n/cb",
            "https://client.example\0/cb",
            "https://client.example%5c@evil.example/cb",
            "https://client.example%09/cb",
            "https://client.example%00/cb",
            "https://client.example\u{ff0f}cb",
            "https://client.example\u{ff0f}@evil.example/cb",
            "https:\\\\client.example\\cb",
            "https://client.example/cb\u{200b}",
            "https://client.example/cb\u{0}.evil.example",
            "https://evil.example\u{ff0e}client.example/cb",
        ] {
            is_refused(&world, "web", other).await;
        }
        for sent in [
            "https://client.example%5C@evil.example/cb",
            "https://client.example%09/cb",
            "https://client.example%0a/cb",
            "https://client.example%00/cb",
            "https://client.example%EF%BC%8Fcb",
            "https://client.example%ff/cb",
            "https://client.example/cb%0d%0aX-Injected:%201",
        ] {
            let answer = raw(&world, sent).await;
            answer.page(400, "invalid_request");
            assert_eq!(answer.header("x-injected"), "");
        }
        raw(&world, "https://client.example/c%62").await.redirected(CALLBACK);
    }

    async fn red_016_a_name_is_not_equal_to_its_punycode(setup) {
        let registered = "https://xn--bcher-kva.example/cb";
        let world = setup.client(confidential("books", registered)).start().await;
        is_refused(&world, "books", "https://b\u{fc}cher.example/cb").await;
        is_refused(&world, "books", "https://XN--bcher-kva.example/cb").await;
        world.authorize(&authz_of("books", registered, "read")).await.redirected(registered);
    }

    async fn red_018_red_019_red_037_only_one_registered_uri_can_be_left_out(setup) {
        let world = setup.start().await;
        let two = without(authz_of("two", "", "read"), "redirect_uri");
        world.authorize(&two).await.page(400, "invalid_request");
        world.authorize(&authz_of("two", "", "read")).await.page(400, "invalid_request");
        let openid = without(authz_of("web", "", "openid read"), "redirect_uri");
        world.authorize(&openid).await.page(400, "invalid_request");
        assert!(!world.events.heard("Allowed"));

        let one = without(authz(), "redirect_uri");
        let code = world.authorize(&one).await.redirected(CALLBACK)["code"].clone();
        let form = without(code_for(&code), "redirect_uri");
        world.token(As::Basic("web"), &form).await.is_ok();

        for named in [CALLBACK, "https://client.example/cb2"] {
            world.authorize(&authz_of("two", named, "read")).await.redirected(&format!("{named}?"));
        }
    }

    async fn red_018_the_token_request_names_the_one_that_the_code_went_to(setup) {
        let world = setup.start().await;
        let code = world.code_of("two", CALLBACK, "read").await;
        let wrong = with(code_for(&code), "redirect_uri", "https://client.example/cb2");
        world.token(As::Basic("two"), &wrong).await.refused(400, "invalid_grant");
        world.token(As::Basic("two"), &code_for(&code)).await.is_ok();
    }

    async fn red_020_red_021_red_033_what_cannot_be_safe_cannot_be_registered(setup) {
        let world = setup.start().await;
        for uri in [
            "https://client.example/*",
            "https://*.client.example/cb",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://client.example/x",
            "about:blank",
            "ftp://client.example/cb",
            "http://client.example/cb",
            "urn:ietf:wg:oauth:2.0:oob",
            "urn:ietf:wg:oauth:2.0:oob:auto",
            "",
            "/cb",
        ] {
            assert!(Client::public("x").redirect_uri(uri).build().is_err(), "{uri}");
            assert!(Client::public("x").native().redirect_uri(uri).build().is_err(), "{uri}");
            world.authorize(&with(authz_of("web", "", "openid"), "redirect_uri", uri)).await
                .page(400, "invalid_request");
        }
    }

    async fn red_024_red_026_a_native_application_is_free_in_the_port_only(setup) {
        let world = setup.start().await;
        for other in [
            "http://127.0.0.1:51004/cb?x=1",
            "http://127.0.0.1:51004/cb/",
            "http://127.0.0.1:51004/",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:-1/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:80 /cb",
            "http://127.0.0.1:5000.evil.example/cb",
            "http://127.0.0.1.evil.example:5000/cb",
            "http://127.0.0.2:5000/cb",
            "http://127.1:5000/cb",
            "http://2130706433:5000/cb",
            "http://0x7f.0.0.1:5000/cb",
            "http://[::1]:5000/cb",
            "http://LOCALHOST:5000/cb",
            "http://localhost.:5000/cb",
            "https://127.0.0.1:5000/cb",
            "com.example.app:5000/cb",
            "com.example.app:/cb2",
            "COM.example.app:/cb",
        ] {
            is_refused(&world, "native", other).await;
        }
        for uri in [
            "http://127.0.0.1:51004/cb",
            "http://127.0.0.1/cb",
            "http://localhost:43117/cb",
            "http://localhost/cb",
            "http://localhost:65535/cb",
            "com.example.app:/cb",
        ] {
            let answer = world.authorize(&authz_of("native", uri, "read")).await;
            let code = answer.redirected(&format!("{uri}?"))["code"].clone();
            // The code is bound to the port that was asked for.
            let form = code_for(&code);
            let other = with(form.clone(), "redirect_uri", "http://127.0.0.1:9/cb");
            let refused = world.token(As::Public("native"), &other).await;
            refused.refused(400, "invalid_grant");
            let form = with(form, "redirect_uri", uri);
            world.token(As::Public("native"), &form).await.is_ok();
        }
    }

    async fn red_027_a_web_application_is_not_free_in_the_port(setup) {
        let registered = "http://127.0.0.1/cb";
        let world = setup.client(confidential("dev", registered)).start().await;
        for other in ["http://127.0.0.1:9/cb", "http://127.0.0.1:80/cb", "http://localhost/cb"] {
            is_refused(&world, "dev", other).await;
        }
        world.authorize(&authz_of("dev", registered, "read")).await.redirected(registered);
    }

    async fn red_030_red_031_monsters_are_refused(setup) {
        let world = setup.start().await;
        let colons = format!("http://[{}]/cb", ":".repeat(39));
        let many = format!("http://[{}]/cb", ":".repeat(4000));
        let long = format!("https://client.example/{}", "a".repeat(3000));
        let port = format!("http://127.0.0.1:{}/cb", "9".repeat(1000));
        let zeros = format!("http://127.0.0.1:{}80/cb", "0".repeat(100));
        for monster in [&colons, &many, &long, &port, &zeros] {
            is_refused(&world, "web", monster).await;
            is_refused(&world, "native", monster).await;
        }
        for broken in ["http://[", "http://]", "https://", ":", "%", "http://[::1", "://"] {
            is_refused(&world, "native", broken).await;
        }
    }

    async fn a_redirect_uri_of_another_client_is_refused(setup) {
        let world = setup.start().await;
        is_refused(&world, "spa", CALLBACK).await;
        is_refused(&world, "web", "https://spa.example/cb").await;
        is_refused(&world, "web", "http://127.0.0.1/cb").await;
    }

    async fn a_redirect_uri_that_is_taken_away_is_refused_from_then_on(setup) {
        let world = setup.start().await;
        let uri = "https://client.example/cb2";
        let code = world.code_of("two", uri, "read").await;
        let one = confidential("two", CALLBACK);
        world.change("two", |client| *client = one).await;
        let answer = world.authorize(&authz_of("two", uri, "read")).await;
        answer.page(400, "invalid_request");
        world.authorize(&authz_of("two", CALLBACK, "read")).await.redirected(CALLBACK);
        // What went there before has arrived, and is bound to it.
        world.token(As::Basic("two"), &with(code_for(&code), "redirect_uri", uri)).await.is_ok();
    }
}
