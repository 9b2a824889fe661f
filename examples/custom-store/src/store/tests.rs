//! "Does my store work?"

use oauth_core_testkit::store_contract;
use redb::Database;

use super::RedbStore;

/// A new database in a file that goes when it is closed.
async fn fresh() -> RedbStore {
    let file = tempfile::tempfile().unwrap();
    RedbStore::new(Database::builder().create_file(file).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_grants() {
    store_contract::grant_store(fresh).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_clients() {
    store_contract::client_registry(fresh).await;
    store_contract::removal(fresh).await;
}
