//! Keys that take turns, on several nodes, while the clock is moved.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use oauth_core::{
    clock::{Clock as _, Timestamp},
    crypto::{PrivateKey, SigningAlgorithm},
    keys::{RotatingKeys, SealingKey},
    model::{AccessTokenFormat, KeyId, StoredKey, Tenant},
    server::ServerBuilder,
    store::KeyStore,
};
use oauth_core_tests::{
    Adapter, Setup, Store, World, scenarios,
    world::{As, ISSUER, params, race},
};
use serde_json::json;

use crate::{forge, is_signed_by, jwks, kids, ok, part};

const HOUR: u32 = 60 * 60;
const DAY: u32 = 24 * HOUR;

fn rotating(builder: ServerBuilder, keys: RotatingKeys) -> ServerBuilder {
    builder.signing_keys(keys).access_token_format(AccessTokenFormat::Jwt)
}

/// Nodes with keys in a common store.
pub(crate) async fn nodes(setup: Setup, keys: fn(&Store) -> RotatingKeys) -> Vec<World> {
    let adapter = setup.adapter;
    let first = setup.start_as(|base| {
        rotating(base.builder(ISSUER), keys(&base.store)).build().expect("a server")
    });
    let mut nodes = vec![first.await];
    for _ in 0..2 {
        let node = nodes[0].node_with(adapter, |builder, store| rotating(builder, keys(store)));
        nodes.push(node.await);
    }
    nodes
}

pub(crate) fn usual(store: &Store) -> RotatingKeys {
    RotatingKeys::new(store.clone())
}

fn sealed(store: &Store) -> RotatingKeys {
    usual(store).sealed_with(SealingKey::new(&[7; 32]))
}

pub(crate) async fn stored(world: &World) -> Vec<StoredKey> {
    world.store.keys(&Tenant::default()).await.expect("keys")
}

pub(crate) fn name_of(token: &str) -> String {
    part(token, 0)["kid"].as_str().expect("a name").to_owned()
}

