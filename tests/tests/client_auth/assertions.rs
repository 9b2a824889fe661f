//! `private_key_jwt` (RFC 7523 §2.2): who may sign, what must be claimed, and that once is once.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    client_auth::{ClientSecretJwt, PrivateKeyJwt, SharedSecrets},
    clock::Timestamp,
    crypto::{PrivateKey, SigningAlgorithm},
    fetch::{Fetch, FetchFailed},
    http_types::{Request, Response},
    jwt,
    model::{Client, ClientBuilder, ClientId, ClientSecret, KeyId, Secret, SecretHash, Tenant},
    store::StoreError,
};
use oauth_core_tests::{
    Answer, Setup, World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, ISSUER, Params, code_for, params, race, with},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::own_token;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWKS_URI: &str = "https://client.example/jwks";
const NOW: i64 = 1_790_000_000;

/// The private keys of RFC 8037 Appendix A.1 and RFC 7515 Appendix A.3.1.
fn key(algorithm: SigningAlgorithm) -> PrivateKey {
    let jwk = match algorithm {
        SigningAlgorithm::EdDsa => json!({ "kty": "OKP", "crv": "Ed25519",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }),
        _ => json!({ "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" }),
    };
    jwt::private_key(&Secret::new(jwk.to_string())).expect("a key")
}

fn jwks() -> Value {
    let public = |algorithm: SigningAlgorithm| {
        jwt::to_jwk(key(algorithm).public_key(), &KeyId::from(algorithm.as_str()))
    };
    json!({ "keys": [public(SigningAlgorithm::EdDsa), public(SigningAlgorithm::Es256)] })
}

fn client(id: &str) -> ClientBuilder {
    let grants = ["authorization_code", "refresh_token", "client_credentials"];
    Client::private_key_jwt(id).redirect_uri(CALLBACK).scope("read").grant_types(grants)
}

/// `pk` and `pk2` with the same keys in their records, `es` for ES256 only, `ed` for Ed25519 only,
/// `far` with keys at an address.
fn with_clients(setup: Setup, method: PrivateKeyJwt) -> Setup {
    let setup = setup.server(|builder| builder.client_auth(method));
    [
        client("pk").jwks(jwks()),
        client("pk2").jwks(jwks()),
        client("es").jwks(jwks()).token_endpoint_auth_signing_alg("ES256"),
        client("ed").jwks(jwks()).token_endpoint_auth_signing_alg("Ed25519"),
        client("far").jwks_uri(JWKS_URI),
    ]
    .into_iter()
    .fold(setup, |setup, client| setup.client(client.build().expect("a sound client")))
}

async fn start(setup: Setup) -> World {
    with_clients(setup, PrivateKeyJwt::new()).start().await
}

