//! Every call that each flow makes of the store, failing before and after it has been done.

use oauth_core::model::{Client, RefreshPolicy, Rotation, Secret, SecretHash, Subject};
use oauth_core_testkit::Fault;
use oauth_core_tests::{
    Answer, World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, Tokens, authz, code_for, params, refresh_for},
};
use reqwest::{Method, RequestBuilder};

use crate::live_grants;

/// Every fault of a flow that makes `calls` calls.
fn faults(calls: u64) -> impl Iterator<Item = (u64, Fault)> {
    (1..=calls).flat_map(|nth| [(nth, Fault::Before), (nth, Fault::After)])
}

/// Sends a request while the `nth` call of the store fails.
async fn failing(world: &World, (nth, fault): (u64, Fault), request: RequestBuilder) -> Answer {
    let before = world.store.calls();
    world.store.fail_call(nth, fault);
    let answer = world.send(request).await;
    assert_eq!(world.store.calls() - before, nth, "nothing is asked after a failure");
    answer
}

/// Sends a request, which makes this many calls of the store.
async fn costing(world: &World, calls: u64, request: RequestBuilder) -> Answer {
    let before = world.store.calls();
    let answer = world.send(request).await;
    assert_eq!(world.store.calls() - before, calls, "{answer:?}");
    answer
}

/// Its answer says that the server cannot, when to come back, and nothing of why.
fn unavailable(answer: &Answer) {
    answer.refused(503, "temporarily_unavailable");
    assert!(!answer.body.contains("injected"), "{answer:?}");
}

fn client(id: &str, rotation: Rotation) -> Client {
    Client::confidential(id, SecretHash::of_generated(&Secret::new(SECRET)))
        .redirect_uri(CALLBACK)
        .scope("read")
        .refresh_policy(RefreshPolicy { rotation, ..RefreshPolicy::default() })
        .build()
        .expect("a sound client")
}

