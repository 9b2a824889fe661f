//! Input that is too long, too slow, too often, or not what it says it is.

use async_trait::async_trait;
use oauth_core::{
    chosen_secret,
    context::Context,
    endpoint::Endpoint,
    error::Error,
    grant_type::{Decision, GrantType, TokenRequest},
    http_types,
    model::{Client, Secret},
    wire::Metadata,
};
use oauth_core_tests::{
    Adapter, Answer, World, clients,
    clients::CALLBACK,
    raw::{Raw, RawAnswer},
    scenarios,
    world::{As, Tokens, authz, basic, code_for, params, refresh_for, with},
};
use reqwest::Method;

/// The head of a form post to the token endpoint by `m2m`, without the end of the headers.
fn post_head() -> String {
    format!(
        "POST /token HTTP/1.1\r\nhost: as.example\r\nauthorization: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n",
        basic("m2m", clients::SECRET)
    )
}

/// What the server answers to these bytes, and whether it closes after that.
async fn answers(world: &World, bytes: impl AsRef<[u8]>) -> (Option<RawAnswer>, bool) {
    let mut raw = Raw::connect(world).await;
    raw.send(bytes).await;
    let first = raw.answer().await;
    raw.finish().await;
    (first, raw.answer().await.is_none())
}

/// The server is there, and does its work.
async fn lives(world: &World) {
    let token = world.machine_token().await;
    assert!(world.is_active(&token).await);
}

/// Refused as too long, the connection closed.
#[track_caller]
fn too_long(answer: Option<RawAnswer>) {
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 413, "{answer:?}");
    assert_eq!(answer.header("connection"), "close", "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    assert!(answer.body.contains("invalid_request"), "{answer:?}");
}

/// Nothing but the status.
#[track_caller]
fn status_only(answer: &Answer, status: u16) {
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, ""), "{answer:?}");
    assert_eq!(answer.header("location"), "");
}

/// Panics, as an endpoint and as a grant type.
#[derive(Debug)]
struct Panics;

#[async_trait]
impl Endpoint for Panics {
    fn name(&self) -> &'static str {
        "panics"
    }

    fn path(&self) -> &str {
        "/panics"
    }

    fn methods(&self) -> &[Method] {
        &[Method::POST]
    }

    fn cross_origin(&self) -> bool {
        true
    }

    fn describe(&self, _: String, _: &mut Metadata) {}

    async fn serve(&self, _: Context, _: http_types::Request) -> http_types::Response {
        std::panic::resume_unwind(Box::new("a fault that is not the client's"))
    }
}

#[async_trait]
impl GrantType for Panics {
    fn name(&self) -> &str {
        "urn:example:panics"
    }

    async fn decide(&self, _: &TokenRequest<'_>) -> Result<Decision, Error> {
        std::panic::resume_unwind(Box::new("a fault that is not the client's"))
    }
}

