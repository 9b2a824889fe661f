//! Clients that ask a store as fast as it answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use oauth_core::{
    model::Digest,
    store::{Exchange, GrantStore, Spend},
};
use tokio::time::Instant;

use crate::records::{NOW, grant, key, pair, tenant};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Work {
    /// A grant with an access and a refresh token: three rows.
    Issue,
    /// A refresh token for an access token and the next one: four rows.
    Rotate,
}

impl Work {
    pub(crate) const BOTH: [Self; 2] = [Self::Issue, Self::Rotate];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Rotate => "rotate",
        }
    }
}

/// How many fill a store at the same time.
const FILLERS: u64 = 64;

/// No two runs have the same names.
static RUN: AtomicU64 = AtomicU64::new(0);

/// How often `clients` get it done in a second.
pub(crate) async fn per_second<S: GrantStore>(
    store: &Arc<S>,
    work: Work,
    clients: usize,
    time: Duration,
) -> f64 {
    let run = RUN.fetch_add(1, Ordering::Relaxed);
    let begun = Instant::now();
    let clients: Vec<_> = (0..clients)
        .map(|client| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let mut count = 0;
                let name = format!("{run} {client}");
                let mut chain = Chain::begin(&*store, &name).await;
                while begun.elapsed() < time {
                    match work {
                        Work::Issue => {
                            drop(Chain::begin(&*store, &format!("{name} {count}")).await)
                        }
                        Work::Rotate => chain.rotate(&*store).await,
                    }
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0_u64;
    for client in clients {
        count += client.await.expect("a client");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Adds that many grants, with two tokens under each.
pub(crate) async fn fill_with_pairs<S: GrantStore>(store: &Arc<S>, count: u64) {
    let fillers: Vec<_> = (0..FILLERS)
        .map(|filler| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                for number in (filler..count).step_by(FILLERS as usize) {
                    drop(Chain::begin(&*store, &format!("filled {number}")).await);
                }
            })
        })
        .collect();
    for filler in fillers {
        filler.await.expect("a filler");
    }
}

/// A grant and the last of its refresh tokens.
pub(crate) struct Chain {
    name: String,
    grant: oauth_core::model::Grant,
    count: u64,
    last: Digest,
    predecessor: Option<Digest>,
}

impl Chain {
    pub(crate) async fn begin<S: GrantStore>(store: &S, name: &str) -> Self {
        let grant = grant(name);
        let first = format!("{name} 0");
        store.issue(&tenant(), &grant, &pair(&first, &grant, None)).await.expect("issued");
        Self { name: name.to_owned(), grant, count: 0, last: key(&first), predecessor: None }
    }

    pub(crate) async fn rotate<S: GrantStore>(&mut self, store: &S) {
        self.count += 1;
        let name = format!("{} {}", self.name, self.count);
        let items = pair(&name, &self.grant, Some(self.last));
        let spend = Spend::Once { successor_nonce: Some([1; 16]), predecessor: self.predecessor };
        let told = store.exchange(&tenant(), &self.last, &spend, &items, NOW).await;
        assert_eq!(told.expect("exchanged"), Exchange::Done);
        self.predecessor = Some(std::mem::replace(&mut self.last, key(&name)));
    }
}
