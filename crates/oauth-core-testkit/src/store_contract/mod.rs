//! What the store roles promise, as checks that run against any store.
//!
//! [`grant_store`] (or [`grant_store_that_forgets`]), [`client_registry`], [`replay_store`],
//! [`key_store`], [`removal`] and [`unused_clients`] run every check of a role; each check is
//! also a function of its own, for those who want one test per check. A check takes a store with
//! nothing in it, and panics with what the store did and what it should have done.
//!
//! Run them inside a tokio runtime with several threads
//! (`#[tokio::test(flavor = "multi_thread")]`): the racing checks mean it. The checks move no
//! clock and do not sleep; all times are the caller's, as in the roles.

mod cancellation;
mod clients;
mod conflict;
mod exchange;
mod fixtures;
mod hostile_strings;
mod keys;
mod listing;
mod purge;
mod race;
mod removal;
mod replay;
mod retry;
mod revoke;
mod round_trip;
mod tenants;
mod unused;

use std::time::Duration;

pub use cancellation::{
    a_dropped_exchange_is_all_or_nothing, a_dropped_issue_is_all_or_nothing,
    a_dropped_revocation_is_all_or_nothing,
};
pub use clients::{
    a_changed_client_is_not_replaced, a_client_comes_back, a_registered_identifier_is_taken,
    clients_are_listed_in_pages, clients_are_removed, clients_are_replaced,
    clients_of_tenants_are_apart, hostile_client_names_come_back, one_of_many_replaces_a_client,
};
pub use conflict::{a_conflict_leaves_the_key_unspent, a_taken_key_is_a_conflict};
pub use exchange::{
    an_earlier_expiry_is_purged_earlier, an_exchange_says_why_not, an_exchange_spends_and_adds,
    keeping_moves_the_expiry,
};
pub use hostile_strings::{hostile_strings_come_back, similar_strings_are_different};
pub use keys::{
    a_taken_kid_is_a_conflict, keys_are_a_chain, keys_are_removed, keys_of_tenants_are_apart,
    one_of_many_makes_the_key,
};
pub use listing::grants_are_listed_newest_first;
use oauth_core::store::{ClientRegistry, GrantStore, KeyStore, ReplayStore, UnusedClients};
pub use purge::{
    a_store_that_forgets_purges_nothing, purge_comes_in_batches, purge_keeps_what_is_needed,
    purge_passes_what_must_stay, purge_removes_grants_once_empty,
};
pub use race::{
    one_of_many_racers_wins, retries_are_bounded_among_racers, revocation_beats_rotation,
};
pub use removal::removing_a_client_removes_its_grants;
pub use replay::{a_key_is_first_used_once, keys_are_forgotten_in_time, one_of_many_is_first};
pub use retry::{
    a_retry_is_bounded, a_revoked_token_has_no_retry, a_used_successor_wipes_the_nonce,
};
pub use revoke::{revoking_ends_what_it_names, revoking_one_token_spares_the_others};
pub use round_trip::{an_unknown_key_is_absent, every_field_comes_back};
pub use tenants::tenants_are_apart;
pub use unused::{unused_clients_are_removed, used_clients_are_in_nobodys_way};

/// A check that takes longer than this is taken for one that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

macro_rules! run_each {
    ($fresh:expr; $($check:ident),+ $(,)?) => {
        $(run(stringify!($check), $check($fresh().await)).await;)+
    };
}

/// Every check of [`GrantStore`]. `fresh` is called once for each and gives a store with nothing in
/// it.
///
/// # Panics
/// With the name of the check and what the store did wrong.
pub async fn grant_store<S: GrantStore>(fresh: impl AsyncFn() -> S) {
    but_the_purge(&fresh).await;
    run_each!(fresh;
        purge_keeps_what_is_needed,
        purge_removes_grants_once_empty,
        purge_comes_in_batches,
        purge_passes_what_must_stay,
        an_earlier_expiry_is_purged_earlier,
    );
}

/// Every check of [`GrantStore`] for a store that forgets by itself: its purge has nothing to do. That
/// it keeps each record until its [`keep_until`](oauth_core::model::Issued::keep_until), and not for
/// ever, is for tests of its own.
///
/// # Panics
/// With the name of the check and what the store did wrong.
pub async fn grant_store_that_forgets<S: GrantStore>(fresh: impl AsyncFn() -> S) {
    but_the_purge(&fresh).await;
    run_each!(fresh; a_store_that_forgets_purges_nothing);
}

