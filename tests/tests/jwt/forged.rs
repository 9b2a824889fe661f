//! Tokens that nobody should take, at guards that have the key they may be signed with.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    clock::Clock as _,
    crypto::{PrivateKey, hmac_sha256},
};
use oauth_core_tests::{World, scenarios, world::ISSUER};
use serde_json::{Value, json};

use crate::{ed25519, forge, header, jwts, kid, ok, p256};

fn claims(world: &World) -> Value {
    let now = world.clock.now().unix();
    json!({ "iss": ISSUER, "sub": "alice", "client_id": "web", "aud": ISSUER, "scope": "read write",
        "iat": now, "exp": now + 600, "jti": "x" })
}

/// A token of the server's own key with one member of header or claims changed; null removes it.
fn changed(world: &World, head: Value, body: Value) -> String {
    let key = p256();
    let (mut header, mut claims) = (header(&key), claims(world));
    for (own, change) in [(&mut header, head), (&mut claims, body)] {
        for (name, value) in change.as_object().expect("changes") {
            let own = own.as_object_mut().expect("an object");
            match value {
                Value::Null => drop(own.remove(name)),
                value => drop(own.insert(name.clone(), value.clone())),
            }
        }
    }
    forge(&key, &header.to_string(), &claims.to_string())
}

