//! `state` comes back as it was sent, whatever it holds.

use oauth_core_tests::{
    World,
    clients::CALLBACK,
    raw::{Raw, RawAnswer},
    scenarios,
    world::{authz, with, without},
};

use crate::{address, told};

/// Sends an authorization request whose query goes out byte by byte as it is given, which no HTTP
/// client does.
async fn raw(world: &World, query: &[u8]) -> RawAnswer {
    let mut connection = Raw::connect(world).await;
    let head = " HTTP/1.1\r\nHost: as.example\r\nX-User: alice\r\n\r\n";
    connection.send([b"GET /authorize?", query, head.as_bytes()].concat()).await;
    connection.answer().await.expect("an answer")
}

/// The usual request without its state, to which a raw one is appended.
fn query_and(state: &[u8]) -> Vec<u8> {
    let mut query = address(&without(authz(), "state")).replace("/authorize?", "").into_bytes();
    query.extend_from_slice(b"&state=");
    query.extend_from_slice(state);
    query
}

/// The `state` in the `Location` of a raw answer.
#[track_caller]
fn state_of(answer: &RawAnswer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    let query = answer.header("location").strip_prefix(CALLBACK).expect("the redirect URI");
    let query = query.strip_prefix('?').and_then(|query| query.strip_suffix('#'));
    let query = query.expect("a query and an empty fragment");
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "state").expect("a state").1.into_owned()
}

scenarios! {
    async fn aut_013_state_comes_back_as_the_bytes_that_were_sent(setup) {
        let world = setup.start().await;
        let weird = "\"<\n&#\r\t\u{1}\u{7f}%00%zz+ =;\\'\u{e9}\u{1f511}".repeat(30);
        for state in [&weird[..], "%", "100%25", "a=b&c=d", " ", "\u{feff}", &"x".repeat(2048)] {
            let answer = world.authorize(&with(authz(), "state", state)).await;
            let pairs = answer.redirected(CALLBACK);
            assert_eq!(pairs["state"].as_bytes(), state.as_bytes());
            assert!(pairs.contains_key("code"));
            let asked = with(with(authz(), "state", state), "scope", "admin");
            let pairs = world.authorize(&asked).await.redirected_error(CALLBACK, "invalid_scope");
            assert_eq!(pairs["state"].as_bytes(), state.as_bytes());
        }
    }

    async fn aut_013_state_is_not_read_otherwise_when_it_is_sent_raw(setup) {
        let world = setup.start().await;
        // What no address may hold at all, the framework below answers.
        let marks = "a'b;c:d@e/f?g!h$i(j)k*l,m~n|o^p`q{r}s[t]u\\v";
        for (sent, meant) in [
            (marks, marks),
            ("a=b==", "a=b=="),
            ("%22%3c%0A%26%23", "\"<\n&#"),
            ("a+b%20c%2Bd", "a b c+d"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%0d%0aset-cookie:%20a=b", "\r\nset-cookie: a=b"),
            ("%e2%82%ac", "\u{20ac}"),
        ] {
            let answer = raw(&world, &query_and(sent.as_bytes())).await;
            assert_eq!(state_of(&answer), meant, "{answer:?}");
            assert_eq!(answer.header("set-cookie"), "");
        }
    }

    async fn aut_013_a_state_that_is_no_text_is_refused_and_not_repaired(setup) {
        let world = setup.start().await;
        for state in [&b"%ff%fe"[..], b"%00", b"%ED%A0%80", b"%C3", b"\xff"] {
            let answer = raw(&world, &query_and(state)).await;
            assert_eq!((answer.status, answer.header("location")), (400, ""), "{answer:?}");
        }
        let answer = raw(&world, &query_and(b"%ff")).await;
        assert!(answer.body.contains("invalid_request"), "{answer:?}");
        assert!(!world.events.heard("Allowed"));
    }

    async fn aut_013_a_state_beyond_2048_bytes_is_refused_and_not_echoed(setup) {
        let world = setup.start().await;
        for state in ["x".repeat(2049), "\u{e9}".repeat(1025)] {
            let answer = world.authorize(&with(authz(), "state", &state)).await;
            let pairs = answer.redirected_error(CALLBACK, "invalid_request");
            assert!(!pairs.contains_key("state"), "{answer:?}");
        }
        assert!(!world.events.heard("Allowed"));
    }

    async fn without_a_state_none_comes_back(setup) {
        let world = setup.start().await;
        for asked in [without(authz(), "state"), with(authz(), "state", "")] {
            let pairs = world.authorize(&asked).await.redirected(CALLBACK);
            assert_eq!(pairs.keys().collect::<Vec<_>>(), ["code", "iss"]);
        }
        told(&world.authorize(&with(authz(), "scope", "x")).await, CALLBACK, "invalid_scope");
    }
}
