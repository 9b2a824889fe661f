//! One refresh token, presented on every node at once.

use oauth_core_tests::world::{Tokens, race, refresh_for};

use crate::{
    RACERS,
    cluster::{send, won},
    on_shared_stores, rounds,
};

on_shared_stores! {
    async fn rac_003_a_refresh_token_is_rotated_once_by_three_processes(cluster) {
        for round in 0..rounds() {
            let user = format!("user {round}");
            let first = cluster.tokens(round, "web", &user).await;
            assert_eq!(cluster.live_grants(&user).await.len(), 1);
            let mut won = won(&race(cluster.times(RACERS, "web", &refresh_for(&first.refresh))).await);
            assert_eq!(won.len(), 1);
            won.push(first);
            // The others were replays, so the family has ended.
            cluster.nothing_is_active("web", &user, &won).await;
        }
        println!("{} rounds of {RACERS} rotations, one winner each", rounds());
    }

    async fn rac_004_within_the_grace_three_processes_hand_out_one_successor(cluster) {
        for round in 0..rounds() {
            let user = format!("user {round}");
            let first = cluster.tokens(round, "graceful", &user).await;
            let asked = refresh_for(&first.refresh);
            let won = won(&race(cluster.times(RACERS, "graceful", &asked)).await);
            assert_eq!(won.len(), RACERS);
            assert!(won.iter().all(|tokens| tokens.refresh == won[0].refresh), "two successors");
            assert_eq!(cluster.live_grants(&user).await.len(), 1);
            assert!(!cluster.is_live("graceful", &first.refresh).await);
            assert!(cluster.is_live("graceful", &won[0].refresh).await);
            assert!(cluster.is_active(&won[RACERS - 1].access).await);
            // Whoever uses it ends the grace of the first.
            let next = cluster.form(round, "/token", "graceful", &refresh_for(&won[0].refresh));
            let next = Tokens::of(send(next).await.is_ok());
            let late = send(cluster.form(round + 1, "/token", "graceful", &asked)).await;
            late.refused(400, "invalid_grant");
            cluster.nothing_is_active("graceful", &user, &[next]).await;
        }
        println!("{} rounds of {RACERS} retries, one successor each", rounds());
    }
}
