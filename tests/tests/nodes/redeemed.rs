//! One code, redeemed on every node at once.

use oauth_core_tests::world::{code_for, race};

use crate::{
    RACERS,
    cluster::{send, won},
    on_shared_stores, rounds,
};

on_shared_stores! {
    async fn rac_002_a_code_is_redeemed_once_by_three_processes(cluster) {
        for round in 0..rounds() {
            let user = format!("user {round}");
            let code = cluster.code(round, "web", &user).await;
            let asked = code_for(&code);
            let won = won(&race(cluster.times(RACERS, "web", &asked)).await);
            assert_eq!(won.len(), 1);
            // The others were replays, so the family has ended.
            cluster.nothing_is_active("web", &user, &won).await;
            for turn in 0..3 {
                let late = send(cluster.form(turn, "/token", "web", &asked)).await;
                late.refused(400, "invalid_grant");
            }
        }
        println!("{} rounds of {RACERS} redemptions, one winner each", rounds());
    }

    async fn codes_of_their_own_do_not_disturb_each_other(cluster) {
        let mut requests = Vec::new();
        for turn in 0..60 {
            let code = cluster.code(turn, "web", "alice").await;
            requests.push(cluster.form(turn + 1, "/token", "web", &code_for(&code)));
        }
        let won = won(&race(requests).await);
        assert_eq!(won.len(), 60);
        for tokens in &won {
            assert!(cluster.is_active(&tokens.access).await);
        }
        assert_eq!(cluster.live_grants("alice").await.len(), 60);
    }
}
