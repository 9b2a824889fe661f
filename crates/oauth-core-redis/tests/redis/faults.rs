//! A server that is not there, hangs, is killed, is full or only reads.

use std::time::Duration;

use oauth_core::{
    model::Digest,
    store::{ClientStore, Exchange, GrantStore, Revoke, StoreError},
};
use oauth_core_redis::{OpenError, RedisStore};
use redis::cmd;

use crate::{
    fixtures::{NOW, ONCE, access, grant, issue_code, key, tenant},
    private::{Private, soon},
};

/// Longer than any call that gives up soon.
const BOUND: Duration = Duration::from_secs(20);

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

async fn exchange(store: &RedisStore) -> Result<Exchange, StoreError> {
    let item = access("access", &grant("code"));
    store.exchange(&tenant(), &key("code"), &ONCE, &[item], NOW).await
}

async fn find(store: &RedisStore, key: Digest) -> Option<oauth_core::store::Found> {
    GrantStore::find(store, &tenant(), &key).await.unwrap()
}

/// That nothing has happened to the code, and that it can be exchanged.
async fn still_good(store: &RedisStore) {
    assert!(find(store, key("access")).await.is_none());
    assert_eq!(exchange(store).await.unwrap(), Exchange::Done, "the code must still be good");
    assert!(find(store, key("access")).await.is_some());
}

/// Waits until the store has a connection again.
async fn comes_back(store: &RedisStore) {
    for _ in 0..200 {
        if store.ready().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}", store.ready().await);
}

