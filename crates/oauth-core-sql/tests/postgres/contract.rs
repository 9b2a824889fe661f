//! PostgreSQL keeps the store contract.

use oauth_core_testkit::store_contract;

use crate::rig::Schemas;

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_grants() {
    let Some(schemas) = Schemas::new() else { return };
    store_contract::grant_store(async || schemas.fresh().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_clients() {
    let Some(schemas) = Schemas::new() else { return };
    store_contract::client_registry(async || schemas.fresh().await).await;
    store_contract::removal(async || schemas.fresh().await).await;
    store_contract::unused_clients(async || schemas.fresh().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_replays_and_keys() {
    let Some(schemas) = Schemas::new() else { return };
    store_contract::replay_store(async || schemas.fresh().await).await;
    store_contract::key_store(async || schemas.fresh().await).await;
}