scenarios! {
    async fn dos_001_a_body_over_the_limit_is_refused(setup) {
        let world = setup.start().await;
        let calls = world.store.calls();
        for path in ["/token", "/revoke", "/introspect"] {
            for length in [32 * 1024 + 1, 64 * 1024] {
                let head = post_head().replace("/token", path);
                let body = "a".repeat(length);
                let bytes = format!("{head}content-length: {length}\r\n\r\n{body}");
                let (answer, closed) = answers(&world, bytes).await;
                too_long(answer);
                assert!(closed, "{path}");
            }
        }
        assert_eq!(world.store.calls(), calls, "nobody was asked");
        // As long as it may be, and read to its end.
        let mut longest = String::from("grant_type=client_credentials&x=");
        longest.push_str(&"a".repeat(32 * 1024 - longest.len()));
        let length = longest.len();
        let bytes = format!("{}content-length: {length}\r\n\r\n{longest}", post_head());
        let (answer, _) = answers(&world, bytes).await;
        assert_eq!(answer.expect("an answer").status, 200);
        lives(&world).await;
    }

    /// Nor is the client told to go on (RFC 9110 §10.1.1).
    async fn dos_001_a_body_that_is_announced_to_be_too_long_is_not_waited_for(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let calls = world.store.calls();
        for path in ["/token", "/authorize"] {
            for length in ["32769", "1099511627776"] {
                let head = post_head().replace("/token", path);
                let mut raw = Raw::connect(&world).await;
                raw.send(format!("{head}expect: 100-continue\r\ncontent-length: {length}\r\n\r\n")).await;
                let mut answer = raw.answer().await;
                // actix-web says so before anybody is asked.
                while adapter == Adapter::Actix && answer.as_ref().is_some_and(|a| a.status == 100) {
                    answer = raw.answer().await;
                }
                too_long(answer);
            }
        }
        assert_eq!(world.store.calls(), calls, "nobody was asked");
        lives(&world).await;
    }

    async fn what_is_refused_at_the_door_is_not_stored_or_framed(setup) {
        let world = setup.start().await;
        for path in ["/token", "/authorize"] {
            let long = format!("{path}?{}", "a".repeat(17 * 1024));
            for request in [
                world.request(Method::PUT, path),
                world.request(Method::OPTIONS, path),
                world.request(Method::POST, &long),
                world.request(Method::POST, path).header("content-encoding", "gzip"),
                world.request(Method::POST, path).header("x-long", "a".repeat(33 * 1024)),
                world.request(Method::POST, path).body("a".repeat(33 * 1024)),
            ] {
                let answer = world.send(request).await;
                assert!(answer.status.is_client_error(), "{answer:?}");
                assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
                let policy = answer.header("content-security-policy");
                assert!(policy.contains("frame-ancestors 'none'"), "{answer:?}");
                assert_eq!(answer.header("referrer-policy"), "no-referrer");
            }
        }
    }

    async fn two_types_are_no_type(setup) {
        let world = setup.start().await;
        let types = ["application/x-www-form-urlencoded", "application/json"];
        for [one, other] in [types, [types[1], types[0]], [types[0]; 2]] {
            let mut raw = Raw::connect(&world).await;
            let head = post_head().replace(types[0], one);
            let rest = format!("content-type: {other}\r\ncontent-length: 29\r\n\r\n");
            raw.send(format!("{head}{rest}grant_type=client_credentials")).await;
            let answer = raw.answer().await.expect("an answer");
            assert_eq!(answer.status, 400, "{answer:?}");
            assert!(answer.body.contains("invalid_request"), "{answer:?}");
        }
        lives(&world).await;
    }

    async fn dos_004_a_chunked_body_over_the_limit_is_cut_off(setup) {
        let world = setup.start().await;
        let mut raw = Raw::connect(&world).await;
        raw.send(format!("{}transfer-encoding: chunked\r\n\r\n", post_head())).await;
        let chunk = format!("1000\r\n{}\r\n", "a".repeat(4096));
        for _ in 0..9 {
            raw.send(&chunk).await;
        }
        // The body has not ended. actix-web closes once it has, hyper at once.
        too_long(raw.answer().await);
        raw.send("0\r\n\r\n").await;
        assert!(raw.answer().await.is_none(), "the connection is closed");
        lives(&world).await;
    }

    async fn dos_004_a_chunked_body_within_the_limit_is_read(setup) {
        let world = setup.start().await;
        let body = "1d\r\ngrant_type=client_credentials\r\n0\r\n\r\n";
        let bytes = format!("{}transfer-encoding: chunked\r\n\r\n{body}", post_head());
        let (answer, _) = answers(&world, bytes).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        let broken = "zz\r\ngrant_type=client_credentials\r\n0\r\n\r\n";
        let bytes = format!("{}transfer-encoding: chunked\r\n\r\n{broken}", post_head());
        let (answer, closed) = answers(&world, bytes).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(closed);
        lives(&world).await;
    }

    /// An address that a framework does not even parse (64 KiB) it refuses by itself: actix-web with
    /// 400.
    async fn dos_006_a_long_query_is_refused(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let calls = world.store.calls();
        for path in ["/authorize", "/token", "/.well-known/oauth-authorization-server"] {
            for length in [16 * 1024 + 1, 20 * 1024, 60 * 1024] {
                let address = format!("{path}?{}", "a".repeat(length));
                let answer = world.send(world.request(Method::GET, &address)).await;
                status_only(&answer, 414);
            }
            let address = format!("{path}?{}", "a".repeat(64 * 1024));
            let bytes = format!("GET {address} HTTP/1.1\r\nhost: as.example\r\n\r\n");
            let (answer, _) = answers(&world, bytes).await;
            let refused = if adapter == Adapter::Axum { 414 } else { 400 };
            assert_eq!(answer.expect("an answer").status, refused, "{path}");
        }
        assert_eq!(world.store.calls(), calls, "nobody was asked");
        let long = format!("{}&x={}", "response_type=code&client_id=web", "a".repeat(10 * 1024));
        let answer = world.send(world.request(Method::GET, &format!("/authorize?{long}"))).await;
        assert_ne!(answer.status, 414);
    }

    async fn dos_007_long_headers_are_refused(setup) {
        let world = setup.start().await;
        let calls = world.store.calls();
        let long = "a".repeat(64 * 1024);
        for request in [
            world.form("/token", As::Basic("m2m"), &params([("grant_type", "client_credentials")])),
            world.request(Method::GET, "/authorize"),
            world.request(Method::GET, "/.well-known/openid-configuration"),
        ] {
            status_only(&world.send(request.header("x-long", &long)).await, 431);
        }
        let mut many = world.request(Method::GET, "/.well-known/openid-configuration");
        for _ in 0..40 {
            many = many.header("x-many", &long[..1024]);
        }
        status_only(&world.send(many).await, 431);
        assert_eq!(world.store.calls(), calls, "nobody was asked");
        let much = world.form("/token", As::Basic("m2m"), &params([("grant_type", "client_credentials")]));
        world.send(much.header("x-long", &long[..16 * 1024])).await.is_ok();
    }

    /// Long before anybody splits it at its dots, it is more than headers may be.
    async fn dos_008_a_mebibyte_of_dots_is_no_credential(setup) {
        let world = setup.start().await;
        let calls = world.store.calls();
        let dotted = |length| {
            let dots = ".".repeat(length);
            format!(
                "POST /token HTTP/1.1\r\nhost: as.example\r\ncontent-length: 0\r\n\
                 authorization: Bearer {dots}\r\n\r\n"
            )
        };
        for length in [33 * 1024, 64 * 1024] {
            let (answer, _) = answers(&world, dotted(length)).await;
            assert_eq!(answer.expect("an answer").status, 431, "{length}");
        }
        // Of a mebibyte neither framework reads the end. It answers and closes, and that resets a
        // connection on which more is still coming in: the answer may be lost (RFC 9112 §9.6).
        let (answer, closed) = answers(&world, dotted(1 << 20)).await;
        assert!(answer.is_none_or(|answer| answer.status == 431));
        assert!(closed);
        assert_eq!(world.store.calls(), calls, "nobody was asked");
        let form = world.form("/token", As::Nobody, &code_for("x"));
        let answer = world.send(form.bearer_auth(".".repeat(20 * 1024))).await;
        answer.refused(401, "invalid_client");
        lives(&world).await;
    }

    async fn dos_001_compressed_bodies_are_not_unpacked(setup) {
        let world = setup.start().await;
        let grant = params([("grant_type", "client_credentials")]);
        for encoding in ["gzip", "br", "deflate", "zstd", "identity", "x"] {
            let form = world.form("/token", As::Basic("m2m"), &grant);
            let answer = world.send(form.header("content-encoding", encoding)).await;
            status_only(&answer, 415);
        }
        world.token(As::Basic("m2m"), &grant).await.is_ok();
    }

    async fn dos_001_at_most_64_parameters_are_read(setup) {
        let world = setup.start().await;
        let names: Vec<_> = (0..64).map(|n| format!("x{n}")).collect();
        let mut sent = params([("grant_type", "client_credentials")]);
        sent.extend(names[..63].iter().map(|name| (name.as_str(), String::new())));
        world.token(As::Basic("m2m"), &sent).await.is_ok();
        sent.push((&names[63], String::new()));
        world.token(As::Basic("m2m"), &sent).await.refused(400, "invalid_request");
        let mut asked = authz();
        asked.extend(names.iter().map(|name| (name.as_str(), String::new())));
        world.authorize(&asked).await.page(400, "invalid_request");
    }

    async fn dos_011_generated_secrets_are_cheap_and_chosen_ones_dear(setup) {
        let secret = "correct horse battery staple";
        let hash = chosen_secret::hash(&Secret::new(secret)).await.expect("a hash");
        assert!(format!("{hash:?}").contains("Argon2id"), "{hash:?}");
        let chosen = Client::confidential("chosen", hash);
        let chosen = chosen.grant_types(["client_credentials"]).scope("api").build();
        let world = setup.client(chosen.expect("a client")).start().await;
        let generated = format!("{:?}", clients::all()[0].secrets);
        assert!(!generated.contains("Argon2id"), "{generated}");
        let grant = params([("grant_type", "client_credentials")]);
        // Right answers cost nothing, however many.
        for _ in 0..200 {
            world.token(As::Basic("m2m"), &grant).await.is_ok();
        }
        world.token(As::BasicWith("chosen", secret), &grant).await.is_ok();
        world.token(As::BasicWith("chosen", "wrong"), &grant).await.refused(401, "invalid_client");
    }

    /// How many may ask is for the host to say; what it costs is nothing that lasts.
    async fn dos_017_requests_of_nobody_leave_nothing_behind(setup) {
        let world = setup.start().await;
        for _ in 0..100 {
            let calls = world.store.calls();
            let answer = world.send(world.authorization(&authz())).await;
            assert_eq!(answer.status, 303);
            assert!(answer.header("location").starts_with("/sign-in?return_to="), "{answer:?}");
            assert_eq!(answer.header("set-cookie"), "");
            assert_eq!(world.store.calls() - calls, 1, "the client was looked up, and no more");
        }
        assert!(world.events.all().is_empty());
    }

    async fn dos_018_who_guesses_codes_waits(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let mut guesses = 0;
        let refused = loop {
            let answer = world.token(As::Basic("web"), &code_for(&format!("oac_{guesses}"))).await;
            if answer.status != 400 {
                break answer;
            }
            answer.refused(400, "invalid_grant");
            guesses += 1;
            assert!(guesses <= 100, "guessed for ever");
        };
        refused.refused(429, "temporarily_unavailable");
        assert!(guesses >= 10, "honest clients retry, too: {guesses}");
        assert!(world.events.heard(r#"Throttled { what: "authorization_code""#));
        // Others are not locked out, and nor is this one for long.
        let other = world.token(As::Basic("other"), &code_for("x")).await;
        other.refused(400, "invalid_grant");
        // It may be strangers who send a web application codes: who has a good one does not wait.
        let tokens = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
        let still = world.token(As::Basic("web"), &code_for("oac_x")).await;
        still.refused(429, "temporarily_unavailable");
        world.clock.advance(refused.header("retry-after").parse().expect("seconds"));
        let again = world.token(As::Basic("web"), &code_for("oac_x")).await;
        again.refused(400, "invalid_grant");
    }

    async fn dos_019_a_panic_ends_nothing_but_its_own_request(setup) {
        let grant_types = ["authorization_code", "urn:example:panics"];
        let web = clients::all().into_iter().find(|own| own.client_id.as_str() == "web");
        let mut web = web.expect("a fixture");
        web.grant_types = grant_types.into_iter().map(str::to_owned).collect();
        let world = setup
            .client(web)
            .server(|builder| builder.endpoint(Panics).grant_type(Panics))
            .start()
            .await;
        let code = world.code().await;
        for _ in 0..20 {
            let form = world.form("/panics", As::Nobody, &code_for("x"));
            let answer = world.send(form.header("origin", "https://spa.example")).await;
            answer.refused(500, "server_error");
            assert!(!answer.body.contains("fault"), "{answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), "https://spa.example");
            let sent = with(code_for(&code), "grant_type", "urn:example:panics");
            world.token(As::Basic("web"), &sent).await.refused(500, "server_error");
        }
        // On the very connection, too.
        let mut raw = Raw::connect(&world).await;
        let bytes = "POST /panics HTTP/1.1\r\nhost: as.example\r\ncontent-length: 0\r\n\r\n";
        for _ in 0..3 {
            raw.send(bytes).await;
            assert_eq!(raw.answer().await.expect("an answer").status, 500);
        }
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        lives(&world).await;
    }

    async fn dos_021_what_is_not_utf_8_is_refused(setup) {
        let world = setup.start().await;
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(authz()).finish();
        for bytes in ["%ED%A0%80", "%FF", "%C3", "%C0%AF", "%00", "%F4%90%80%80"] {
            for name in ["state", "scope", "nonce", "x"] {
                let query = query.replace(&format!("&{name}="), "&was=");
                let asked = format!("/authorize?{query}&{name}={bytes}");
                let request = world.request(Method::GET, &asked).header("x-user", "alice");
                world.send(request).await.page(400, "invalid_request");
            }
        }
        let form = world.request(Method::POST, "/token");
        let form = form.header("authorization", basic("m2m", clients::SECRET));
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        let form = form.body("grant_type=client_credentials&x=%ED%A0%80");
        world.send(form).await.refused(400, "invalid_request");
    }

    async fn dos_021_state_of_any_script_comes_back_as_it_was(setup) {
        let world = setup.start().await;
        let odd = ["e\u{301}", "\u{202e}abc", "\u{1f980}", "\u{feff}", "a\r\nb", "\u{7f}", "%ED%A0%80"];
        for text in odd {
            let sent = world.authorize(&with(authz(), "state", text)).await.redirected(CALLBACK);
            assert_eq!(sent["state"], text);
            assert!(sent.contains_key("code"));
            let answer = world.authorize(&with(authz(), "scope", text)).await;
            answer.redirected_error(CALLBACK, "invalid_scope");
        }
    }

    async fn dos_022_ages_that_are_no_ages_are_refused(setup) {
        let world = setup.start().await;
        for text in ["9223372036854775808", "4294967296", "-1", "1e309", "NaN", "0x10", "1.5", " 1"] {
            let answer = world.authorize(&with(authz(), "max_age", text)).await;
            answer.redirected_error(CALLBACK, "invalid_request");
        }
        for text in ["2147483648", "4294967295", "1"] {
            let sent = world.authorize(&with(authz(), "max_age", text)).await.redirected(CALLBACK);
            assert!(sent.contains_key("code"), "{text}");
        }
    }

    /// Two framings in one request are how a front and a back are made to disagree. hyper may also
    /// follow the chunks and close (RFC 9112 §6.3), so that what was smuggled is never answered.
    async fn dos_024_two_framings_of_one_body_end_the_connection(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let smuggled = "GET /.well-known/oauth-authorization-server HTTP/1.1\r\nhost: as.example\r\n\r\n";
        let body = format!("1d\r\ngrant_type=client_credentials\r\n0\r\n\r\n{smuggled}");
        let lengths = ["content-length: 4\r\n".to_owned(), format!("content-length: {}\r\n", body.len())];
        for length in lengths {
            let chunked = "transfer-encoding: chunked\r\n";
            for framing in [format!("{length}{chunked}"), format!("{chunked}{length}")] {
                let bytes = format!("{}{framing}\r\n{body}", post_head());
                let (answer, closed) = answers(&world, bytes).await;
                let status = answer.expect("an answer").status;
                assert!(closed, "{framing}");
                match adapter {
                    Adapter::Actix => assert_eq!(status, 400, "{framing}"),
                    Adapter::Axum => assert!([200, 400].contains(&status), "{framing}: {status}"),
                }
            }
        }
    }

    async fn dos_024_ambiguous_heads_are_refused(setup) {
        let world = setup.start().await;
        let body = "grant_type=client_credentials";
        for lines in [
            "content-length: 29\r\ncontent-length: 4\r\n",
            "content-length: +29\r\n",
            "content-length: 29, 29\r\n",
            "content-length: -1\r\n",
            "transfer-encoding: gzip\r\n",
            "transfer-encoding: chunked, identity\r\n",
            "content-length: 29\r\nx-folded: a\r\n b\r\n",
            "content-length : 29\r\n",
        ] {
            let (answer, closed) = answers(&world, format!("{}{lines}\r\n{body}", post_head())).await;
            let answer = answer.expect("an answer");
            assert_eq!(answer.status, 400, "{lines:?}: {answer:?}");
            assert!(closed, "{lines:?}");
        }
        let (answer, _) =
            answers(&world, format!("{}content-length: 29\r\n\r\n{body}", post_head())).await;
        assert_eq!(answer.expect("an answer").status, 200);
    }

    async fn dos_027_a_forwarded_address_is_nobodys(setup) {
        let world = setup.start().await;
        let grant = params([("grant_type", "client_credentials")]);
        let guess = async |number: usize| {
            let form = world.form("/token", As::BasicWith("m2m", "wrong"), &grant);
            let form = form.header("x-forwarded-for", format!("192.0.2.{number}"));
            let form = form.header("forwarded", format!("for=192.0.2.{number}"));
            world.send(form.header("x-real-ip", format!("192.0.2.{number}"))).await
        };
        let mut answers = Vec::new();
        for number in 0..100 {
            answers.push(guess(number).await);
        }
        answers[0].refused(401, "invalid_client");
        answers[99].refused(429, "temporarily_unavailable");
        let first = answers.iter().position(|answer| answer.status == 429).expect("a limit");
        assert!(first <= 20, "{first}");
        assert!(answers[first..].iter().all(|answer| answer.status == 429));
        assert!(world.events.heard(r#"Throttled { what: "client_secret""#));
        assert!(!world.events.all().iter().any(|event| event.contains("192.0.2.")));
        world.token(As::Basic("m2m"), &grant).await.refused(429, "temporarily_unavailable");
        world.clock.advance(3600);
        world.token(As::Basic("m2m"), &grant).await.is_ok();
    }
}
