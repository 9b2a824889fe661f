//! Many at once.

use std::sync::Arc;

use oauth_core::{
    model::{Grant, Issued},
    store::{Exchange, GrantStore, Revoke, Spend},
};
use tokio::sync::Barrier;

use super::fixtures::{
    NOW, ONCE, access, code, exchange, find, grant, issue, key, ok, refresh, successor, tenant,
};

/// How many race, and how often.
const RACERS: usize = 32;
const ROUNDS: usize = 6;

/// Lets `RACERS` tasks present `name` in the way of `spend` at the same moment, each for items of
/// its own, and returns what each was told. Meanwhile `other` runs.
async fn race<S: GrantStore>(
    store: &Arc<S>,
    name: &str,
    spend: Spend,
    traded: fn(&str, usize, &Grant) -> [Issued; 2],
    grant: &Grant,
    other: impl AsyncFnOnce(),
) -> Vec<Exchange> {
    let barrier = Arc::new(Barrier::new(RACERS + 1));
    let racers: Vec<_> = (0..RACERS)
        .map(|racer| {
            let (store, barrier, key) = (Arc::clone(store), Arc::clone(&barrier), key(name));
            let items = traded(name, racer, grant);
            tokio::spawn(async move {
                barrier.wait().await;
                store.exchange(&tenant(), &key, &spend, &items, NOW).await
            })
        })
        .collect();
    barrier.wait().await;
    other().await;
    let mut told = Vec::with_capacity(RACERS);
    for racer in racers {
        told.push(ok(ok(racer.await, "a racer"), "exchange among racers"));
    }
    told
}

fn traded(name: &str, racer: usize, grant: &Grant) -> [Issued; 2] {
    let refresh = successor(format!("refresh of {racer} for {name}"), grant, key(name));
    [access(format!("access of {racer} for {name}"), grant), refresh]
}

/// Checks that the items of those who were told Done exist, and nobody else's.
async fn only_winners_have_items<S: GrantStore>(
    store: &S,
    name: &str,
    grant: &Grant,
    told: &[Exchange],
) {
    for (racer, outcome) in told.iter().enumerate() {
        for item in traded(name, racer, grant) {
            let exists = find(store, &item.key).await.is_some();
            let kind = item.artefact.kind();
            assert_eq!(
                exists,
                *outcome == Exchange::Done,
                "whether the {kind} of a racer exists who was told {outcome:?}"
            );
        }
    }
}

/// Of 32 that present one code, or one refresh token, at the same moment, exactly one is told
/// [`Done`](Exchange::Done) and has its items added; all others are told
/// [`AlreadySpent`](Exchange::AlreadySpent) and have none.
pub async fn one_of_many_racers_wins<S: GrantStore>(store: S) {
    let store = Arc::new(store);
    let rotate = Spend::Once { successor_nonce: Some([1; 16]), predecessor: None };
    for round in 0..ROUNDS {
        let grant = grant(format!("grant {round}"));
        let (code_name, refresh_name) = (format!("code {round}"), format!("refresh {round}"));
        issue(&*store, &grant, &[code(&code_name, &grant), refresh(&refresh_name, &grant)]).await;
        for (name, spend) in [(&code_name, ONCE), (&refresh_name, rotate)] {
            let told = race(&store, name, spend, traded, &grant, async || ()).await;
            let done = told.iter().filter(|told| **told == Exchange::Done).count();
            assert_eq!(
                done, 1,
                "{done} of {RACERS} racers spent one key; exactly one may: test and spend it in \
                 one atomic step, not by reading first and writing later"
            );
            let late = told.iter().filter(|told| **told == Exchange::AlreadySpent).count();
            assert_eq!(late, RACERS - 1, "racers told AlreadySpent; all were told {told:?}");
            only_winners_have_items(&*store, name, &grant, &told).await;
        }
    }
}

/// Of 32 retries at the same moment exactly as many are [`Done`](Exchange::Done) as are allowed.
pub async fn retries_are_bounded_among_racers<S: GrantStore>(store: S) {
    const RETRIES: u32 = 5;
    let store = Arc::new(store);
    for round in 0..ROUNDS {
        let grant = grant(format!("grant {round}"));
        let name = format!("refresh {round}");
        issue(&*store, &grant, &[refresh(&name, &grant)]).await;
        let rotate = Spend::Once { successor_nonce: Some([1; 16]), predecessor: None };
        let first = exchange(&*store, &key(&name), rotate, &[], NOW).await;
        assert_eq!(first, Exchange::Done, "the rotation of a live token");
        let again = Spend::Again { since: NOW, retries: RETRIES };
        let told = race(&store, &name, again, traded, &grant, async || ()).await;
        let done = told.iter().filter(|told| **told == Exchange::Done).count();
        assert_eq!(done, RETRIES as usize, "retries of {RACERS} racers that were Done");
        only_winners_have_items(&*store, &name, &grant, &told).await;
        let spent = find(&*store, &key(&name)).await.and_then(|found| found.spent);
        assert_eq!(spent.map(|spent| spent.retries), Some(RETRIES), "retries counted");
    }
}

/// When a revocation has returned, nothing under the grant is live and no exchange succeeds any
/// more, whatever was rotated meanwhile.
pub async fn revocation_beats_rotation<S: GrantStore>(store: S) {
    let store = Arc::new(store);
    for round in 0..ROUNDS {
        let grant = grant(format!("grant {round}"));
        let name = format!("refresh {round}");
        let spare = format!("spare {round}");
        issue(&*store, &grant, &[refresh(&name, &grant), refresh(&spare, &grant)]).await;
        let what = match round % 3 {
            0 => Revoke::Grant(grant.id),
            1 => Revoke::Subject("subject".into()),
            _ => Revoke::Client("client".into()),
        };
        let revoke = async || {
            let count = ok(store.revoke(&tenant(), &what, NOW).await, "revoke among racers");
            assert_eq!(count, 1, "grants ended by {what:?} among racers");
            let outcome = exchange(&*store, &key(&spare), ONCE, &[], NOW).await;
            assert_eq!(
                outcome,
                Exchange::Revoked,
                "an exchange that began after revoke returned: the state of the grant must be \
                 tested in the same atomic step that spends the key"
            );
        };
        let told = race(&store, &name, ONCE, traded, &grant, revoke).await;
        let done = told.iter().filter(|told| **told == Exchange::Done).count();
        assert!(done <= 1, "{done} of {RACERS} racers spent one key; at most one may");
        only_winners_have_items(&*store, &name, &grant, &told).await;
        for racer in 0..RACERS {
            for item in traded(&name, racer, &grant) {
                let Some(found) = find(&*store, &item.key).await else { continue };
                let kind = item.artefact.kind();
                assert!(
                    found.revoked_at.is_some(),
                    "a live {kind} under a revoked grant: a rotation outran the revocation"
                );
                let outcome = exchange(&*store, &item.key, ONCE, &[], NOW).await;
                assert_eq!(outcome, Exchange::Revoked, "exchange of a {kind} of a revoked grant");
            }
        }
    }
}
