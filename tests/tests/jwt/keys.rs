//! The document with the public keys, and where the keys come from.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use async_trait::async_trait;
use futures_util::future::join_all;
use oauth_core::{
    AuthorizationServer,
    client_auth::PrivateKeyJwt,
    crypto::{PrivateKey, PublicKey, SigningAlgorithm},
    http_types,
    keys::{InvalidKeys, LocalSigner, RotatingKeys, Schedule, Signer, SigningKeys},
    model::{AccessTokenFormat, KeyId, StoredKey, Tenant},
    server::InvalidServer,
    store::{KeyStore, MemoryStore, StoreError},
};
use oauth_core_tests::{
    Adapter, World, scenarios,
    world::{As, ISSUER, Tokens, code_for, params, refresh_for},
};
use reqwest::Method;

use crate::{ed25519, is_signed_by, jwks, jwts, kid, kids, ok, p256, part};

/// A key management service, which answers as long as it is there.
#[derive(Debug)]
struct Remote(PrivateKey, KeyId, bool);

#[async_trait]
impl Signer for Remote {
    fn key_id(&self) -> &KeyId {
        &self.1
    }

    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        tokio::task::yield_now().await;
        if !self.2 {
            return Err(StoreError::Unavailable("no connection".into()));
        }
        self.0.sign(message).map_err(|error| StoreError::Unavailable(Box::new(error)))
    }
}

async fn get_jwks(world: &World, headers: &[(&str, &str)]) -> oauth_core_tests::Answer {
    let mut request = world.request(Method::GET, "/jwks");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request).await
}

scenarios! {
    async fn jwt_023_met_012_only_public_keys_are_published_and_may_be_kept(setup) {
        let world = setup.server(|builder| {
            let keys = [LocalSigner::new(p256()), LocalSigner::new(ed25519()).named("second")];
            builder.signing_keys(SigningKeys::fixed(keys))
        }).start().await;
        let metadata = world.send(world.request(Method::GET, "/.well-known/oauth-authorization-server")).await;
        assert_eq!(ok(&metadata).json()["jwks_uri"], format!("{ISSUER}/jwks"));
        let answer = get_jwks(&world, &[("origin", "https://anywhere.example")]).await;
        assert_eq!(ok(&answer).header("content-type"), "application/jwk-set+json");
        assert_eq!(answer.header("cache-control"), "public, max-age=900");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let published = answer.json();
        assert_eq!(kids(&published), [kid(&p256()).as_str(), "second"]);
        for key in published["keys"].as_array().expect("keys") {
            for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert_eq!(key.get(name), None, "{name}");
            }
            assert_eq!(key["use"], "sig");
        }
        let tag = answer.header("etag").to_owned();
        for asked in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let answer = get_jwks(&world, &[("if-none-match", &asked)]).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (304, ""), "{asked}");
            assert_eq!(answer.header("etag"), tag);
        }
        ok(&get_jwks(&world, &[("if-none-match", "\"x\"")]).await);
        let posted = world.send(world.request(Method::POST, "/jwks")).await;
        assert_eq!(posted.status, 405);
    }

    async fn without_keys_there_is_no_document(setup) {
        let world = setup.start().await;
        let metadata = world.send(world.request(Method::GET, "/.well-known/oauth-authorization-server")).await;
        assert_eq!(ok(&metadata).json().get("jwks_uri"), None);
        assert_eq!(get_jwks(&world, &[]).await.status, 404);
        // A JWT of whomever is no token here.
        let other = world.node_with(Adapter::Axum, |builder, _| jwts(builder)).await;
        let token = other.machine_token().await;
        world.get("/resource", &token).await.challenge(401, "invalid_token");
    }

    async fn a_service_signs_and_its_failure_is_not_the_clients(setup) {
        let world = setup.server(|builder| {
            let remote = Remote(ed25519(), KeyId::from("kms"), true);
            builder.signing_keys(SigningKeys::fixed([remote])).access_token_format(AccessTokenFormat::Jwt)
        }).start().await;
        let token = world.machine_token().await;
        assert_eq!(part(&token, 0)["kid"], "kms");
        assert!(is_signed_by(&token, &jwks(&world).await) && world.is_active(&token).await);
        let down = world.node_with(Adapter::Axum, |builder, _| {
            let remote = Remote(ed25519(), KeyId::from("kms"), false);
            builder.signing_keys(SigningKeys::fixed([remote])).access_token_format(AccessTokenFormat::Jwt)
        }).await;
        let asked = params([("grant_type", "client_credentials")]);
        let answer = down.token(As::Basic("m2m"), &asked).await;
        answer.refused(503, "temporarily_unavailable");
        assert!(!answer.header("retry-after").is_empty());
        ok(&down.get("/resource", &token).await);
    }

    async fn sto_025_what_cannot_be_signed_is_not_spent(setup) {
        let keys = |there| move |builder: oauth_core::server::ServerBuilder| {
            let remote = Remote(ed25519(), KeyId::from("kms"), there);
            builder.signing_keys(SigningKeys::fixed([remote])).access_token_format(AccessTokenFormat::Jwt)
        };
        let world = setup.server(keys(true)).start().await;
        let down = world.node_with(Adapter::Axum, |builder, _| keys(false)(builder)).await;
        let code = world.code().await;
        for _ in 0..3 {
            let answer = down.token(As::Basic("web"), &code_for(&code)).await;
            answer.refused(503, "temporarily_unavailable");
            assert!(!answer.header("retry-after").is_empty());
        }
        let tokens = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        for _ in 0..3 {
            let answer = down.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
            answer.refused(503, "temporarily_unavailable");
            assert!(!answer.header("retry-after").is_empty());
        }
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
        assert!(!world.events.heard("ReplayDetected"));
    }
}