/// Signs a header and claims, whatever they are.
fn sign(algorithm: SigningAlgorithm, header: &str, claims: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key(algorithm).sign(signed.as_bytes()).expect("a signature");
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// "Signs" with a secret, as whoever shares it can.
fn hs256(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let tag = oauth_core::crypto::hmac_sha256(secret, signed.as_bytes()).expect("a tag");
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

fn claims(client: &str, token_id: &str) -> Value {
    json!({ "iss": client, "sub": client, "aud": ISSUER, "jti": token_id, "exp": NOW + 60 })
}

fn changed(mut claims: Value, change: Value) -> Value {
    for (name, value) in change.as_object().expect("members") {
        match value {
            Value::Null => drop(claims.as_object_mut().expect("members").remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn signed(claims: &Value) -> String {
    sign(SigningAlgorithm::EdDsa, r#"{"alg":"EdDSA","kid":"EdDSA"}"#, &claims.to_string())
}

fn asserted<'a>(form: Params<'a>, assertion: &str) -> Params<'a> {
    with(with(form, "client_assertion_type", TYPE), "client_assertion", assertion)
}

async fn ask(world: &World, assertion: &str) -> Answer {
    world.token(As::Nobody, &asserted(own_token(), assertion)).await
}

async fn refused(world: &World, change: Value) {
    let claims = changed(claims("pk", "changed"), change);
    ask(world, &signed(&claims)).await.refused(401, "invalid_client");
}

scenarios! {
    async fn an_assertion_proves_who_the_client_is_at_every_endpoint(setup) {
        let world = start(setup).await;
        let code = world.code_of("pk", CALLBACK, "read").await;
        let form = asserted(code_for(&code), &signed(&claims("pk", "1")));
        let tokens = world.token(As::Nobody, &form).await;
        let access = tokens.is_ok().text("access_token");
        let form = asserted(params([("token", &access)]), &signed(&claims("pk", "2")));
        let told = world.post("/introspect", As::Nobody, &form).await;
        assert_eq!(told.is_ok().json()["active"], true);
        let form = asserted(params([("token", &access)]), &signed(&claims("pk", "3")));
        world.post("/revoke", As::Public("pk"), &form).await.is_ok();
        assert!(!world.is_active(&access).await);
        // Types that say so, and the other algorithm.
        for (number, typ) in ["JWT", "client-authentication+jwt"].into_iter().enumerate() {
            let header = json!({ "alg": "ES256", "kid": "ES256", "typ": typ }).to_string();
            let claims = claims("pk", &format!("typ {number}")).to_string();
            ask(&world, &sign(SigningAlgorithm::Es256, &header, &claims)).await.is_ok();
        }
        let metadata = world.request(Method::GET, "/.well-known/oauth-authorization-server");
        let metadata = world.send(metadata).await.json();
        let methods = &metadata["token_endpoint_auth_methods_supported"];
        assert!(methods.as_array().expect("a list").contains(&json!("private_key_jwt")));
        let algorithms = &metadata["token_endpoint_auth_signing_alg_values_supported"];
        assert!(algorithms.as_array().expect("a list").contains(&json!("ES256")));
    }

    async fn cla_019_it_is_of_the_client_and_about_the_client(setup) {
        let world = start(setup).await;
        for change in [json!({ "sub": "other" }), json!({ "iss": "pk2" }), json!({ "sub": null }),
            json!({ "iss": null }), json!({ "sub": ["pk"] }), json!({ "sub": "pk2", "iss": "pk2", "x": 1 })]
        {
            if change["x"] == 1 {
                // That is another client, whose keys are the same here: fine, and not `pk`.
                let form = asserted(own_token(), &signed(&changed(claims("pk", "x"), change)));
                let form = with(form, "client_id", "pk");
                world.token(As::Nobody, &form).await.refused(400, "invalid_request");
            } else {
                refused(&world, change).await;
            }
        }
    }

    async fn cla_020_cla_021_the_audience_is_the_issuer_alone(setup) {
        let world = start(setup).await;
        let endpoint = format!("{ISSUER}/token");
        for audience in [json!(endpoint), json!([ISSUER]), json!([ISSUER, "https://evil.example"]),
            json!(format!("{ISSUER}/")), json!(""), json!([]), json!(7), Value::Null]
        {
            refused(&world, json!({ "aud": audience })).await;
        }
    }

    async fn cla_020_the_endpoint_is_an_audience_by_switch(setup) {
        let endpoint = format!("{ISSUER}/token");
        let method = PrivateKeyJwt::new().dangerous_endpoint_audience(&endpoint);
        let world = with_clients(setup, method).start().await;
        let claims = |aud: Value, id| changed(claims("pk", id), json!({ "aud": aud }));
        ask(&world, &signed(&claims(json!(endpoint), "1"))).await.is_ok();
        ask(&world, &signed(&claims(json!(ISSUER), "2"))).await.is_ok();
        let both = signed(&claims(json!([ISSUER, endpoint]), "3"));
        ask(&world, &both).await.refused(401, "invalid_client");
    }

    async fn cla_023_cla_024_cla_025_it_is_good_now_and_not_for_long(setup) {
        let world = start(setup).await;
        for change in [
            json!({ "exp": NOW - 300 }), json!({ "exp": NOW - 10 }), json!({ "exp": NOW + 86_400 }),
            json!({ "exp": NOW + 311 }), json!({ "exp": null }), json!({ "exp": "1790000060" }),
            json!({ "nbf": NOW + 61 }), json!({ "iat": NOW + 61 }), json!({ "nbf": "0" }),
        ] {
            refused(&world, change).await;
        }
        for (number, change) in [
            json!({ "nbf": NOW + 8 }), json!({ "iat": NOW + 8 }), json!({ "exp": NOW + 300 }),
            json!({ "exp": NOW - 5 }),
        ].into_iter().enumerate() {
            let claims = changed(claims("pk", &format!("{number}")), change);
            ask(&world, &signed(&claims)).await.is_ok();
        }
    }

    async fn cla_027_rac_008_of_a_hundred_with_one_assertion_one_wins(setup) {
        let world = start(setup).await;
        let form = asserted(own_token(), &signed(&claims("pk", "same")));
        let answers = race((0..100).map(|_| world.form("/token", As::Nobody, &form))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.refused(401, "invalid_client");
        }
    }

    async fn cla_028_another_client_may_have_the_same_jti(setup) {
        let world = start(setup).await;
        ask(&world, &signed(&claims("pk", "same"))).await.is_ok();
        ask(&world, &signed(&claims("pk2", "same"))).await.is_ok();
        ask(&world, &signed(&claims("pk2", "same"))).await.refused(401, "invalid_client");
        for token_id in [json!(null), json!(""), json!(7), json!("x".repeat(257))] {
            refused(&world, json!({ "jti": token_id })).await;
        }
    }

    async fn what_is_refused_for_another_reason_is_not_used_up(setup) {
        let world = start(setup).await;
        let early = signed(&changed(claims("pk", "once"), json!({ "nbf": NOW + 20 })));
        ask(&world, &early).await.refused(401, "invalid_client");
        world.clock.advance(20);
        ask(&world, &early).await.is_ok();
    }

    async fn cla_029_cla_030_the_key_says_which_algorithm(setup) {
        let world = start(setup).await;
        let claims = claims("pk", "alg").to_string();
        for alg in ["none", "None", "nOnE", "HS256", "RS256", "ES256", "EdDsa", ""] {
            for kid in ["EdDSA", "oct", "../EdDSA"] {
                let header = json!({ "alg": alg, "kid": kid }).to_string();
                let assertion = sign(SigningAlgorithm::EdDsa, &header, &claims);
                ask(&world, &assertion).await.refused(401, "invalid_client");
                let (unsigned, _) = assertion.rsplit_once('.').expect("three parts");
                ask(&world, &format!("{unsigned}.")).await.refused(401, "invalid_client");
            }
        }
        let missing = sign(SigningAlgorithm::EdDsa, r#"{"kid":"EdDSA"}"#, &claims);
        ask(&world, &missing).await.refused(401, "invalid_client");
        // By another key of the set than the one that is named.
        let other = sign(SigningAlgorithm::Es256, r#"{"alg":"ES256","kid":"EdDSA"}"#, &claims);
        ask(&world, &other).await.refused(401, "invalid_client");
    }

    async fn cla_037_a_shared_key_proves_nothing_though_its_client_publishes_it(setup) {
        let publisher = Publisher::default();
        let method = PrivateKeyJwt::new().fetch(publisher.clone());
        let world = with_clients(setup, method).start().await;
        let (own, secret) = (jwks()["keys"][0].clone(), [7_u8; 32]);
        let oct = json!({ "kty": "oct", "kid": "oct", "alg": "HS256",
            "k": BASE64_URL_SAFE_NO_PAD.encode(secret) });
        // Nor does what everybody knows: the bytes of the public key.
        let x = own["x"].as_str().expect("a key");
        let public = BASE64_URL_SAFE_NO_PAD.decode(x).expect("base64url");
        let claims = changed(claims("far", "1"), json!({ "exp": NOW + 240 }));
        for keys in [json!([oct]), json!([own, oct]), json!([oct, own])] {
            let published = Some(json!({ "keys": keys }));
            *publisher.instead.lock().expect("nobody panicked") = published;
            // The keys are fetched, and because of the secret among them none of them counts.
            ask(&world, &signed(&claims)).await.refused(401, "invalid_client");
            for header in [
                json!({ "alg": "HS256", "kid": "oct" }),
                json!({ "alg": "HS256", "kid": "EdDSA" }),
                json!({ "alg": "HS256" }),
            ] {
                for secret in [&secret[..], &public[..]] {
                    let assertion = hs256(&header, &claims, secret);
                    ask(&world, &assertion).await.refused(401, "invalid_client");
                }
            }
            world.clock.advance(60);
        }
        assert_eq!(publisher.asked.load(Ordering::Relaxed), 3);
        *publisher.instead.lock().expect("nobody panicked") = None;
        ask(&world, &signed(&claims)).await.is_ok();
    }

    async fn cla_031_a_registered_algorithm_is_the_only_one(setup) {
        let world = start(setup).await;
        ask(&world, &signed(&claims("es", "1"))).await.refused(401, "invalid_client");
        let header = r#"{"alg":"ES256","kid":"ES256"}"#;
        let claims = claims("es", "1").to_string();
        ask(&world, &sign(SigningAlgorithm::Es256, header, &claims)).await.is_ok();
    }

    async fn cla_035_a_client_id_beside_it_is_the_same(setup) {
        let world = start(setup).await;
        let form = asserted(own_token(), &signed(&claims("pk", "1")));
        let other = with(form.clone(), "client_id", "pk2");
        world.token(As::Nobody, &other).await.refused(400, "invalid_request");
        let secret = with(form.clone(), "client_secret", "x");
        world.token(As::Nobody, &with(secret, "client_id", "pk")).await.refused(400, "invalid_request");
        world.token(As::Basic("web"), &form).await.refused(400, "invalid_request");
        world.token(As::Nobody, &with(form, "client_id", "pk")).await.is_ok();
    }

    async fn cla_040_what_cannot_be_read_proves_nothing(setup) {
        let world = start(setup).await;
        let header = r#"{"alg":"EdDSA","kid":"EdDSA"}"#;
        let sound = claims("pk", "1").to_string();
        for (header, claims) in [
            ("null", sound.as_str()), ("[]", &sound), ("1", &sound), (r#""x""#, &sound),
            (header, "null"), (header, "[]"), (header, "1"), (header, r#""x""#), (header, ""),
        ] {
            let assertion = sign(SigningAlgorithm::EdDsa, header, claims);
            ask(&world, &assertion).await.refused(401, "invalid_client");
        }
        for text in ["x", "..", "a.b.c", "%00", &"x".repeat(20_000)] {
            ask(&world, text).await.refused(401, "invalid_client");
        }
        let untyped = with(own_token(), "client_assertion", &signed(&claims("pk", "2")));
        world.token(As::Nobody, &untyped).await.refused(401, "invalid_client");
        let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
        let saml = with(untyped, "client_assertion_type", saml);
        world.token(As::Nobody, &saml).await.refused(401, "invalid_client");
    }

    async fn cla_045_keys_are_fetched_and_kept(setup) {
        let publisher = Publisher::default();
        let method = PrivateKeyJwt::new().fetch(publisher.clone());
        let world = with_clients(setup, method).start().await;
        // The host is down: refused, and not asked again at once.
        publisher.down.store(true, Ordering::Relaxed);
        for id in ["1", "2"] {
            ask(&world, &signed(&claims("far", id))).await.refused(401, "invalid_client");
        }
        assert_eq!(publisher.asked.load(Ordering::Relaxed), 1);
        publisher.down.store(false, Ordering::Relaxed);
        world.clock.advance(30);
        for id in ["3", "4"] {
            ask(&world, &signed(&claims("far", id))).await.is_ok();
        }
        assert_eq!(publisher.asked.load(Ordering::Relaxed), 2);
    }

    async fn jwt_020_jwt_026_what_is_no_set_of_public_signing_keys_proves_nothing(setup) {
        let publisher = Publisher::default();
        let world = with_clients(setup, PrivateKeyJwt::new().fetch(publisher.clone())).start().await;
        let own = |change| changed(jwks()["keys"][0].clone(), change);
        let mut end = NOW;
        let mut at_next = async |published: Value, id: &str| {
            *publisher.instead.lock().expect("nobody panicked") = Some(published);
            world.clock.advance(60);
            end += 60;
            let claims = changed(claims("far", id), json!({ "exp": end + 60 }));
            ask(&world, &signed(&claims)).await
        };
        // So many, each with a name of its own; the last one signs.
        let named = |count: u32| {
            let others = (1..count).map(|number| own(json!({ "kid": number.to_string() })));
            json!({ "keys": others.chain([own(json!({}))]).collect::<Vec<_>>() })
        };
        let mut fetched = 0;
        for (number, published) in [
            json!({ "keys": [own(json!({ "use": "enc" }))] }),
            json!({ "keys": [own(json!({ "key_ops": ["encrypt"] }))] }),
            json!({ "keys": [own(json!({ "alg": "ES256" }))] }),
            json!({ "keys": [own(json!({ "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" }))] }),
            json!({ "keys": [own(json!({ "x": "AAAA" }))] }),
            json!({ "keys": vec![own(json!({})); 2] }),
            named(21),
            named(5_000),
            json!({ "keys": [] }),
            json!({ "keys": own(json!({})) }),
            json!([own(json!({}))]),
            own(json!({})),
            json!(null),
        ]
        .into_iter()
        .enumerate()
        {
            let answer = at_next(published, &number.to_string()).await;
            answer.refused(401, "invalid_client");
            fetched += 1;
            assert_eq!(publisher.asked.load(Ordering::Relaxed), fetched, "{number}");
        }
        at_next(named(20), "sound").await.is_ok();
    }

    /// RFC 9864 §2.2: two names of one algorithm.
    async fn ed25519_is_eddsa(setup) {
        let world = start(setup).await;
        ask(&world, &signed(&claims("ed", "1"))).await.is_ok();
        let named = |claims: Value| {
            sign(SigningAlgorithm::EdDsa, r#"{"alg":"Ed25519","kid":"EdDSA"}"#, &claims.to_string())
        };
        ask(&world, &named(claims("ed", "2"))).await.is_ok();
        let header = r#"{"alg":"ES256","kid":"ES256"}"#;
        let other = sign(SigningAlgorithm::Es256, header, &claims("ed", "3").to_string());
        ask(&world, &other).await.refused(401, "invalid_client");
    }

    async fn jwt_021_short_rsa_keys_prove_nothing(setup) {
        let clients = [(&RSA_1024, "rsa1024"), (&RSA_2048, "rsa2048")];
        let setup = clients.into_iter().fold(setup, |setup, (rsa, id)| {
            let jwks = json!({ "keys": [{ "kty": "RSA", "e": "AQAB", "n": rsa.modulus }] });
            setup.client(client(id).jwks(jwks).build().expect("a sound client"))
        });
        let world = start(setup).await;
        let assertion = |rsa: &Rsa, id| {
            let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
            let claims = format!(
                r#"{{"iss":"{id}","sub":"{id}","aud":"{ISSUER}","jti":"1","exp":{}}}"#,
                NOW + 60
            );
            format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), part(&claims), rsa.signature)
        };
        ask(&world, &assertion(&RSA_1024, "rsa1024")).await.refused(401, "invalid_client");
        ask(&world, &assertion(&RSA_2048, "rsa2048")).await.is_ok();
    }

    async fn dos_015_names_of_keys_that_are_not_there_are_no_reason_to_fetch(setup) {
        let publisher = Publisher::default();
        let world = with_clients(setup, PrivateKeyJwt::new().fetch(publisher.clone())).start().await;
        ask(&world, &signed(&claims("far", "1"))).await.is_ok();
        for fetched in [1, 2] {
            for number in 0..20 {
                let header = json!({ "alg": "EdDSA", "kid": format!("random {fetched} {number}") });
                let claims = claims("far", &number.to_string()).to_string();
                let assertion = sign(SigningAlgorithm::EdDsa, &header.to_string(), &claims);
                ask(&world, &assertion).await.refused(401, "invalid_client");
            }
            assert_eq!(publisher.asked.load(Ordering::Relaxed), fetched);
            world.clock.advance(60);
        }
        let later = changed(claims("far", "2"), json!({ "exp": NOW + 240 }));
        ask(&world, &signed(&later)).await.is_ok();
    }

    async fn jwt_024_a_key_that_its_client_took_back_signs_nothing(setup) {
        let publisher = Publisher::default();
        let world = with_clients(setup, PrivateKeyJwt::new().fetch(publisher.clone())).start().await;
        ask(&world, &signed(&claims("far", "1"))).await.is_ok();
        publisher.withdrawn.store(true, Ordering::Relaxed);
        world.clock.advance(300);
        let later = |client, id| changed(claims(client, id), json!({ "exp": NOW + 400 }));
        ask(&world, &signed(&later("far", "2"))).await.refused(401, "invalid_client");
        // The other one is still there, and so is that of a client that keeps its own in its record.
        let header = r#"{"alg":"ES256","kid":"ES256"}"#;
        let other = sign(SigningAlgorithm::Es256, header, &later("far", "3").to_string());
        ask(&world, &other).await.is_ok();
        ask(&world, &signed(&later("pk", "4"))).await.is_ok();
        let only = client("pk").jwks(json!({ "keys": [jwks()["keys"][1]] })).build();
        world.change("pk", |client| *client = only.expect("a client")).await;
        ask(&world, &signed(&later("pk", "5"))).await.refused(401, "invalid_client");
    }

    async fn sto_012_while_nobody_remembers_nothing_is_accepted(setup) {
        let setup = with_clients(setup, PrivateKeyJwt::new());
        let world = setup.start().await;
        let server = world.builder().client_auth(PrivateKeyJwt::new()).replay_store(world.store.clone());
        let adapter = oauth_core_tests::Adapter::Axum;
        let world = world.beside(adapter, server.build().expect("a server"));
        let assertion = signed(&claims("pk", "1"));
        // The client is read, then the key is remembered.
        world.store.fail_call(2, oauth_core_testkit::Fault::Before);
        ask(&world, &assertion).await.refused(503, "temporarily_unavailable");
        ask(&world, &assertion).await.is_ok();
        ask(&world, &assertion).await.refused(401, "invalid_client");
    }
}

scenarios! {
    async fn cla_022_a_secret_signs_where_the_host_knows_it(setup) {
        let setup = with_clients(setup, PrivateKeyJwt::new());
        let hash = SecretHash::of_generated(&Secret::new(SHARED));
        let secret = vec![ClientSecret { hash: hash.clone(), expires_at: None }];
        let shared = Client::confidential("shared", hash).redirect_uri(CALLBACK).scope("read");
        let shared = shared.token_endpoint_auth_method("client_secret_jwt");
        let shared = shared.grant_types(["authorization_code", "client_credentials"]);
        let ends = |at| {
            let hash = SecretHash::of_generated(&Secret::new(SHARED));
            vec![ClientSecret { hash, expires_at: Some(Timestamp::from_unix(at)) }]
        };
        let of = |id: &str, secrets| {
            let shared = shared.clone().with(|client| client.secrets = secrets);
            shared.with(|client| client.client_id = id.into()).build().expect("a sound client")
        };
        let world = setup
            .server(|builder| builder.client_auth(ClientSecretJwt::new(OneSecret)))
            .client(of("shared-until-later", ends(NOW + 100)))
            .client(of("shared-until-now", ends(NOW)))
            .client(of("shared", secret))
            .start()
            .await;
        let hs256 = |claims: &Value, secret: &str| {
            hs256(&json!({ "alg": "HS256" }), claims, secret.as_bytes())
        };
        let good = hs256(&claims("shared", "1"), SHARED);
        ask(&world, &good).await.is_ok();
        ask(&world, &good).await.refused(401, "invalid_client");
        for (claims, secret) in [
            (claims("shared", "2"), "another secret, as long as the first"),
            (claims("shared", "2"), ""),
            (claims("pk", "2"), SHARED),
            (claims("web", "2"), SECRET),
            (changed(claims("shared", "2"), json!({ "aud": [ISSUER] })), SHARED),
            (changed(claims("shared", "2"), json!({ "exp": NOW - 300 })), SHARED),
        ] {
            ask(&world, &hs256(&claims, secret)).await.refused(401, "invalid_client");
        }
        // CLA-016: what is over in the record is over here, too.
        ask(&world, &hs256(&claims("shared-until-later", "3"), SHARED)).await.is_ok();
        let over = hs256(&claims("shared-until-now", "3"), SHARED);
        ask(&world, &over).await.refused(401, "invalid_client");
        // Neither the secret itself nor a key of somebody's does in its place.
        let plain = world.token(As::BasicWith("shared", SHARED), &own_token()).await;
        plain.refused(401, "invalid_client");
        ask(&world, &signed(&claims("shared", "2"))).await.refused(401, "invalid_client");
        let shown = world.request(Method::GET, "/.well-known/oauth-authorization-server");
        let shown = world.send(shown).await.json();
        let algorithms = &shown["token_endpoint_auth_signing_alg_values_supported"];
        assert!(algorithms.as_array().expect("a list").contains(&json!("HS256")));
    }
}

const SHARED: &str = "the secret that both of us know, 0123456789";

#[derive(Debug)]
struct OneSecret;

#[async_trait]
impl SharedSecrets for OneSecret {
    async fn shared_secret(
        &self,
        _: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Secret>, StoreError> {
        Ok(client_id.as_str().starts_with("shared").then(|| Secret::new(SHARED)))
    }
}

/// A key, and what it signed of `jwt_021_short_rsa_keys_prove_nothing`. No private key is left of it.
struct Rsa {
    modulus: &'static str,
    signature: &'static str,
}

const RSA_1024: Rsa = Rsa {
    modulus: "\
        3TKJc-A2lhRN0YPc4nMtug1TrM81SbiPKPqNC3on2SAX06VYliR28MMClmnfuZHp0OdTu6NoEq4rIV0d\
        xiaHlaOAVrU3YvNl_G-S84495am5m-4sZFUbscrG0ewESqz22i8_iH4PAap2IM7NZCXyXea5YszWJxq-\
        O4J_OVLgmAU",
    signature: "\
        tPg-mbonVzuK9H6L9-WCBSz0uCBSP1jlG91yuVJGDa1BGQ_IT-2pLqkkAPV_ImBjCuSzkKo2H2xihpcs\
        MH6NGEmbseS4QexMk-xd40akTgYw2ZyG6AGiDqM0n5iOAwbkH0wSa2dgKv7VJcQj7i_9JNCCB0c5mdJS\
        eYTSQGa6mNs",
};

const RSA_2048: Rsa = Rsa {
    modulus: "\
        pfCE_0hP-pNgbdyngX4yAgRtp-Dcf9ArlegOsiEjv_v1OKwqjdgWFAo7GrOVEc2Amf-HIZp8h10FPiy4\
        6XA6PloeJIe8xL3DZAfOtiOdp2vpG9ljwI2J1_DBzCf3Dp6sALXzXbrcprlJPnrzeDjCFC8eE72Q5VxU\
        uUsw_ssW1TTQzygaMCOgYGWAOHAk7oJTt9170T-sNtbhrfMy20-r0FLOau7ozDrdKle5XqMBHeYOWUbC\
        zFx9rFyR_Im2HsdfAuZvtr6wCaeEikocg2WlwcLFZ_F8_s4Bym8SGw-0diOMDjvUlqwxowTtZytSf44R\
        2si5pdaDs9NGZwFaTCO8xQ",
    signature: "\
        aNoQ-70f4gA4ja0_vqeQOJud2Sp7hr-UAlal39eUesRJTHuzvmMtjteOCKIlZUL_9GG9iGp1gXRJmy2N\
        jCQ1fqLhLfPz3kH-CP3H1CVc-Bi7quD-4oa2s6iYUrJKZapospQDl1v9gtPOq03WJvnqg0I1YnS9pQb-\
        MjmjlbzBU7bCRSMeQgwv_stqHK70_EbmGSpSDUyCd5yuG_yF81tUEPY0S98rxqABBLAf8Yk9ld10UBQe\
        -H5RUj5RmbaxlCb2tw3Nqq4GsMXD1pnGtq__ibQV8q5fC2JuVOt_5hl7hJGa9rpNg5ofLceeCC3_5D9d\
        l7DZw4XoFr2kMcpZzcAsoA",
};

/// Serves the keys of `far`, unless it is down; without the first one once that was withdrawn, or
/// something else instead.
#[derive(Clone, Debug, Default)]
struct Publisher {
    down: Arc<AtomicBool>,
    withdrawn: Arc<AtomicBool>,
    instead: Arc<Mutex<Option<Value>>>,
    asked: Arc<AtomicU32>,
}

#[async_trait]
impl Fetch for Publisher {
    async fn fetch(&self, request: Request, _: usize) -> Result<Response, FetchFailed> {
        assert_eq!(request.uri(), JWKS_URI);
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.down.load(Ordering::Relaxed) {
            return Err(FetchFailed::TimedOut);
        }
        let mut jwks = jwks();
        if self.withdrawn.load(Ordering::Relaxed) {
            jwks["keys"].as_array_mut().expect("a list").remove(0);
        }
        let instead = self.instead.lock().expect("nobody panicked").clone();
        let mut answer = Response::new(instead.unwrap_or(jwks).to_string().into_bytes().into());
        let json = http::HeaderValue::from_static("application/jwk-set+json");
        answer.headers_mut().insert(http::header::CONTENT_TYPE, json);
        Ok(answer)
    }
}
