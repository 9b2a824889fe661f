//! SQLite keeps the store contract, in a file and in memory.

use crate::rig::{Directory, fresh_in};
use oauth_core_sql::{Durability, SqliteStore};
use oauth_core_testkit::store_contract;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_keeps_the_contract_of_grants() {
    let directory = Directory::new();
    store_contract::grant_store(fresh_in(&directory, Durability::Full)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_normal_durability_keeps_the_contract_of_grants() {
    let directory = Directory::new();
    store_contract::grant_store(fresh_in(&directory, Durability::Normal)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_keeps_the_contract_of_clients() {
    let directory = Directory::new();
    store_contract::client_registry(fresh_in(&directory, Durability::Full)).await;
    store_contract::removal(fresh_in(&directory, Durability::Full)).await;
    store_contract::unused_clients(fresh_in(&directory, Durability::Full)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_keeps_the_contract_of_replays_and_keys() {
    let directory = Directory::new();
    store_contract::replay_store(fresh_in(&directory, Durability::Full)).await;
    store_contract::key_store(fresh_in(&directory, Durability::Full)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_the_contract() {
    let fresh = async || SqliteStore::open_in_memory().await.unwrap();
    store_contract::grant_store(fresh).await;
    store_contract::client_registry(fresh).await;
    store_contract::removal(fresh).await;
    store_contract::unused_clients(fresh).await;
    store_contract::replay_store(fresh).await;
    store_contract::key_store(fresh).await;
}
