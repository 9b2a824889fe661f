//! What a store gets to see, and what becomes of what it holds in error.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use oauth_core::{
    AuthorizationServer,
    clock::Timestamp,
    model::{Digest, Grant, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, StoreError},
};
use oauth_core_tests::{
    Setup, Store, World,
    clients::SECRET,
    scenarios,
    world::{As, ISSUER, Tokens, VERIFIER, code_for, params, refresh_for},
};

/// A store that tells what it was given, and whose records can become unreadable.
#[derive(Clone, Debug)]
struct Witness {
    inner: Store,
    seen: Arc<Mutex<String>>,
    corrupt: Arc<AtomicBool>,
}

impl Witness {
    fn new(inner: Store) -> Self {
        Self { inner, seen: Arc::default(), corrupt: Arc::default() }
    }

    fn saw(&self, things: &[&dyn fmt::Debug]) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for thing in things {
            seen.push_str(&format!("{thing:?}\n"));
        }
    }

    fn saw_items(&self, items: &[Issued]) {
        for item in items {
            self.saw(&[item, &serde_json::to_string(item).expect("JSON")]);
        }
    }

    fn seen(&self) -> String {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl GrantStore for Witness {
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        self.saw(&[tenant, grant, &serde_json::to_string(grant).expect("JSON")]);
        self.saw_items(items);
        self.inner.issue(tenant, grant, items).await
    }

    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        self.saw(&[tenant, key]);
        if self.corrupt.load(Ordering::SeqCst) {
            return Err(StoreError::corrupt("row 4711: EOF while parsing a string"));
        }
        GrantStore::find(&self.inner, tenant, key).await
    }

    async fn exchange(
        &self,
        tenant: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        self.saw(&[tenant, key, spend]);
        self.saw_items(items);
        self.inner.exchange(tenant, key, spend, items, at).await
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        self.saw(&[tenant, what]);
        self.inner.revoke(tenant, what, at).await
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        self.inner.grants(tenant, subject, at).await
    }

    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.inner.purge(before, limit).await
    }
}

async fn start(setup: Setup) -> (World, Witness) {
    let adapter = setup.adapter;
    let world = setup.start().await;
    let witness = Witness::new(world.store.clone());
    let server = AuthorizationServer::builder(ISSUER, witness.clone(), world.store.clone())
        .clock(world.clock.clone())
        .events(world.events.clone())
        .client_cache(0)
        .build()
        .expect("a server");
    (world.beside(adapter, server), witness)
}

scenarios! {
    async fn sto_017_a_store_never_sees_a_live_secret(setup) {
        let (world, witness) = start(setup).await;
        let code = world.code().await;
        let first = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        let second = world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
        let second = Tokens::of(second.is_ok());
        let machine = world.machine_token().await;
        assert!(world.is_active(&second.access).await);
        world.post("/revoke", As::Basic("web"), &params([("token", &second.access)])).await.is_ok();
        world.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
        let mut dumped = witness.seen().into_bytes();
        dumped.extend(world.dump().await);
        let holds = |text: &str| dumped.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(holds("alice") && holds("gold"), "the dump is one of the right store");
        let secrets = [code, first.access, first.refresh, second.access, second.refresh, machine];
        for secret in secrets.iter().map(String::as_str).chain([SECRET, VERIFIER]) {
            // Nor is it there without its prefix and checksum.
            for part in [secret, &secret[4..40]] {
                assert!(!holds(part), "a secret is in the store");
            }
        }
    }

    async fn sto_021_a_record_that_cannot_be_read_is_the_servers_fault(setup) {
        let (world, witness) = start(setup).await;
        let (code, tokens) = (world.code().await, world.tokens().await);
        witness.corrupt.store(true, Ordering::SeqCst);
        for (path, asked) in [
            ("/token", refresh_for(&tokens.refresh)),
            ("/token", code_for(&code)),
            ("/introspect", params([("token", &tokens.access)])),
            ("/revoke", params([("token", &tokens.access)])),
        ] {
            let answer = world.post(path, As::Basic("web"), &asked).await;
            answer.refused(500, "server_error");
            assert!(!answer.body.contains("4711") && !answer.body.contains("parsing"));
            assert_eq!(answer.header("retry-after"), "", "trying again will not help");
        }
        assert!(world.events.heard("StoreFailed") && world.events.heard("row 4711"));
        assert_ne!(world.get("/resource", &tokens.access).await.status, 200);
        witness.corrupt.store(false, Ordering::SeqCst);
        assert!(world.is_active(&tokens.access).await);
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
    }
}
