//! A server that would throw away what it was given.

use oauth_core::store::StoreError;
use oauth_core_redis::{OpenError, RedisStore};
use redis::cmd;

use crate::private::Private;

#[tokio::test(flavor = "multi_thread")]
async fn sto_014_a_server_that_evicts_is_refused() {
    for policy in ["allkeys-lru", "volatile-ttl"] {
        let Some(server) = Private::start(&["--maxmemory-policy", policy]).await else { return };
        let refused = RedisStore::connect(&server.url()).await.unwrap_err();
        assert!(matches!(refused, OpenError::Evicts { .. }), "{refused}");
        assert!(refused.to_string().contains(policy), "{refused}");
        assert!(refused.to_string().contains("set `maxmemory-policy noeviction`"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_014_a_server_that_begins_to_evict_is_not_ready() {
    let Some(server) = Private::start(&[]).await else { return };
    let store = server.store().await;
    store.ready().await.unwrap();
    let set = |policy| cmd("CONFIG").arg("SET").arg("maxmemory-policy").arg(policy).to_owned();
    server.run::<()>(&set("allkeys-random")).await;
    let told = store.ready().await;
    assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    server.run::<()>(&set("noeviction")).await;
    store.ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_014_a_server_that_does_not_tell_needs_a_word() {
    let hidden = ["--rename-command", "INFO", "", "--rename-command", "CONFIG", ""];
    let Some(server) = Private::start(&hidden).await else { return };
    let refused = RedisStore::connect(&server.url()).await.unwrap_err();
    assert!(matches!(refused, OpenError::PolicyUnknown), "{refused}");
    assert!(refused.to_string().contains("dangerous_trust_maxmemory_policy"), "{refused}");
    let trusting = RedisStore::options().dangerous_trust_maxmemory_policy();
    trusting.connect(&server.url()).await.unwrap().ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_014_either_command_tells() {
    for hidden in ["INFO", "CONFIG"] {
        let hidden = ["--rename-command", hidden, "", "--maxmemory-policy", "allkeys-lfu"];
        let Some(server) = Private::start(&hidden).await else { return };
        let refused = RedisStore::connect(&server.url()).await.unwrap_err();
        assert!(matches!(refused, OpenError::Evicts { .. }), "{refused}");
    }
}