fn with_signature(token: &str, signature: &[u8]) -> String {
    let (signed, _) = token.rsplit_once('.').expect("a JWT");
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

async fn refuses(world: &World, what: &str, token: &str) {
    for path in ["/resource", "/layered", "/live", "/maybe"] {
        let answer = world.get(path, token).await;
        assert_eq!(answer.status, 401, "{what} at {path}: {answer:?}");
        answer.challenge(401, "invalid_token");
    }
}

/// That the tokens of a test are refused for what was changed, and nothing else.
async fn accepts_the_unchanged(world: &World) {
    let token = changed(world, json!({}), json!({}));
    ok(&world.get("/resource", &token).await);
    // Its signature is good, and yet nobody issued it.
    world.get("/live", &token).await.challenge(401, "invalid_token");
}

fn attacker() -> PrivateKey {
    ed25519()
}

scenarios! {
    async fn jwt_001_jwt_025_another_algorithm_is_refused(setup) {
        let world = setup.server(jwts).start().await;
        accepts_the_unchanged(&world).await;
        let good = changed(&world, json!({}), json!({}));
        for alg in ["none", "None", "NONE", "nOnE", "", "RS1", "HS256", "RS256", "EdDSA", "ES384", "es256"] {
            let token = changed(&world, json!({ "alg": alg }), json!({}));
            refuses(&world, alg, &token).await;
            refuses(&world, alg, &with_signature(&token, b"")).await;
        }
        refuses(&world, "no signature", &with_signature(&good, b"")).await;
        // The public key as a shared secret (RFC 8725 §2.1).
        let jwk = crate::jwks(&world).await["keys"][0].clone();
        let point = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("a text")).expect("base64url");
        let raw = [point("x"), point("y")].concat();
        let sec1 = [vec![4], raw.clone()].concat();
        for secret in [raw, sec1, jwk.to_string().into_bytes()] {
            let token = changed(&world, json!({ "alg": "HS256" }), json!({}));
            let (signed, _) = token.rsplit_once('.').expect("a JWT");
            let tag = hmac_sha256(&secret, signed.as_bytes()).expect("a tag");
            refuses(&world, "HS256", &with_signature(&token, &tag)).await;
        }
    }

    async fn jwt_004_a_header_brings_no_key(setup) {
        let world = setup.server(jwts).start().await;
        accepts_the_unchanged(&world).await;
        let key = attacker();
        let jwk = oauth_core::jwt::to_jwk(key.public_key(), &kid(&p256()));
        for (name, value) in [
            ("jwk", jwk.clone()),
            ("jku", json!("https://evil.example/jwks")),
            ("x5u", json!("https://evil.example/cert")),
            ("x5c", json!(["MIIB"])),
        ] {
            for named in [kid(&p256()), kid(&key)] {
                let mut head = header(&key);
                head[name] = value.clone();
                head["kid"] = json!(named);
                let token = forge(&key, &head.to_string(), &claims(&world).to_string());
                refuses(&world, name, &token).await;
            }
        }
        // They are not forbidden: the key is the server's own, and they are not looked at.
        let token = changed(&world, json!({ "jwk": jwk, "jku": "https://evil.example" }), json!({}));
        ok(&world.get("/resource", &token).await);
    }

    async fn a_name_finds_a_key_and_nothing_else(setup) {
        let world = setup.server(jwts).start().await;
        for name in ["", "x", "../../../../dev/null", "' OR 1=1 --", "a\0b", "*"] {
            refuses(&world, name, &changed(&world, json!({ "kid": name }), json!({}))).await;
        }
        for name in [json!(null), json!(0), json!([kid(&p256())])] {
            refuses(&world, "kid", &changed(&world, json!({ "kid": name }), json!({}))).await;
        }
        // A key of another server, under its own name and under ours.
        for name in [kid(&p256()), kid(&attacker())] {
            let head = json!({ "alg": "EdDSA", "kid": name, "typ": "at+jwt" });
            let token = forge(&attacker(), &head.to_string(), &claims(&world).to_string());
            refuses(&world, "another's key", &token).await;
        }
    }

    async fn int_014_jwt_013_a_jwt_of_another_type_is_refused(setup) {
        let world = setup.server(jwts).start().await;
        for typ in [
            json!(null), json!("JWT"), json!("dpop+jwt"), json!("logout+jwt"), json!(1), json!(""),
            json!("token-introspection+jwt"), json!("oauth-authz-req+jwt"), json!("at"),
        ] {
            refuses(&world, "typ", &changed(&world, json!({ "typ": typ }), json!({}))).await;
        }
        for typ in ["application/at+jwt", "AT+JWT"] {
            ok(&world.get("/resource", &changed(&world, json!({ "typ": typ }), json!({}))).await);
        }
    }

    async fn jwt_005_what_must_be_understood_is_not(setup) {
        let world = setup.server(jwts).start().await;
        for crit in [json!(["bork"]), json!([]), json!(["exp"]), json!("b64"), json!(["b64"])] {
            refuses(&world, "crit", &changed(&world, json!({ "crit": crit, "b64": false }), json!({}))).await;
            refuses(&world, "crit", &changed(&world, json!({ "crit": crit }), json!({}))).await;
        }
    }

    async fn jwt_006_jwt_007_jwt_027_times_are_numbers_and_now(setup) {
        let world = setup.server(jwts).start().await;
        accepts_the_unchanged(&world).await;
        let now = world.clock.now().unix();
        for exp in [json!(null), json!("1"), json!(format!("{}", now + 60)), json!(-1), json!(now), json!(now - 1), json!([]), json!(u64::MAX)] {
            refuses(&world, "exp", &changed(&world, json!({}), json!({ "exp": exp }))).await;
        }
        for (name, value) in [
            ("nbf", json!(now + 11)), ("nbf", json!(now + 70)), ("nbf", json!("0")), ("iat", json!(now + 11)),
            ("iat", json!(null)), ("iat", json!("0")), ("iat", json!(-1)), ("auth_time", json!("0")),
        ] {
            refuses(&world, name, &changed(&world, json!({}), json!({ name: value }))).await;
        }
        for (name, value) in [("nbf", json!(now + 10)), ("iat", json!(now + 10)), ("exp", json!(now as f64 + 1.5))] {
            ok(&world.get("/resource", &changed(&world, json!({}), json!({ name: value }))).await);
        }
    }

    async fn jwt_014_claims_have_their_types(setup) {
        let world = setup.server(jwts).start().await;
        for (name, value) in [
            ("iss", json!("https://evil.example")), ("iss", json!(null)), ("iss", json!([ISSUER])),
            ("iss", json!(format!("{ISSUER}/"))), ("iss", json!(format!("{ISSUER}/tenant"))),
            ("aud", json!(null)), ("aud", json!([])), ("aud", json!([1])), ("aud", json!([ISSUER, 1])),
            ("aud", json!("https://other.example")), ("aud", json!({})),
            ("sub", json!(null)), ("sub", json!(1)), ("client_id", json!(null)), ("client_id", json!(["web"])),
            ("scope", json!(["read"])), ("scope", json!("read\nwrite")), ("jti", json!(null)), ("jti", json!(1)),
        ] {
            refuses(&world, name, &changed(&world, json!({}), json!({ name: value }))).await;
        }
        let several = json!(["https://other.example", ISSUER]);
        ok(&world.get("/resource", &changed(&world, json!({}), json!({ "aud": several }))).await);
    }

    async fn jwt_008_jwt_016_jwt_017_jwt_018_there_is_one_way_to_write_it(setup) {
        let world = setup.server(jwts).start().await;
        let key = p256();
        let (head, body) = (header(&key).to_string(), claims(&world).to_string());
        let twice = |text: &str, member: &str| format!("{{{member},{}", &text[1..]);
        for (head, body) in [
            (twice(&head, r#""alg":"none""#), body.clone()),
            (twice(&head, r#""kid":"x""#), body.clone()),
            (head.clone(), twice(&body, r#""iss":"b""#)),
            (head.clone(), twice(&body, r#""x":{"a":1,"a":2}"#)),
            (head.clone(), format!("{body} {{}}")),
            (head.clone(), "[]".to_owned()),
            (head.clone(), String::new()),
            (head.clone(), twice(&body, &format!(r#""x":{}1{}"#, "[".repeat(60), "]".repeat(60)))),
            (head.clone(), twice(&body, r#""x":1e400"#)),
        ] {
            refuses(&world, &format!("{head}.{body}"), &forge(&key, &head, &body)).await;
        }
        let good = forge(&key, &head, &body);
        for text in [format!("{good}=="), format!("{good}."), format!(".{good}"), format!("{good}.x"), good.replace('.', "..")] {
            refuses(&world, &text, &text).await;
        }
        // The last character of the signature carries four bits that must be zero.
        let last = good.chars().last().expect("a character");
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let at = alphabet.find(last).expect("base64url");
        let loose = format!("{}{}", &good[..good.len() - 1], &alphabet[at + 1..at + 2]);
        refuses(&world, "bits that are not zero", &loose).await;
        ok(&world.get("/resource", &good).await);
    }

    async fn jwt_015_a_signature_has_its_form(setup) {
        let world = setup.server(jwts).start().await;
        let good = changed(&world, json!({}), json!({}));
        let der = [&[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01][..]].concat();
        for signature in [vec![0; 64], vec![0; 63], vec![0; 65], vec![0xff; 64], der, b"x".to_vec()] {
            refuses(&world, "signature", &with_signature(&good, &signature)).await;
        }
        let tampered = changed(&world, json!({}), json!({ "sub": "bob" }));
        let (_, signature) = good.rsplit_once('.').expect("a JWT");
        let (signed, _) = tampered.rsplit_once('.').expect("a JWT");
        refuses(&world, "another's signature", &format!("{signed}.{signature}")).await;
    }

    async fn jwt_009_a_huge_token_is_not_read(setup) {
        let world = setup.server(jwts).start().await;
        // What is longer than 4 KiB is no token (RFC 6750 leaves the limit to the server).
        let token = changed(&world, json!({}), json!({ "x": "y".repeat(4_000) }));
        for path in ["/resource", "/layered", "/live"] {
            world.get(path, &token).await.challenge(400, "invalid_request");
        }
        let token = changed(&world, json!({ "x": "y".repeat(2_000) }), json!({}));
        ok(&world.get("/resource", &token).await);
    }
}