async fn but_the_purge<S: GrantStore>(fresh: &impl AsyncFn() -> S) {
    run_each!(fresh;
        every_field_comes_back,
        an_unknown_key_is_absent,
        a_taken_key_is_a_conflict,
        an_exchange_spends_and_adds,
        an_exchange_says_why_not,
        a_conflict_leaves_the_key_unspent,
        keeping_moves_the_expiry,
        a_used_successor_wipes_the_nonce,
        a_retry_is_bounded,
        a_revoked_token_has_no_retry,
        revoking_ends_what_it_names,
        revoking_one_token_spares_the_others,
        grants_are_listed_newest_first,
        tenants_are_apart,
        hostile_strings_come_back,
        similar_strings_are_different,
        one_of_many_racers_wins,
        retries_are_bounded_among_racers,
        revocation_beats_rotation,
        a_dropped_issue_is_all_or_nothing,
        a_dropped_exchange_is_all_or_nothing,
        a_dropped_revocation_is_all_or_nothing,
    );
}

/// Every check of [`ClientRegistry`] and the [`ClientStore`](oauth_core::store::ClientStore) in it.
/// `fresh` is called once for each and gives a store with nothing in it.
///
/// # Panics
/// With the name of the check and what the store did wrong.
pub async fn client_registry<S: ClientRegistry>(fresh: impl AsyncFn() -> S) {
    run_each!(fresh;
        a_client_comes_back,
        a_registered_identifier_is_taken,
        clients_are_replaced,
        a_changed_client_is_not_replaced,
        one_of_many_replaces_a_client,
        clients_are_removed,
        clients_are_listed_in_pages,
        clients_of_tenants_are_apart,
        hostile_client_names_come_back,
    );
}

/// Every check of [`ReplayStore`]. `fresh` is called once for each and gives a store with nothing in
/// it.
///
/// # Panics
/// With the name of the check and what the store did wrong.
pub async fn replay_store<S: ReplayStore + Clone>(fresh: impl AsyncFn() -> S) {
    run_each!(fresh; a_key_is_first_used_once, one_of_many_is_first, keys_are_forgotten_in_time);
}

/// Every check of [`KeyStore`]. `fresh` is called once for each and gives a store with nothing in
/// it.
///
/// # Panics
/// With the name of the check and what the store did wrong.
pub async fn key_store<S: KeyStore + Clone>(fresh: impl AsyncFn() -> S) {
    run_each!(fresh;
        keys_are_a_chain,
        a_taken_kid_is_a_conflict,
        keys_are_removed,
        keys_of_tenants_are_apart,
        one_of_many_makes_the_key,
    );
}

/// What a store that plays both roles promises on top: a client's grants go with it.
///
/// # Panics
/// With the name of the check and what the store did wrong.
pub async fn removal<S: GrantStore + ClientRegistry>(fresh: impl AsyncFn() -> S) {
    run_each!(fresh; removing_a_client_removes_its_grants);
}

/// Every check of [`UnusedClients`], in a store that plays the grant role, too.
///
/// # Panics
/// With the name of the check and what the store did wrong.
pub async fn unused_clients<S: GrantStore + UnusedClients>(fresh: impl AsyncFn() -> S) {
    run_each!(fresh; unused_clients_are_removed, used_clients_are_in_nobodys_way);
}

/// Runs a check in a task of its own, so that a failure can be given its name.
#[expect(clippy::panic, reason = "a failed check is a panic")]
async fn run(name: &str, check: impl Future<Output = ()> + Send + 'static) {
    let mut task = tokio::spawn(check);
    match tokio::time::timeout(PATIENCE, &mut task).await {
        Ok(Ok(())) => {}
        Ok(Err(failed)) => {
            let message = match failed.try_into_panic() {
                Ok(payload) => match payload.downcast::<String>() {
                    Ok(text) => *text,
                    Err(payload) => payload
                        .downcast::<&str>()
                        .map_or_else(|_| "it panicked".to_owned(), |text| (*text).to_owned()),
                },
                Err(cancelled) => cancelled.to_string(),
            };
            panic!("store contract, `{name}`: {message}");
        }
        Err(_) => {
            task.abort();
            panic!("store contract, `{name}`: not done after {PATIENCE:?}; the store hangs");
        }
    }
}
