//! STO-005: the connection to the store is cut in each trip of a request, before the question has
//! gone through, right after it, or when its answer comes. What was asked is done or not done; the
//! client is told to come back, and when it does, it is told which.

use oauth_core_tests::{
    Place,
    world::{As, Tokens, code_for, params, refresh_for},
};

use crate::{
    network::Fault::{self, Cut, Unasked, Unheard},
    over_a_network,
    rig::{MANY, Rig},
};

/// More trips than a request takes.
const TRIPS: u32 = 30;

/// How often all trips are gone through until the answer got lost that matters: a connection that
/// comes back meanwhile makes trips of its own.
const TIMES: u32 = 8;

/// Every fault of every trip, until a request takes no more of them.
async fn every_trip(rig: &Rig, mut meet: impl AsyncFnMut(Fault)) {
    for fault in [Unasked, Cut, Unheard] {
        rig.warm_up().await;
        let mut met = 0;
        for nth in 1..=TRIPS {
            rig.network.fault(nth, fault);
            meet(fault).await;
            if !rig.network.no_fault() {
                break;
            }
            met += 1;
        }
        assert!((3..TRIPS).contains(&met), "{met} trips");
    }
    rig.book().check().await;
}

over_a_network! {
    async fn sto_005_a_code_is_redeemed_or_still_good(rig) {
        let mut lost = 0;
        for _ in 0..TIMES {
            every_trip(&rig, async |fault| {
                let code = rig.witness.code().await;
                let redemption = || rig.server.form("/token", As::Basic("web"), &code_for(&code));
                let answer = rig.send(redemption()).await;
                let spent = rig.book().is_spent(&code).await;
                if answer.status == 200 {
                    assert!(rig.are_live(&Tokens::of(&answer)).await);
                    assert!(spent);
                } else {
                    answer.refused(503, "temporarily_unavailable");
                    assert!(fault != Unasked || !spent, "{fault:?}");
                    let again = rig.insist(redemption).await;
                    if again.status == 200 {
                        assert!(!spent, "{fault:?}: two families");
                        assert!(rig.are_live(&Tokens::of(&again)).await);
                    } else {
                        // The tokens exist and nobody has them: the retry is a replay, and ends them.
                        again.refused(400, "invalid_grant");
                        assert!(spent || fault == Cut, "{fault:?}: a live code was refused");
                        lost += 1;
                    }
                }
                let replay = rig.insist(redemption).await;
                replay.refused(400, "invalid_grant");
                assert_eq!(rig.live_grants().await, 0);
            })
            .await;
            if lost > 0 {
                break;
            }
        }
        assert!(lost > 0, "no answer of a redemption got lost");
    }

    async fn sto_005_a_refresh_token_is_rotated_or_still_good(rig) {
        let mut lost = 0;
        for _ in 0..TIMES {
            every_trip(&rig, async |fault| {
                let first = rig.witness.tokens().await;
                let rotation = || rig.server.form("/token", As::Basic("web"), &refresh_for(&first.refresh));
                let answer = rig.send(rotation()).await;
                let spent = rig.book().is_spent(&first.refresh).await;
                if answer.status == 200 {
                    assert!(rig.are_live(&Tokens::of(&answer)).await);
                    assert!(spent);
                } else {
                    answer.refused(503, "temporarily_unavailable");
                    assert!(fault != Unasked || !spent, "{fault:?}");
                    let again = rig.insist(rotation).await;
                    if again.status == 200 {
                        assert!(!spent, "{fault:?}: two successors");
                        assert!(rig.are_live(&Tokens::of(&again)).await);
                    } else {
                        again.refused(400, "invalid_grant");
                        assert!(spent || fault == Cut, "{fault:?}: a live token was refused");
                        lost += 1;
                    }
                }
                rig.insist(rotation).await.refused(400, "invalid_grant");
                assert_eq!(rig.live_grants().await, 0);
            })
            .await;
            if lost > 0 {
                break;
            }
        }
        assert!(lost > 0, "no answer of a rotation got lost");
    }

    async fn a_revocation_that_was_answered_has_happened(rig) {
        every_trip(&rig, async |fault| {
            let tokens = rig.witness.tokens().await;
            let asked = params([("token", &tokens.refresh)]);
            let revocation = || rig.server.form("/revoke", As::Basic("web"), &asked);
            let answer = rig.send(revocation()).await;
            if answer.status != 200 {
                answer.refused(503, "temporarily_unavailable");
                assert!(fault != Unasked || rig.are_live(&tokens).await);
                rig.insist(revocation).await.is_ok();
            }
            assert!(!rig.are_live(&tokens).await);
            assert_eq!(rig.live_grants().await, 0);
        })
        .await;
    }

    async fn silence_of_the_store_is_no_answer(rig) {
        let tokens = rig.witness.tokens().await;
        let asked = params([("token", &tokens.access)]);
        every_trip(&rig, async |_| {
            let introspection = || rig.server.form("/introspect", As::Basic("rs"), &asked);
            let answer = rig.send(introspection()).await;
            if answer.status != 200 {
                answer.refused(503, "temporarily_unavailable");
                assert!(answer.json().get("active").is_none());
            }
            assert_eq!(rig.insist(introspection).await.is_ok().json()["active"], true);
        })
        .await;
    }

    async fn a_crowd_that_is_cut_off_comes_back(rig) {
        for fault in [Unasked, Cut, Unheard] {
            let mut codes = Vec::new();
            for _ in 0..MANY {
                codes.push(code_for(&rig.witness.code().await));
            }
            rig.network.fault(7, fault);
            let mut redeemed = 0;
            let redemptions = codes.iter().map(|code| rig.server.form("/token", As::Basic("web"), code));
            for answer in oauth_core_tests::world::race(redemptions).await {
                redeemed += usize::from(answer.status == 200);
            }
            rig.network.no_fault();
            for code in &codes {
                let again = rig.insist(|| rig.server.form("/token", As::Basic("web"), code)).await;
                redeemed += usize::from(again.status == 200);
            }
            // Those who were on the connection that was cut may have lost their tokens.
            assert!(redeemed <= MANY, "{fault:?}: {redeemed} families of {MANY} codes");
            rig.book().check().await;
        }
    }

    /// What costs a client most is how often the store is asked one thing after the other.
    async fn a_redemption_and_a_rotation_take_one_trip_after_those_that_read(rig) {
        rig.warm_up().await;
        let code = rig.witness.code().await;
        let begun = rig.network.trips();
        let redemption = rig.server.form("/token", As::Basic("web"), &code_for(&code));
        let tokens = Tokens::of(&rig.send(redemption).await);
        let redeemed = rig.network.trips();
        let rotation = rig.server.form("/token", As::Basic("web"), &refresh_for(&tokens.refresh));
        assert_eq!(rig.send(rotation).await.status, 200);
        let rotated = rig.network.trips();
        if let Place::Schema(_) = rig.witness.place() {
            assert_eq!(redeemed - begun, 3, "the client, the code, the exchange");
            assert_eq!(rotated - redeemed, 3, "the client, the refresh token, the exchange");
        } else {
            // What is side by side in one trip depends on how it comes to the socket.
            assert!((3..=6).contains(&(redeemed - begun)), "{redeemed} {begun}");
            assert!((3..=6).contains(&(rotated - redeemed)), "{rotated} {redeemed}");
        }
    }
}
