//! The store in memory keeps the contract.

use oauth_core::store::MemoryStore;
use oauth_core_testkit::{FaultyStore, store_contract};

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_keeps_the_contract_of_grants() {
    store_contract::grant_store(async || MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_keeps_the_contract_of_clients() {
    store_contract::client_registry(async || MemoryStore::new()).await;
    store_contract::removal(async || MemoryStore::new()).await;
    store_contract::unused_clients(async || MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_keeps_the_contract_of_replays_and_keys() {
    store_contract::replay_store(async || MemoryStore::new()).await;
    store_contract::key_store(async || MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_store_without_faults_keeps_the_contract() {
    let fresh = async || FaultyStore::new(MemoryStore::new());
    store_contract::grant_store(fresh).await;
    store_contract::client_registry(fresh).await;
    store_contract::removal(fresh).await;
    store_contract::unused_clients(fresh).await;
    store_contract::replay_store(fresh).await;
    store_contract::key_store(fresh).await;
}
