//! Keys that take turns while clients keep asking all nodes for tokens, and an API elsewhere has to
//! make do with the keys that it fetched minutes ago.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use http::HeaderMap;
use oauth_core::{
    clock::{Clock as _, Timestamp},
    crypto::SigningAlgorithm,
    guard::{Guarded, JwksVerifier, TokenVerifier as _},
    keys::{RotatingKeys, Schedule},
    model::{Issuer, ResourceId},
};
use oauth_core_fetch::GuardedFetch;
use oauth_core_tests::{
    Adapter, Engine, Setup, Store, World, scenarios,
    world::{As, ISSUER, params},
};

use crate::{
    jwks, kids, part,
    rotation::{name_of, nodes, stored, usual},
};

/// The shortest turns, more or less, and tokens that live as long as any may.
const SCHEDULE: Schedule = Schedule { period: 1_800, ahead: 1_200, longest_token: 600 };
/// How many clients ask at once.
const CLIENTS: usize = 3;
/// How many turns there are.
const TURNS: u32 = 3;
/// By how many seconds the time moves on at once: each node reads the keys anew every time.
const STEP: u32 = 110;
/// What an API elsewhere adds to the life of a token, in seconds.
const TOLERANCE: u32 = 10;

fn quick(store: &Store) -> RotatingKeys {
    usual(store).schedule(SCHEDULE)
}

fn rsa(store: &Store) -> RotatingKeys {
    quick(store).algorithms([SigningAlgorithm::Rs256])
}

/// A token, and when it was asked for and received.
struct Issued {
    token: String,
    key: String,
    asked_at: Timestamp,
    received_at: Timestamp,
    expires_at: Timestamp,
}

/// Nodes, and an API elsewhere that fetches the keys of one of them.
struct Stage {
    nodes: Vec<World>,
    elsewhere: JwksVerifier,
}

impl Stage {
    async fn set(setup: Setup, keys: fn(&Store) -> RotatingKeys) -> Self {
        let nodes = nodes(setup, keys).await;
        let issuer = Issuer::parse(ISSUER).expect("an issuer");
        let resource = ResourceId::parse(ISSUER).expect("a resource");
        let uri = format!("http://{}/jwks", nodes[2].address());
        let fetch = GuardedFetch::builder().dangerous_allow_loopback().build().expect("a client");
        let elsewhere =
            JwksVerifier::new(issuer, resource, uri, fetch).clock(nodes[0].clock.clone());
        Self { nodes, elsewhere }
    }

    fn now(&self) -> Timestamp {
        self.nodes[0].clock.now()
    }

    async fn ask(&self, node: usize) -> Issued {
        let asked_at = self.now();
        let asked = params([("grant_type", "client_credentials")]);
        let answer = self.nodes[node % 3].token(As::Basic("m2m"), &asked).await;
        let token = answer.is_ok().text("access_token");
        let expires_at = part(&token, 1)["exp"].as_i64().map(Timestamp::from_unix);
        let expires_at = expires_at.expect("a time");
        Issued { key: name_of(&token), token, asked_at, received_at: self.now(), expires_at }
    }

    /// It is good everywhere until it expires, and nowhere after that; whoever is asked while it
    /// does may say either.
    async fn present(&self, issued: &Issued) {
        for node in &self.nodes {
            let before = self.now();
            let taken = node.get("/resource", &issued.token).await.status == 200;
            self.judge(issued, taken, before, 0);
        }
        let (before, headers) = (self.now(), HeaderMap::new());
        let request = Guarded { headers: &headers, path: "/", peer: None, known: None };
        let found = self.elsewhere.verify(&issued.token, &request).await.expect("keys");
        self.judge(issued, found.is_some(), before, TOLERANCE);
    }

    fn judge(&self, issued: &Issued, taken: bool, before: Timestamp, tolerance: u32) {
        let (after, end) = (self.now(), issued.expires_at.plus(tolerance));
        assert!(taken || after >= end, "refused at {after:?}, good until {end:?}");
        assert!(!taken || before < end, "taken at {before:?}, good until {end:?}");
    }

    /// All clients ask and present what they get; in the middle of it the time moves on.
    async fn step(&self, at: usize) -> Vec<Issued> {
        let client = async |client: usize| {
            let first = self.ask(client + at).await;
            if client == 0 {
                self.nodes[0].clock.advance(STEP);
            }
            self.present(&first).await;
            let second = self.ask(client + at + 1).await;
            self.present(&second).await;
            [first, second]
        };
        join_all((0..CLIENTS).map(client)).await.into_iter().flatten().collect()
    }
}

async fn turns(setup: Setup, keys: fn(&Store) -> RotatingKeys) {
    let stage = Stage::set(setup, keys).await;
    let (mut signs_from, mut issued) = (BTreeMap::new(), Vec::<Issued>::new());
    let (mut published, mut gone) = (vec![BTreeSet::new(); 3], vec![BTreeSet::new(); 3]);
    for step in 0..TURNS * SCHEDULE.period / STEP {
        issued.extend(stage.step(step as usize).await);
        // Tokens of minutes ago, too, some of which expire in between.
        let now = stage.now();
        let older = issued.iter().filter(|issued| now < issued.expires_at.plus(200));
        join_all(older.step_by(17).map(|issued| stage.present(issued))).await;
        for key in stored(&stage.nodes[0]).await {
            let said = *signs_from.entry(key.kid.as_str().to_owned()).or_insert(key.signs_from);
            assert_eq!(said, key.signs_from);
        }
        for (at, node) in stage.nodes.iter().enumerate() {
            let here: BTreeSet<_> = kids(&jwks(node).await).into_iter().collect();
            assert!(here.is_disjoint(&gone[at]), "published after it had retired");
            gone[at].extend(published[at].difference(&here).cloned());
            published[at] = here;
        }
    }
    // One key for each turn and one that follows, made by whoever came first.
    let mut keys: Vec<_> = signs_from.into_iter().collect();
    keys.sort_by_key(|(_, from)| *from);
    let made = stage.nodes[0].events.all().iter().filter(|event| event.contains("KeyMade")).count();
    assert_eq!((made, keys.len()), (TURNS as usize + 1, TURNS as usize + 1));
    let over = keys.iter().take(TURNS as usize - 1).map(|(key, _)| key.clone());
    assert_eq!(gone, vec![over.collect(); 3]);
    for (at, (key, from)) in keys.iter().enumerate() {
        let own = || issued.iter().filter(|issued| issued.key == *key);
        assert_eq!(own().count() > 0, at < TURNS as usize, "each has its turn, and no other");
        assert!(own().all(|issued| issued.received_at >= *from), "too early");
        if let Some((_, until)) = keys.get(at + 1) {
            assert!(own().all(|issued| issued.asked_at < *until), "too late");
        }
    }
}

scenarios! {
    async fn jwt_022_under_load_every_token_is_good_and_every_key_has_one_turn(setup) {
        turns(setup, quick).await;
    }
}

/// A key takes tenths of a second to make, in which the others go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jwt_022_under_load_with_rsa_keys() {
    turns(Setup::new(Adapter::Axum, Engine::Sqlite), rsa).await;
}
