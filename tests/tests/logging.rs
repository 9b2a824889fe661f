//! What an operator hears, what nobody hears, and what no caller is told.

use std::{
    io::{self, Write},
    sync::{Mutex, Once, PoisonError},
};

use oauth_core::{
    events::{Event, Events, Occasion, TracingEvents},
    http_types,
    keys::RotatingKeys,
};
use oauth_core_testkit::Fault;
use oauth_core_tests::{
    World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, Tokens, VERIFIER, authz, authz_of, code_for, params, refresh_for, with},
};
use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// Everything that was written so far, by all scenarios of this file.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what the library traces into [`LOG`].
fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let ours = Targets::new().with_target("oauth_core", LevelFilter::TRACE);
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Log);
        tracing_subscriber::registry().with(lines.with_filter(ours)).init();
    });
}

fn log() -> String {
    let bytes = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    String::from_utf8(bytes).expect("text")
}

/// Signs `user` in and gets tokens for `web`; returns the code, too.
async fn sign_in(world: &World, user: &str) -> (String, Tokens) {
    let answer = world.send(world.authorization(&authz()).header("x-user", user)).await;
    let code = answer.redirected(CALLBACK).remove("code").expect("a code");
    let tokens = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
    (code, tokens)
}

/// A listener that is broken.
#[derive(Debug)]
struct Panics;

impl Events for Panics {
    #[expect(clippy::panic, reason = "what is tested")]
    fn record(&self, _: &Occasion<'_>, _: &Event<'_>) {
        panic!("a fault");
    }
}

