//! Redis keeps the store contract.

use oauth_core_testkit::{Cases, state_machine_that_forgets, store_contract};

use crate::rig::Spaces;

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_grants() {
    let Some(spaces) = Spaces::new() else { return };
    store_contract::grant_store_that_forgets(async || spaces.fresh().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_clients() {
    let Some(spaces) = Spaces::new() else { return };
    store_contract::client_registry(async || spaces.fresh().await).await;
    store_contract::removal(async || spaces.fresh().await).await;
    store_contract::unused_clients(async || spaces.fresh().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_replays_and_keys() {
    let Some(spaces) = Spaces::new() else { return };
    store_contract::replay_store(async || spaces.fresh().await).await;
    store_contract::key_store(async || spaces.fresh().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_without_remembering_anything() {
    let Some(spaces) = Spaces::new() else { return };
    store_contract::grant_store_that_forgets(async || {
        spaces.fresh_with(|options| options.remembered(0)).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_the_state_machine_of_the_model() {
    let Some(spaces) = Spaces::new() else { return };
    state_machine_that_forgets(async || spaces.fresh().await, Cases::from_env()).await;
}