async fn all_unavailable(store: &RedisStore) {
    assert!(is_unavailable(&exchange(store).await));
    assert!(is_unavailable(&store.issue(&tenant(), &grant("new"), &[]).await));
    assert!(is_unavailable(&store.revoke(&tenant(), &Revoke::Grant(grant("code").id), NOW).await));
    assert!(is_unavailable(&store.ready().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_an_error_at_once() {
    for url in ["redis://127.0.0.1:1", "redis+unix:///nowhere/at/all", "not an address"] {
        let told = tokio::time::timeout(BOUND, soon().connect(url)).await.unwrap();
        assert!(matches!(told, Err(OpenError::Server(_))), "{url}: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_009_a_server_that_accepts_and_never_answers_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let accepting = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok(connection) = listener.accept().await {
            held.push(connection);
        }
    });
    let told = tokio::time::timeout(BOUND, soon().connect(&url)).await.unwrap();
    assert!(matches!(told, Err(OpenError::Server(_))), "{told:?}");
    accepting.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_009_a_server_that_hangs_is_unavailable_and_then_all_or_nothing() {
    let Some(server) = Private::start(&[]).await else { return };
    let store = server.store().await;
    issue_code(&store, "code").await;
    server.signal("-STOP");
    let told = tokio::time::timeout(BOUND, exchange(&store)).await.unwrap();
    assert!(is_unavailable(&told), "{told:?}");
    let client = async { ClientStore::find(&store, &tenant(), &"web".into()).await };
    assert!(is_unavailable(&tokio::time::timeout(BOUND, client).await.unwrap()));
    server.signal("-CONT");
    comes_back(&store).await;
    // What was given up may have happened.
    let again = exchange(&store).await;
    assert!(matches!(again, Ok(Exchange::Done | Exchange::AlreadySpent)), "{again:?}");
    assert!(find(&store, key("access")).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_refuses_everything_and_changes_nothing() {
    let Some(server) = Private::start(&[]).await else { return };
    let store = server.store().await;
    issue_code(&store, "code").await;
    let limit = |bytes| cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).to_owned();
    server.run::<()>(&limit(1)).await;
    all_unavailable(&store).await;
    assert!(find(&store, key("code")).await.unwrap().spent.is_none());
    server.run::<()>(&limit(0)).await;
    store.ready().await.unwrap();
    still_good(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_refuses_everything_and_changes_nothing() {
    let Some(server) = Private::start(&[]).await else { return };
    let store = server.store().await;
    issue_code(&store, "code").await;
    server.run::<()>(cmd("REPLICAOF").arg("127.0.0.1").arg(1)).await;
    all_unavailable(&store).await;
    assert!(find(&store, key("code")).await.unwrap().spent.is_none());
    server.run::<()>(cmd("REPLICAOF").arg("NO").arg("ONE")).await;
    comes_back(&store).await;
    still_good(&store).await;
}

/// The address may lead to another server by now, and nobody has cut the connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_become_a_replica_is_left() {
    let Some(server) = Private::start(&[]).await else { return };
    let store = server.store().await;
    issue_code(&store, "code").await;
    let connected = async || -> Vec<String> {
        let listed: String = server.run(cmd("CLIENT").arg("LIST")).await;
        let ids = listed.lines().filter_map(|line| line.split(' ').next());
        ids.map(str::to_owned).collect()
    };
    let before = connected().await;
    server.run::<()>(cmd("REPLICAOF").arg("127.0.0.1").arg(1)).await;
    assert!(is_unavailable(&exchange(&store).await));
    assert!(is_unavailable(&exchange(&store).await));
    let mut gone = false;
    for _ in 0..500 {
        gone = connected().await.iter().all(|id| !before.contains(id));
        if gone {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(gone, "the connection of before is kept");
    server.run::<()>(cmd("REPLICAOF").arg("NO").arg("ONE")).await;
    comes_back(&store).await;
    still_good(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgot_the_scripts_is_told_again() {
    let Some(server) = Private::start(&[]).await else { return };
    let store = server.store().await;
    issue_code(&store, "code").await;
    server.run::<()>(cmd("SCRIPT").arg("FLUSH")).await;
    still_good(&store).await;
    let flushing = async {
        for _ in 0..200 {
            server.run::<()>(cmd("SCRIPT").arg("FLUSH")).await;
        }
    };
    let racing = async {
        for round in 0..20 {
            let name = format!("code {round}");
            issue_code(&store, &name).await;
            let racers = (0..8).map(|_| async {
                store.exchange(&tenant(), &key(&name), &ONCE, &[], NOW).await.unwrap()
            });
            let told = futures_util::future::join_all(racers).await;
            assert_eq!(told.iter().filter(|told| **told == Exchange::Done).count(), 1, "{told:?}");
        }
    };
    tokio::join!(flushing, racing);
}

/// What was answered before the crash is there after it, where the file is written each time.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_keeps_what_it_answered() {
    const CODES: usize = 200;
    let settings = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(mut server) = Private::start(&settings).await else { return };
    let store = server.store().await;
    for number in 0..CODES {
        issue_code(&store, &format!("code {number}")).await;
    }
    let exchanging = tokio::spawn({
        let store = store.clone();
        async move {
            let mut told = Vec::new();
            for number in 0..CODES {
                let name = format!("code {number}");
                let item = [access(&format!("access {number}"), &grant(&name))];
                let outcome = store.exchange(&tenant(), &key(&name), &ONCE, &item, NOW).await;
                let failed = outcome.is_err();
                told.push(outcome.ok());
                if failed {
                    break;
                }
            }
            told
        }
    });
    // In the midst of it.
    while find(&store, key("access 20")).await.is_none() {
        tokio::task::yield_now().await;
    }
    server.kill();
    let told = tokio::time::timeout(BOUND, exchanging).await.unwrap().unwrap();
    server.restart().await;
    comes_back(&store).await;
    for (number, told) in told.into_iter().enumerate() {
        let name = format!("code {number}");
        let spent = find(&store, key(&name)).await.unwrap().spent.is_some();
        let traded = find(&store, key(&format!("access {number}"))).await.is_some();
        assert_eq!(spent, traded, "{name}: all or nothing");
        if let Some(told) = told {
            assert_eq!(told, Exchange::Done);
            assert!(spent, "{name} was answered");
        }
    }
    let last = format!("code {}", CODES - 1);
    let done = store.exchange(&tenant(), &key(&last), &ONCE, &[], NOW).await;
    assert!(matches!(done, Ok(Exchange::Done | Exchange::AlreadySpent)), "{done:?}");
}
