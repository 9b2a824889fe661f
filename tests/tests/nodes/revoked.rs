//! A revocation on one node, among redemptions on all of them: when all have been answered, nothing
//! is good any more.

use oauth_core_tests::world::{code_for, params, race, refresh_for};

use crate::{
    cluster::{send, won},
    on_shared_stores, rounds,
};

/// How many redemptions the revocation is among.
const REDEMPTIONS: usize = 50;

on_shared_stores! {
    /// Of a client with a grace, where nothing but the revocation ends the grant.
    async fn rac_005_a_grant_revoked_on_one_node_is_over_on_all(cluster) {
        let mut refreshed = 0;
        for round in 0..rounds() {
            let user = format!("user {round}");
            let first = cluster.tokens(round, "graceful", &user).await;
            let mut requests = cluster.times(REDEMPTIONS, "graceful", &refresh_for(&first.refresh));
            let revocation = params([("token", &first.refresh)]);
            // Sooner or later among the redemptions.
            let place = round * 7 % REDEMPTIONS;
            requests.insert(place, cluster.form(round, "/revoke", "graceful", &revocation));
            let answers = race(requests).await;
            let (revoked, answers): (Vec<_>, Vec<_>) =
                answers.into_iter().partition(|answer| answer.body == "{}");
            assert_eq!(revoked.len(), 1);
            let mut won = won(&answers);
            refreshed += won.len();
            won.push(first);
            cluster.nothing_is_active("graceful", &user, &won).await;
        }
        println!("{} rounds; {refreshed} refreshes before the end", rounds());
    }

    async fn rac_006_a_user_locked_on_one_node_has_no_token_on_any(cluster) {
        let mut redeemed = 0;
        for round in 0..rounds() {
            let user = format!("user {round}");
            let mut codes = Vec::new();
            for turn in 0..REDEMPTIONS {
                codes.push(code_for(&cluster.code(turn, "web", &user).await));
            }
            let redemptions = codes.iter().enumerate();
            let mut requests: Vec<_> = redemptions
                .map(|(turn, code)| cluster.form(turn, "/token", "web", code))
                .collect();
            requests.insert(round * 7 % REDEMPTIONS, cluster.end_all(round, &user));
            let answers = race(requests).await;
            let (ended, answers): (Vec<_>, Vec<_>) =
                answers.into_iter().partition(|answer| answer.status == 204);
            assert_eq!(ended.len(), 1);
            let won = won(&answers);
            redeemed += won.len();
            cluster.nothing_is_active("web", &user, &won).await;
            for (turn, code) in codes.iter().enumerate() {
                let late = send(cluster.form(turn, "/token", "web", code)).await;
                late.refused(400, "invalid_grant");
            }
        }
        println!("{} rounds; {redeemed} codes redeemed before the end", rounds());
    }
}