scenarios! {
    async fn jwt_022_keys_are_published_then_sign_then_retire(setup) {
        let nodes = nodes(setup, usual).await;
        let clock = &nodes[0].clock;
        let begin = clock.now();
        let (mut published, mut signed) = (BTreeMap::<String, Timestamp>::new(), BTreeMap::new());
        let mut live: Vec<(Timestamp, String)> = Vec::new();
        let mut last = None;
        for step in 0..72 {
            let now = clock.now();
            // Each time another node comes first.
            for at in 0..nodes.len() {
                let node = &nodes[(at + step) % nodes.len()];
                let token = node.machine_token().await;
                let name = name_of(&token);
                let first = signed.entry(name.clone()).or_insert(now);
                assert!(last.as_ref() == Some(&name) || *first == now, "no key signs again");
                last = Some(name);
                live.push((now, token));
            }
            let sets = [jwks(&nodes[0]).await, jwks(&nodes[2]).await];
            assert_eq!(sets[0], sets[1]);
            kids(&sets[0]).into_iter().for_each(|kid| {
                published.entry(kid).or_insert(now);
            });
            for (_, token) in &live {
                assert!(sets.iter().all(|set| is_signed_by(token, set)), "nobody can read it");
                ok(&nodes[step % 3].get("/resource", token).await);
            }
            assert!(kids(&sets[0]).len() <= 2);
            clock.advance(if step % 2 == 0 { 300 } else { DAY - 300 });
            live.retain(|(issued_at, _)| issued_at.plus(600) > clock.now());
        }
        // 36 days: two keys, each made once, and known to everybody long before it signed.
        assert_eq!(signed.len(), 2);
        for (name, from) in &signed {
            let ahead = from.seconds_since(published[name]);
            assert!(*from == begin || ahead >= u64::from(DAY - HOUR), "{ahead}");
        }
        let made = |event: &String| event.contains("KeyMade");
        assert_eq!(nodes[0].events.all().iter().filter(|event| made(event)).count(), 2);
        assert!(nodes[0].events.heard("KeyRetired"));
        assert_eq!(stored(&nodes[0]).await.len(), 1, "the retired one is gone");
    }

    async fn a_token_of_a_retired_or_removed_key_is_refused(setup) {
        let nodes = nodes(setup, usual).await;
        let (clock, node) = (&nodes[0].clock, &nodes[1]);
        let token = nodes[0].machine_token().await;
        let key = &stored(node).await[0];
        let private = PrivateKey::from_pem(SigningAlgorithm::Es256, &key.material).expect("a key");
        // Whoever had a copy of it could write this.
        let claims = json!({ "iss": ISSUER, "sub": "alice", "client_id": "web", "aud": ISSUER,
            "iat": clock.now(), "exp": clock.now().plus(400 * DAY), "jti": "x" });
        let header = json!({ "alg": "ES256", "kid": key.kid, "typ": "at+jwt" });
        let forged = forge(&private, &header.to_string(), &claims.to_string());
        for node in &nodes {
            ok(&node.get("/resource", &forged).await);
        }
        clock.advance(29 * DAY);
        jwks(&nodes[0]).await;
        clock.advance(2 * DAY - 60);
        ok(&node.get("/resource", &forged).await);
        clock.advance(3 * 60);
        for node in &nodes {
            node.get("/resource", &forged).await.challenge(401, "invalid_token");
            node.get("/resource", &token).await.challenge(401, "invalid_token");
        }
        // A stolen key is removed by hand, and is gone everywhere a minute later.
        let token = nodes[2].machine_token().await;
        let newest = stored(node).await.pop().expect("a key");
        assert!(KeyStore::remove(&node.store, &Tenant::default(), &newest.kid).await.expect("an answer"));
        clock.advance(60);
        for node in &nodes {
            node.get("/resource", &token).await.challenge(401, "invalid_token");
        }
        let token = nodes[0].machine_token().await;
        assert_ne!(name_of(&token), newest.kid.as_str());
        assert!(is_signed_by(&token, &jwks(&nodes[2]).await));
    }

    /// One of them reads, and the others do not go on with keys that nobody has looked at for long.
    async fn jwt_022_a_crowd_after_a_rest_has_the_keys_of_now(setup) {
        let nodes = nodes(setup, usual).await;
        for _ in 0..5 {
            let token = nodes[2].machine_token().await;
            ok(&nodes[1].get("/resource", &token).await);
            let newest = stored(&nodes[0]).await.pop().expect("a key");
            let removed = KeyStore::remove(&nodes[0].store, &Tenant::default(), &newest.kid).await;
            assert!(removed.expect("an answer"));
            nodes[0].clock.advance(10 * 60);
            let crowd = (0..20).map(|_| nodes[1].get("/resource", &token));
            for answer in join_all(crowd).await {
                answer.challenge(401, "invalid_token");
            }
        }
    }

    async fn rac_012_nodes_that_begin_or_change_together_make_one_key(setup) {
        let nodes = nodes(setup, usual).await;
        let asked = params([("grant_type", "client_credentials")]);
        for (turn, days) in [0, 29, 1, 29].into_iter().enumerate() {
            nodes[0].clock.advance(days * DAY);
            let requests = (0..60).map(|at| nodes[at % 3].form("/token", As::Basic("m2m"), &asked));
            let answers = race(requests).await;
            nodes[0].clock.advance(60);
            let sets = [jwks(&nodes[0]).await, jwks(&nodes[1]).await, jwks(&nodes[2]).await];
            let tokens: Vec<_> =
                answers.iter().map(|answer| answer.is_ok().text("access_token")).collect();
            for token in &tokens {
                assert!(sets.iter().all(|set| is_signed_by(token, set)), "turn {turn}");
                ok(&nodes[turn % 3].get("/resource", token).await);
            }
            let used: BTreeSet<_> = tokens.iter().map(|token| name_of(token)).collect();
            assert_eq!(used.len(), 1);
        }
        let all = nodes[0].events.all();
        assert_eq!(all.iter().filter(|event| event.contains("KeyMade")).count(), 3);
    }

    async fn sealed_keys_are_not_in_the_store_and_open_on_every_node(setup) {
        let nodes = nodes(setup, sealed).await;
        let token = nodes[0].machine_token().await;
        ok(&nodes[1].get("/resource", &token).await);
        let keys = stored(&nodes[0]).await;
        assert_eq!(keys.len(), 1);
        assert!(!keys[0].material.expose().contains("PRIVATE KEY"));
        // A key that somebody wrote there in clear signs nothing and verifies nothing.
        let other = crate::p256();
        let planted = StoredKey {
            kid: KeyId::from("planted"),
            alg: "ES256".to_owned(),
            material: other.to_pem(),
            created_at: nodes[0].clock.now().plus(1),
            signs_from: nodes[0].clock.now().plus(1),
        };
        let done = nodes[0].store.succeed(&Tenant::default(), Some(&keys[0].kid), &planted).await;
        assert!(done.expect("an answer"));
        nodes[0].clock.advance(120);
        let header = json!({ "alg": "ES256", "kid": "planted", "typ": "at+jwt" });
        let claims = part(&token, 1);
        let forged = forge(&other, &header.to_string(), &serde_json::Value::from(claims).to_string());
        for node in &nodes {
            node.get("/resource", &forged).await.challenge(401, "invalid_token");
            assert_eq!(name_of(&node.machine_token().await), keys[0].kid.as_str());
            assert_eq!(kids(&jwks(node).await), [keys[0].kid.as_str()]);
        }
        assert!(nodes[0].events.heard("Corrupt"));
    }

    async fn several_algorithms_have_turns_of_their_own(setup) {
        let nodes = nodes(setup, |store| {
            usual(store).algorithms([SigningAlgorithm::EdDsa, SigningAlgorithm::Es256])
        }).await;
        let token = nodes[0].machine_token().await;
        assert_eq!(part(&token, 0)["alg"], "EdDSA");
        assert_eq!(kids(&jwks(&nodes[1]).await).len(), 2);
        nodes[0].clock.advance(29 * DAY);
        assert_eq!(kids(&jwks(&nodes[1]).await).len(), 4);
        // One that was given up goes when its turn would have been over.
        let other = nodes[0].node_with(Adapter::Axum, |builder, store| rotating(builder, usual(store))).await;
        for _ in 0..10 {
            other.clock.advance(7 * DAY);
            jwks(&other).await;
        }
        assert!(stored(&other).await.iter().all(|key| key.alg == "ES256"));
    }

    async fn a_token_of_another_tenants_server_is_nothing_here(setup) {
        let nodes = nodes(setup, usual).await;
        let elsewhere = nodes[0].node_with(Adapter::Axum, |builder, store| {
            rotating(builder.tenant("other"), usual(store))
        }).await;
        let theirs = jwks(&elsewhere).await;
        assert_eq!(kids(&theirs).len(), 1);
        let token = nodes[0].machine_token().await;
        assert!(!is_signed_by(&token, &theirs));
        elsewhere.get("/resource", &token).await.challenge(401, "invalid_token");
    }

    async fn a_jwt_lives_no_longer_than_its_key_is_published(setup) {
        let client = oauth_core_tests::clients::all().into_iter().find(|own| own.client_id.as_str() == "m2m");
        let mut client = client.expect("a client");
        client.access_token_lifetime = Some(30 * DAY);
        let nodes = nodes(setup.client(client), usual).await;
        let answer = nodes[0].token(As::Basic("m2m"), &params([("grant_type", "client_credentials")])).await;
        assert_eq!(answer.is_ok().json()["expires_in"], DAY);
        let claims = part(&answer.text("access_token"), 1);
        assert_eq!(claims["exp"], nodes[0].clock.now().plus(DAY).unix());
    }

    async fn a_clock_that_goes_back_stops_nothing(setup) {
        let nodes = nodes(setup, usual).await;
        let token = nodes[0].machine_token().await;
        let clock = &nodes[0].clock;
        let now = clock.now();
        clock.set(now.minus(3 * DAY));
        let earlier = nodes[0].machine_token().await;
        assert!(is_signed_by(&earlier, &jwks(&nodes[1]).await));
        ok(&nodes[1].get("/resource", &earlier).await);
        clock.set(now);
        ok(&nodes[1].get("/resource", &token).await);
    }
}