scenarios! {
    async fn sto_001_sto_002_sto_005_every_call_of_a_code_exchange(setup) {
        let world = setup.start().await;
        for fault in faults(3) {
            let code = world.code().await;
            let exchange = || world.form("/token", As::Basic("web"), &code_for(&code));
            unavailable(&failing(&world, fault, exchange()).await);
            let again = world.send(exchange()).await;
            if fault == (3, Fault::After) {
                // The tokens exist and nobody has them: the retry is a replay, and ends them.
                again.refused(400, "invalid_grant");
            } else {
                let tokens = Tokens::of(again.is_ok());
                assert!(world.is_active(&tokens.access).await);
                assert_eq!(live_grants(&world).await, 1);
                world.send(exchange()).await.refused(400, "invalid_grant");
                assert!(!world.is_active(&tokens.access).await);
            }
            assert_eq!(live_grants(&world).await, 0);
        }
        let code = world.code().await;
        costing(&world, 3, world.form("/token", As::Basic("web"), &code_for(&code))).await.is_ok();
    }

    async fn sto_003_every_call_of_a_rotation(setup) {
        let world = setup.start().await;
        for fault in faults(3) {
            let first = world.tokens().await;
            let rotation = || world.form("/token", As::Basic("web"), &refresh_for(&first.refresh));
            unavailable(&failing(&world, fault, rotation()).await);
            assert!(world.is_active(&first.access).await);
            assert_eq!(world.is_live("web", &first.refresh).await, fault != (3, Fault::After));
            let again = world.send(rotation()).await;
            if fault == (3, Fault::After) {
                again.refused(400, "invalid_grant");
                assert!(!world.is_active(&first.access).await);
            } else {
                let second = Tokens::of(again.is_ok());
                assert!(world.is_active(&second.access).await);
                assert!(world.is_live("web", &second.refresh).await);
            }
        }
        let refresh = world.tokens().await.refresh;
        let rotation = world.form("/token", As::Basic("web"), &refresh_for(&refresh));
        costing(&world, 3, rotation).await.is_ok();
    }

    async fn sto_003_within_a_grace_no_failure_costs_the_family(setup) {
        let graceful = client("graceful", Rotation::RotateWithGrace { grace: 30, retries: 20 });
        let world = setup.client(graceful).start().await;
        let id = As::Basic("graceful");
        for fault in faults(3) {
            let first = world.tokens_of(id, "graceful", CALLBACK, "read").await;
            let rotation = || world.form("/token", id, &refresh_for(&first.refresh));
            unavailable(&failing(&world, fault, rotation()).await);
            let second = Tokens::of(world.send(rotation()).await.is_ok());
            // The retry, too, may fail and be tried again.
            unavailable(&failing(&world, fault, rotation()).await);
            let retried = Tokens::of(world.send(rotation()).await.is_ok());
            assert_eq!(retried.refresh, second.refresh);
            let third = world.token(id, &refresh_for(&second.refresh)).await;
            assert!(world.is_active(&third.is_ok().text("access_token")).await);
        }
        assert!(!world.events.heard("ReplayDetected"));
    }

    async fn sto_003_a_token_that_stays_survives_every_failure(setup) {
        let world = setup.client(client("legacy", Rotation::Reuse)).start().await;
        let id = As::Basic("legacy");
        let tokens = world.tokens_of(id, "legacy", CALLBACK, "read").await;
        for fault in faults(3) {
            let refresh = || world.form("/token", id, &refresh_for(&tokens.refresh));
            unavailable(&failing(&world, fault, refresh()).await);
            let next = Tokens::of(world.send(refresh()).await.is_ok());
            assert_eq!(next.refresh, tokens.refresh);
            assert!(world.is_active(&next.access).await);
        }
    }

    async fn every_call_of_a_replay(setup) {
        let world = setup.start().await;
        for fault in faults(3) {
            let first = world.tokens().await;
            let replay = || world.form("/token", As::Basic("web"), &refresh_for(&first.refresh));
            let second = Tokens::of(world.send(replay()).await.is_ok());
            let heard = || world.events.all().iter().filter(|e| e.contains("ReplayDetected")).count();
            let before = heard();
            unavailable(&failing(&world, fault, replay()).await);
            assert_eq!(heard(), before, "nobody says that a grant ended while that is unknown");
            let ended = fault == (3, Fault::After);
            assert_eq!(world.is_active(&second.access).await, !ended);
            world.send(replay()).await.refused(400, "invalid_grant");
            assert!(!world.is_active(&second.access).await);
        }
    }

    async fn every_call_of_client_credentials(setup) {
        let world = setup.start().await;
        let asked = params([("grant_type", "client_credentials")]);
        let ask = || world.form("/token", As::Basic("m2m"), &asked);
        for fault in faults(2) {
            unavailable(&failing(&world, fault, ask()).await);
            let token = world.send(ask()).await.is_ok().text("access_token");
            assert!(world.is_active(&token).await);
        }
        costing(&world, 2, ask()).await.is_ok();
    }

    async fn sto_010_every_call_of_an_authorization_request(setup) {
        let world = setup.start().await;
        let ask = || world.authorization(&authz()).header("x-user", "alice");
        for (nth, fault) in faults(2) {
            let answer = failing(&world, (nth, fault), ask()).await;
            assert!(!answer.body.contains("injected") && !answer.header("location").contains("injected"));
            if nth == 1 {
                // Before the redirect URI is proven there is nowhere to go.
                answer.page(503, "temporarily_unavailable");
                assert!(answer.header("retry-after").parse::<u32>().is_ok(), "{answer:?}");
            } else {
                let pairs = answer.redirected_error(CALLBACK, "temporarily_unavailable");
                assert_eq!(pairs["state"], "xyz");
            }
            let code = world.send(ask()).await.redirected(CALLBACK).remove("code");
            world.token(As::Basic("web"), &code_for(&code.expect("a code"))).await.is_ok();
        }
        costing(&world, 2, ask()).await.redirected(CALLBACK);
    }

    async fn sto_011_the_guard_admits_nobody_while_the_store_is_silent(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        for path in ["/resource", "/read", "/maybe", "/layered"] {
            let ask = || world.request(Method::GET, path).bearer_auth(&tokens.access);
            for fault in faults(2) {
                let answer = failing(&world, fault, ask()).await;
                assert_eq!(answer.status, 503, "{path} {answer:?}");
                assert!(answer.header("retry-after").parse::<u32>().is_ok(), "{answer:?}");
                assert!(!answer.body.contains("alice") && !answer.body.contains("injected"));
                assert_eq!(world.send(ask()).await.status, 200);
            }
            costing(&world, 2, ask()).await;
        }
        assert!(world.events.heard("StoreFailed"));
    }

    async fn every_call_of_an_introspection(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        let asked = params([("token", &tokens.access)]);
        let ask = || world.form("/introspect", As::Basic("rs"), &asked);
        for fault in faults(3) {
            let answer = failing(&world, fault, ask()).await;
            unavailable(&answer);
            assert!(answer.json().get("active").is_none(), "silence is no answer");
            assert_eq!(world.send(ask()).await.is_ok().json()["active"], true);
        }
        costing(&world, 3, ask()).await.is_ok();
    }

    async fn every_call_of_a_revocation(setup) {
        let world = setup.start().await;
        for fault in faults(3) {
            let tokens = world.tokens().await;
            let asked = params([("token", &tokens.refresh)]);
            let revocation = || world.form("/revoke", As::Basic("web"), &asked);
            unavailable(&failing(&world, fault, revocation()).await);
            let ended = fault == (3, Fault::After);
            assert_eq!(world.is_active(&tokens.access).await, !ended);
            world.send(revocation()).await.is_ok();
            assert!(!world.is_active(&tokens.access).await);
            assert!(!world.is_live("web", &tokens.refresh).await);
        }
    }

    async fn every_call_of_the_hosts_own_view(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        let grants = world.server.grants().expect("one server");
        let alice = Subject::from("alice");
        for fault in [Fault::Before, Fault::After] {
            world.store.fail_call(1, fault);
            assert!(grants.of_subject(&alice).await.is_err());
            assert_eq!(grants.of_subject(&alice).await.expect("grants").len(), 1);
        }
        world.store.fail_call(1, Fault::Before);
        assert!(grants.revoke_subject(&alice).await.is_err());
        assert!(world.is_active(&tokens.access).await);
        assert!(!world.events.heard("Revoked {"));
        world.store.fail_call(1, Fault::After);
        assert!(grants.revoke_subject(&alice).await.is_err());
        assert!(!world.is_active(&tokens.access).await);
        assert_eq!(grants.revoke_subject(&alice).await.expect("revoked"), 0);
    }

    async fn sto_001_while_the_store_is_down_everything_waits_and_nothing_is_lost(setup) {
        let world = setup.start().await;
        let (code, tokens) = (world.code().await, world.tokens().await);
        world.store.set_down(true);
        let token = params([("token", &tokens.access)]);
        let machine = params([("grant_type", "client_credentials")]);
        for request in [
            world.form("/token", As::Basic("web"), &code_for(&code)),
            world.form("/token", As::Basic("web"), &refresh_for(&tokens.refresh)),
            world.form("/token", As::Public("spa"), &refresh_for(&tokens.refresh)),
            world.form("/token", As::Basic("m2m"), &machine),
            world.form("/introspect", As::Basic("rs"), &token),
            world.form("/revoke", As::Basic("web"), &token),
        ] {
            unavailable(&world.send(request).await);
        }
        world.authorize(&authz()).await.page(503, "temporarily_unavailable");
        assert_eq!(world.get("/resource", &tokens.access).await.status, 503);
        let document = world.request(Method::GET, "/.well-known/oauth-authorization-server");
        assert_eq!(world.send(document).await.status, 200);
        world.store.set_down(false);
        assert!(world.is_active(&tokens.access).await);
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
    }
}