fn build(keys: impl Into<SigningKeys>) -> Result<AuthorizationServer, InvalidServer> {
    AuthorizationServer::builder(ISSUER, MemoryStore::new(), MemoryStore::new())
        .signing_keys(keys)
        .build()
}

#[test]
fn keys_that_cannot_be_used_are_refused_when_the_server_is_built() {
    let refused = |keys: SigningKeys| match build(keys) {
        Err(InvalidServer::Keys(why)) => why,
        other => panic!("{other:?}"),
    };
    let rotating = || RotatingKeys::new(MemoryStore::new());
    let one = || LocalSigner::new(p256());
    assert_eq!(refused(SigningKeys::fixed([one(), one()])), InvalidKeys::SameName);
    assert_eq!(refused(SigningKeys::fixed::<LocalSigner>([])), InvalidKeys::None);
    assert_eq!(refused(rotating().algorithms([]).into()), InvalidKeys::None);
    assert_eq!(
        refused(rotating().algorithms([SigningAlgorithm::Es384]).into()),
        InvalidKeys::Algorithm
    );
    let hasty = Schedule { ahead: 60, ..Schedule::default() };
    assert_eq!(refused(rotating().schedule(hasty).into()), InvalidKeys::Schedule);
    let builder = AuthorizationServer::builder(ISSUER, MemoryStore::new(), MemoryStore::new());
    let built = builder.access_token_format(AccessTokenFormat::Jwt).build();
    assert!(matches!(built, Err(InvalidServer::NoKeys)));
}

/// Hands keys out slowly, counts who asks, and is down until it is up.
#[derive(Clone, Debug)]
struct SlowKeys(MemoryStore, Arc<AtomicU32>, Arc<AtomicBool>);

#[async_trait]
impl KeyStore for SlowKeys {
    async fn keys(&self, tenant: &Tenant) -> Result<Vec<StoredKey>, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        match self.2.load(Ordering::SeqCst) {
            true => self.0.keys(tenant).await,
            false => Err(StoreError::unavailable("down")),
        }
    }

    async fn succeed(
        &self,
        tenant: &Tenant,
        predecessor: Option<&KeyId>,
        key: &StoredKey,
    ) -> Result<bool, StoreError> {
        self.0.succeed(tenant, predecessor, key).await
    }

    async fn remove(&self, tenant: &Tenant, key: &KeyId) -> Result<bool, StoreError> {
        self.0.remove(tenant, key).await
    }
}

#[tokio::test]
async fn a_crowd_that_comes_first_reads_the_keys_once() {
    let keys = SlowKeys(MemoryStore::new(), Arc::default(), Arc::default());
    let server = build(RotatingKeys::new(keys.clone())).expect("a server");
    let mounts = server.mounts();
    let jwks = mounts.iter().find(|mount| mount.path() == "/jwks").expect("keys");
    let crowd = || {
        join_all((0..100).map(|_| {
            let mut request = http_types::Request::default();
            *request.uri_mut() = "/jwks".parse().expect("an address");
            jwks.serve(request)
        }))
    };
    assert!(crowd().await.iter().all(|answer| answer.status() == 503));
    assert_eq!(keys.1.load(Ordering::SeqCst), 1);
    assert!(server.ready().await.is_err());
    keys.2.store(true, Ordering::SeqCst);
    server.ready().await.expect("ready");
    keys.1.store(0, Ordering::SeqCst);
    let answers = crowd().await;
    assert!(
        answers.iter().all(|answer| answer.status() == 200 && answer.body() == answers[0].body())
    );
    assert_eq!(keys.1.load(Ordering::SeqCst), 1);
}

#[test]
fn rac_008_assertions_need_somebody_who_remembers_them() {
    let builder = || AuthorizationServer::builder(ISSUER, MemoryStore::new(), MemoryStore::new());
    let built = builder().client_auth(PrivateKeyJwt::new()).build();
    assert!(matches!(built, Err(InvalidServer::NoReplayStore)));
    let remembered = builder().client_auth(PrivateKeyJwt::new()).replay_store(MemoryStore::new());
    assert!(remembered.build().is_ok());
}
