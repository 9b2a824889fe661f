//! Rotation with a grace: a client that lost the answer, or asked twice at once, gets the same
//! successor again, a few times and for a short while, as long as that is unused.

use oauth_core::model::{Client, IssueRefreshToken, RefreshPolicy, Rotation, Subject};
use oauth_core_tests::{
    Setup, World,
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, race, refresh_for, with},
};

use crate::{assert_over, assert_refused, client, refresh};

const ID: &str = "graceful";

fn graceful(retries: u32) -> Client {
    let rotation = Rotation::RotateWithGrace { grace: 30, retries };
    client(ID, rotation, IssueRefreshToken::Always).build().expect("a sound client")
}

async fn start(setup: Setup) -> World {
    setup.client(graceful(10)).start().await
}

async fn tokens(world: &World) -> Tokens {
    world.tokens_of(As::Basic(ID), ID, CALLBACK, "read write").await
}

scenarios! {
    // Deliberately not a new successor: whoever has the token that was lost has this one, too, and
    // there is never more than one to account for.
    async fn ref_005_a_retry_gets_the_same_successor(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        assert_ne!(first.refresh, second.refresh);
        assert!(!world.is_live(ID, &first.refresh).await);
        let retried = refresh(&world, ID, &first.refresh).await;
        assert_eq!(retried.refresh, second.refresh);
        assert_ne!(retried.access, second.access);
        assert!(world.is_active(&second.access).await && world.is_active(&retried.access).await);
        assert!(world.is_live(ID, &second.refresh).await);
        assert!(!world.events.heard("ReplayDetected"));
        let third = refresh(&world, ID, &second.refresh).await;
        assert!(world.is_active(&third.access).await && third.refresh != second.refresh);
    }

    async fn a_lost_answer_costs_nothing_ever_again(setup) {
        let world = start(setup).await;
        let mut current = tokens(&world).await;
        for _ in 0..5 {
            refresh(&world, ID, &current.refresh).await;
            current = refresh(&world, ID, &current.refresh).await;
            world.clock.advance(86_400);
        }
        let last = refresh(&world, ID, &current.refresh).await;
        assert!(world.is_active(&last.access).await);
    }

    async fn ref_004_the_predecessor_of_the_predecessor_ends_the_family(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        let third = refresh(&world, ID, &second.refresh).await;
        let retried = refresh(&world, ID, &second.refresh).await;
        assert_eq!(retried.refresh, third.refresh);
        assert_refused(&world, ID, &first.refresh).await;
        assert!(world.events.heard("ReplayDetected"));
        assert_over(&world, ID, &[&first, &second, &third, &retried]).await;
        assert_refused(&world, ID, &third.refresh).await;
    }

    async fn a_used_successor_ends_the_grace_of_its_predecessor(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        let retried = refresh(&world, ID, &first.refresh).await;
        let third = refresh(&world, ID, &retried.refresh).await;
        assert_refused(&world, ID, &first.refresh).await;
        assert_over(&world, ID, &[&second, &retried, &third]).await;
    }

    async fn the_grace_ends_by_the_clock(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        world.clock.advance(30);
        let retried = refresh(&world, ID, &first.refresh).await;
        assert_eq!(retried.refresh, second.refresh);
        // A retry does not prolong it.
        world.clock.advance(1);
        assert_refused(&world, ID, &first.refresh).await;
        assert!(world.events.heard("ReplayDetected"));
        assert_over(&world, ID, &[&first, &second, &retried]).await;
    }

    async fn retries_are_counted(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        for _ in 0..10 {
            assert_eq!(refresh(&world, ID, &first.refresh).await.refresh, second.refresh);
        }
        assert!(world.is_live(ID, &second.refresh).await);
        assert_refused(&world, ID, &first.refresh).await;
        assert_over(&world, ID, &[&first, &second]).await;
    }

    async fn a_retry_may_narrow_and_never_widen(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let asked = |scope| with(refresh_for(&first.refresh), "scope", scope);
        let narrow = world.token(As::Basic(ID), &asked("read")).await;
        assert_eq!(narrow.is_ok().text("scope"), "read");
        let other = world.token(As::Basic(ID), &asked("write")).await;
        assert_eq!(other.is_ok().text("scope"), "write");
        let whole = world.token(As::Basic(ID), &refresh_for(&first.refresh)).await;
        assert_eq!(whole.is_ok().text("scope"), "read write");
        let more = world.token(As::Basic(ID), &asked("read openid")).await;
        more.refused(400, "invalid_scope");
        let target = with(refresh_for(&first.refresh), "resource", "https://unknown.example");
        world.token(As::Basic(ID), &target).await.refused(400, "invalid_target");
        let successor = Tokens::of(&whole).refresh;
        assert_eq!(successor, Tokens::of(&narrow).refresh);
        let answer = world.token(As::Basic(ID), &refresh_for(&successor)).await;
        assert_eq!(answer.is_ok().text("scope"), "read write");
        for (answer, scope) in [(&narrow, "read"), (&other, "write"), (&whole, "read write")] {
            let seen = world.introspect(&answer.text("access_token")).await;
            assert_eq!(seen["scope"], scope);
        }
    }

    async fn the_grace_is_for_the_same_client_only(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        for client in [As::Basic("web"), As::Public("spa")] {
            let answer = world.token(client, &refresh_for(&first.refresh)).await;
            answer.refused(400, "invalid_grant");
        }
        assert!(world.is_active(&second.access).await);
        assert_eq!(refresh(&world, ID, &first.refresh).await.refresh, second.refresh);
    }

    async fn a_revoked_family_has_no_grace(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        let token = vec![("token", second.refresh.clone())];
        world.post("/revoke", As::Basic(ID), &token).await.is_ok();
        assert_refused(&world, ID, &first.refresh).await;
        assert_over(&world, ID, &[&first, &second]).await;
        let first = tokens(&world).await;
        refresh(&world, ID, &first.refresh).await;
        let grants = world.server.grants().expect("one server");
        grants.revoke_subject(&Subject::from("alice")).await.expect("revoked");
        assert_refused(&world, ID, &first.refresh).await;
    }

    async fn an_ended_family_has_no_grace(setup) {
        let world = start(setup).await;
        let mut current = tokens(&world).await;
        for _ in 0..8 {
            world.clock.advance(11 * 86_400);
            current = refresh(&world, ID, &current.refresh).await;
        }
        // Ten seconds before the ninetieth day ends; the retry comes five seconds after.
        world.clock.advance(2 * 86_400 - 10);
        let last = refresh(&world, ID, &current.refresh).await;
        assert_eq!(refresh(&world, ID, &current.refresh).await.refresh, last.refresh);
        world.clock.advance(15);
        assert_refused(&world, ID, &current.refresh).await;
        assert_refused(&world, ID, &last.refresh).await;
        assert!(!world.events.heard("ReplayDetected"), "the end of a family is no replay");
    }

    async fn a_client_that_lost_its_grace_has_none(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        let strict = client(ID, Rotation::Rotate, IssueRefreshToken::Always);
        let strict = strict.build().expect("a sound client");
        world.change(ID, |client| *client = strict).await;
        assert_refused(&world, ID, &first.refresh).await;
        assert_over(&world, ID, &[&second]).await;
    }

    async fn public_clients_may_have_a_grace(setup) {
        let rotation = Rotation::RotateWithGrace { grace: 30, retries: 2 };
        let uri = "https://spa.example/cb";
        let policy = RefreshPolicy { rotation, ..RefreshPolicy::default() };
        let spa = Client::public("spa").redirect_uri(uri).scope("read").refresh_policy(policy);
        let world = setup.client(spa.build().expect("a sound client")).start().await;
        let first = world.tokens_of(As::Public("spa"), "spa", uri, "read").await;
        let again = async || world.token(As::Public("spa"), &refresh_for(&first.refresh)).await;
        let second = Tokens::of(again().await.is_ok());
        assert_eq!(Tokens::of(again().await.is_ok()).refresh, second.refresh);
        assert_eq!(Tokens::of(again().await.is_ok()).refresh, second.refresh);
        again().await.refused(400, "invalid_grant");
        assert!(!world.is_active(&second.access).await);
    }

    async fn rac_004_a_hundred_at_once_get_one_successor(setup) {
        let world = setup.client(graceful(100)).start().await;
        let first = tokens(&world).await;
        let asked = refresh_for(&first.refresh);
        let answers = race((0..100).map(|_| world.form("/token", As::Basic(ID), &asked))).await;
        let got: Vec<_> = answers.iter().map(|answer| Tokens::of(answer.is_ok())).collect();
        assert!(got.iter().all(|tokens| tokens.refresh == got[0].refresh));
        let mut access: Vec<_> = got.iter().map(|tokens| &tokens.access).collect();
        access.sort();
        access.dedup();
        assert_eq!(access.len(), 100);
        assert!(world.is_active(&got[0].access).await && world.is_active(&got[99].access).await);
        assert!(!world.is_live(ID, &first.refresh).await);
        assert!(world.is_live(ID, &got[0].refresh).await);
        let next = refresh(&world, ID, &got[0].refresh).await;
        assert!(world.is_active(&next.access).await);
    }

    async fn rac_004_more_at_once_than_there_are_retries_end_the_family(setup) {
        let world = start(setup).await;
        let first = tokens(&world).await;
        let asked = refresh_for(&first.refresh);
        let answers = race((0..100).map(|_| world.form("/token", As::Basic(ID), &asked))).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert!((1..=11).contains(&good.len()), "{}", good.len());
        for answer in bad {
            answer.refused(400, "invalid_grant");
        }
        let good: Vec<_> = good.into_iter().map(Tokens::of).collect();
        assert!(good.iter().all(|tokens| tokens.refresh == good[0].refresh));
        let family: Vec<_> = good.iter().collect();
        assert_over(&world, ID, &family).await;
    }

    async fn a_retry_on_another_node_gets_the_same_successor(setup) {
        let adapter = setup.adapter;
        let world = start(setup).await;
        let other = world.node(adapter).await;
        let first = tokens(&world).await;
        let second = refresh(&world, ID, &first.refresh).await;
        assert_eq!(refresh(&other, ID, &first.refresh).await.refresh, second.refresh);
        let third = refresh(&other, ID, &second.refresh).await;
        assert!(world.is_active(&third.access).await);
        assert_refused(&world, ID, &first.refresh).await;
        assert_over(&other, ID, &[&second, &third]).await;
    }
}