scenarios! {
    async fn log_003_what_a_client_calls_itself_stays_on_its_line(setup) {
        listen();
        let world = setup.server(|builder| builder.events(TracingEvents)).start().await;
        let name = "a\nINFO forged login ok\u{1b}[31m\r\n";
        let asked = params([("grant_type", "client_credentials")]);
        world.token(As::Public(name), &asked).await.refused(401, "invalid_client");
        loop {
            let answer = world.token(As::BasicWith(name, "wrong"), &asked).await;
            assert!(!answer.body.contains("forged"));
            if answer.status == 429 {
                break;
            }
            answer.refused(401, "invalid_client");
        }
        let log = log();
        let told: Vec<_> = log.lines().filter(|line| line.contains("forged")).collect();
        assert!(!told.is_empty());
        for line in told {
            assert!(line.contains("throttled") && line.contains(r"a\nINFO forged"), "{line}");
        }
        assert!(!log.contains('\u{1b}'));
    }

    async fn log_004_a_caller_is_told_nothing_of_the_servers_inside(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        for nth in 1..=3 {
            world.store.fail_call(nth, Fault::Before);
            let answer = world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
            answer.refused(503, "temporarily_unavailable");
            for inside in ["injected", "store", "src/", ".rs", "127.0.0.1"] {
                assert!(!answer.body.contains(inside), "{answer:?}");
            }
        }
        assert!(world.events.heard("injected before the call"), "and the operator everything");
    }

    async fn log_004_a_refusal_repeats_nothing_of_the_request(setup) {
        let world = setup.start().await;
        let marked = "m4rk3r<script>";
        let code = world.code().await;
        for (client, asked) in [
            (As::Public(marked), code_for(marked)),
            (As::BasicWith(marked, marked), code_for(marked)),
            (As::Basic("web"), code_for(marked)),
            (As::Basic("web"), refresh_for(marked)),
            (As::Basic("web"), with(code_for(marked), "grant_type", marked)),
            (As::Basic("web"), with(code_for(&code), "redirect_uri", marked)),
            (As::Basic("web"), with(code_for(&code), "code_verifier", marked)),
            (As::Basic("web"), with(code_for(&code), "scope", marked)),
            (As::Basic("web"), with(code_for(&code), "resource", marked)),
        ] {
            let answer = world.token(client, &asked).await;
            assert!((400..402).contains(&answer.status.as_u16()), "{answer:?}");
            assert!(!answer.body.contains("m4rk3r"), "{answer:?}");
            let headers = answer.headers.values().filter_map(|value| value.to_str().ok());
            assert!(!headers.into_iter().any(|value| value.contains("m4rk3r")), "{answer:?}");
        }
    }

    async fn log_006_every_act_is_heard_with_who_and_when_and_under_which_grant(setup) {
        let world = setup.start().await;
        let (_, first) = sign_in(&world, "alice").await;
        let grants = world.server.grants().expect("one server");
        let grant = grants.of_subject(&"alice".into()).await.expect("grants")[0].id;
        let second = world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
        second.is_ok();
        world.token(As::Basic("web"), &code_for("x")).await.refused(400, "invalid_grant");
        world.token(As::BasicWith("web", "wrong"), &code_for("x")).await;
        world.authorize(&authz_of("web", CALLBACK, "api")).await;
        world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
        let (_, third) = sign_in(&world, "bob").await;
        world.post("/revoke", As::Basic("web"), &params([("token", &third.refresh)])).await.is_ok();
        grants.revoke_subject(&"bob".into()).await.expect("revoked");
        let machine = world.machine_token().await;
        world.get("/resource", "m4de-up").await.challenge(401, "invalid_token");
        world.get("/read", &machine).await.challenge(403, "insufficient_scope");
        world.get("/resource", "a b").await.challenge(400, "invalid_request");
        let (client, subject) = ("client: \"web\"", "subject: \"alice\"");
        let of_grant = format!("grant: {grant}");
        let all = world.events.all();
        let heard = |parts: &[&str]| {
            let has = |event: &&String| parts.iter().all(|part| event.contains(part));
            assert_eq!(all.iter().filter(has).count(), 1, "{parts:?} {all:#?}");
        };
        heard(&["endpoint: \"authorize\"", "Allowed {", client, subject, &of_grant]);
        let by_alice = "Some(\"alice\")";
        heard(&["endpoint: \"token\"", "Issued {", client, by_alice, &of_grant, "authorization_code"]);
        heard(&["Issued {", client, by_alice, &of_grant, "grant_type: \"refresh_token\""]);
        heard(&["Issued {", "client: \"m2m\", subject: None", "client_credentials"]);
        heard(&["Refused { client: Some(\"web\"), error: InvalidGrant", "code is not valid"]);
        heard(&["Refused { client: Some(\"web\"), error: InvalidClient", "endpoint: \"token\""]);
        heard(&["Refused { client: Some(\"web\"), error: InvalidScope", "endpoint: \"authorize\""]);
        heard(&["ReplayDetected { kind: \"refresh_token\"", client, by_alice, &of_grant]);
        heard(&["endpoint: \"revocation\"", "Revoked { what: \"grant\", client: Some(\"web\")"]);
        heard(&["Revoked { what: \"grant\"", "subject: Some(\"bob\"), grant: Some(", "count: 1"]);
        heard(&["endpoint: \"application\"", "Revoked { what: \"subject\", client: None"]);
        heard(&["Revoked { what: \"subject\"", "subject: Some(\"bob\"), grant: None, count: 0"]);
        heard(&["endpoint: \"guard\"", "Refused { client: None, error: InvalidToken"]);
        let of_machine = "Refused { client: Some(\"m2m\"), error: InsufficientScope";
        heard(&["endpoint: \"guard\"", of_machine]);
        heard(&["endpoint: \"guard\"", "Refused { client: None, error: InvalidRequest"]);
        assert!(!all.iter().any(|event| event.contains("m4de-up")), "{all:#?}");
        for event in &all {
            assert!(event.contains("at: Timestamp(1790000000)"), "{event}");
            assert!(event.contains("https://as.example"), "{event}");
            assert!(event.contains("127.0.0.1") || event.contains("application"), "{event}");
        }
    }

    async fn log_006_a_listener_that_panics_changes_no_answer(setup) {
        let (adapter, world) = (setup.adapter, setup.start().await);
        let deaf = world.builder().events(Panics).build().expect("a server");
        let deaf = world.beside(adapter, deaf);
        let tokens = deaf.tokens().await;
        let next = deaf.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
        next.is_ok();
        let wrong = deaf.token(As::BasicWith("web", "wrong"), &refresh_for("x")).await;
        wrong.refused(401, "invalid_client");
        let keys = RotatingKeys::new(world.store.clone());
        let signs = world.builder().events(Panics).signing_keys(keys).build().expect("a server");
        let signs = world.beside(adapter, signs);
        let answer = signs.send(signs.request(reqwest::Method::GET, "/jwks")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    async fn who_cannot_be_told_apart_is_told_of_once(setup) {
        let world = setup.start().await;
        let mounts = world.server.mounts();
        let token = mounts.iter().find(|mount| mount.path() == "/token").expect("an endpoint");
        for _ in 0..3 {
            let form = "grant_type=refresh_token&refresh_token=x&client_id=spa";
            let mut request = http_types::Request::new(form.into());
            *request.method_mut() = http::Method::POST;
            let form = http::HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(http::header::CONTENT_TYPE, form);
            token.serve(request).await;
        }
        let told = |event: &&String| event.contains("Misconfigured") && event.contains("peer");
        assert_eq!(world.events.all().iter().filter(told).count(), 1);
    }

    async fn log_006_no_secret_is_ever_heard(setup) {
        listen();
        let (adapter, world) = (setup.adapter, setup.start().await);
        let traced = world.builder().events(TracingEvents).build().expect("a server");
        let traced = world.beside(adapter, traced);
        let mut secrets = vec![SECRET.to_owned(), VERIFIER.to_owned(), "wr0ng-s3cret".to_owned()];
        for world in [&world, &traced] {
            let (code, first) = sign_in(world, "alice").await;
            let second = world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
            let second = Tokens::of(second.is_ok());
            world.token(As::Basic("other"), &refresh_for(&second.refresh)).await;
            world.token(As::BasicWith("web", "wr0ng-s3cret"), &code_for(&code)).await;
            world.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
            world.get("/resource", &first.access).await.challenge(401, "invalid_token");
            let asked = params([("token", &second.refresh)]);
            world.post("/revoke", As::Basic("web"), &asked).await.is_ok();
            world.post("/introspect", As::Basic("rs"), &asked).await.is_ok();
            world.store.fail_call(2, Fault::Before);
            world.token(As::Basic("web"), &refresh_for(&second.refresh)).await;
            secrets.extend([code, first.access, first.refresh, second.access, second.refresh]);
        }
        let heard = world.events.all().join("\n") + &log();
        assert!(heard.contains("ReplayDetected") && heard.contains("replay detected"));
        for secret in &secrets {
            assert!(!heard.contains(secret.as_str()), "{secret}");
        }
    }

    async fn log_010_a_trace_from_outside_changes_and_names_nothing(setup) {
        listen();
        let (adapter, world) = (setup.adapter, setup.start().await);
        let traced = world.builder().events(TracingEvents).build().expect("a server");
        let traced = world.beside(adapter, traced);
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let outside = |request: reqwest::RequestBuilder| {
            let request = request.header("traceparent", trace).header("tracestate", "evil=1");
            request.header("x-request-id", "tr4v3ll3r\tx")
        };
        let mut answers = String::new();
        for world in [&world, &traced] {
            let asked = world.authorization(&authz()).header("x-user", "trudy");
            let allowed = world.send(outside(asked)).await;
            let code = allowed.redirected(CALLBACK).remove("code").expect("a code");
            let redeemed = world.form("/token", As::Basic("web"), &code_for(&code));
            let redeemed = world.send(outside(redeemed)).await;
            let resource = world.request(reqwest::Method::GET, "/resource");
            let resource = resource.bearer_auth(redeemed.is_ok().text("access_token"));
            let resource = world.send(outside(resource)).await;
            assert_eq!(resource.status, 200, "{resource:?}");
            answers += &format!("{allowed:?}{redeemed:?}{resource:?}");
        }
        let log = log();
        let issued = |line: &str| line.contains("issued") && line.contains("trudy");
        assert!(world.events.heard("Issued {") && log.lines().any(issued));
        let all = world.events.all().join("\n") + &log + &answers;
        let names = ["traceparent", "tracestate", "x-request-id", "trace_id", "span_id"];
        let ids = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
        for text in names.into_iter().chain(ids).chain(["evil=1", "tr4v3ll3r"]) {
            assert!(!all.to_ascii_lowercase().contains(text), "{text}");
        }
    }
}
