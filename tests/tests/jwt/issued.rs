//! What a JWT access token says, who gets one, and how it ends.

use std::collections::HashSet;

use oauth_core::{
    clock::Clock as _,
    keys::{AccessTokenClaims, LocalSigner, SigningKeys, TokenToSign},
    model::{
        AccessTokenFormat, Client, Introspects, Resource, ResourceId, Scope, Secret, SecretHash,
    },
    store::StoreError,
};
use oauth_core_tests::{
    World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, ISSUER, Tokens, authz, code_for, params, refresh_for, with},
};
use serde_json::{Map, Value, json};

use crate::{ed25519, jwks, jwts, kid, ok, p256, part};

/// Adds the tier of the grant, and whatever else the grant's subject is called.
#[derive(Debug)]
struct Hook(&'static str);

#[async_trait::async_trait]
impl AccessTokenClaims for Hook {
    async fn claims(&self, token: &TokenToSign<'_>) -> Result<Map<String, Value>, StoreError> {
        let mut claims = Map::new();
        claims.insert("tier".to_owned(), token.grant.claims["tier"].clone());
        claims.insert(self.0.to_owned(), json!("x"));
        Ok(claims)
    }
}

fn resource(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("a resource")
}

fn confidential(id: &str) -> oauth_core::model::ClientBuilder {
    Client::confidential(id, SecretHash::of_generated(&Secret::new(SECRET)))
        .redirect_uri(CALLBACK)
        .scope("read write offline_access")
}

async fn token_for(world: &World, client: &str, resource: Option<&str>) -> String {
    let mut asked = with(authz(), "client_id", client);
    if let Some(resource) = resource {
        asked = with(asked, "resource", resource);
    }
    let code = world.authorize(&asked).await.redirected(CALLBACK).remove("code").expect("a code");
    Tokens::of(world.token(As::Basic(client), &code_for(&code)).await.is_ok()).access
}

fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

scenarios! {
    async fn jwt_029_a_token_says_what_rfc_9068_asks_for(setup) {
        let world = setup.server(jwts).start().await;
        let now = world.clock.now().unix();
        let asked = with(authz(), "scope", "read write");
        let code = world.authorize(&asked).await.redirected(CALLBACK).remove("code").expect("a code");
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        let token = answer.is_ok().text("access_token");
        let head = part(&token, 0);
        assert_eq!(Value::from(head), json!({ "alg": "ES256", "typ": "at+jwt", "kid": kid(&p256()) }));
        let mut claims = part(&token, 1);
        let jti = claims.remove("jti").expect("a jti");
        assert_eq!(jti.as_str().expect("a text").len(), 22, "128 random bits");
        assert!(claims.remove("grant_id").is_some());
        assert_eq!(Value::from(claims), json!({
            "iss": ISSUER, "sub": "alice", "client_id": "web", "aud": ISSUER, "scope": "read write",
            "iat": now, "exp": now + 600, "auth_time": now,
        }));
        assert_eq!(answer.json()["expires_in"], 600);
        assert!(crate::is_signed_by(&token, &jwks(&world).await));
        let access = ok(&world.get("/resource", &token).await).json();
        assert_eq!(access["sub"], "alice");
        assert_eq!(access["claims"], json!({}), "what the host keeps is not shown to the client");
        assert!(world.is_active(&token).await);
    }

    async fn a_client_that_acts_for_itself_is_the_subject_and_no_resource_owner(setup) {
        let world = setup.server(jwts).start().await;
        let token = world.machine_token().await;
        let claims = part(&token, 1);
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("m2m"), &json!("m2m")));
        let access = ok(&world.get("/resource", &token).await).json();
        assert_eq!(access["sub"], json!(null));
        assert_eq!(world.introspect(&token).await["sub"], json!(null));
        // Nobody is taken for the client: who has its name gets nothing.
        let answer = world.send(world.authorization(&authz()).header("x-user", "web")).await;
        let code = answer.redirected(CALLBACK).remove("code").expect("a code");
        world.token(As::Basic("web"), &code_for(&code)).await.refused(500, "server_error");
    }

    async fn no_two_tokens_are_the_same(setup) {
        let world = setup.server(jwts).start().await;
        let mut seen = HashSet::new();
        for _ in 0..5 {
            let token = world.machine_token().await;
            assert!(seen.insert(part(&token, 1)["jti"].clone()));
        }
    }

    async fn resource_client_and_server_decide_in_this_order(setup) {
        let world = setup
            .client(confidential("jwt").access_token_format(AccessTokenFormat::Jwt).build().expect("a client"))
            .server(|builder| {
                let scope = || Scope::parse("read write").expect("a scope");
                let own = |name, format| Resource::new(resource(name)).scopes(scope()).access_token_format(format);
                builder
                    .signing_keys(SigningKeys::fixed([LocalSigner::new(ed25519())]))
                    .resource(own("https://jwt.example", AccessTokenFormat::Jwt))
                    .resource(own("https://opaque.example", AccessTokenFormat::Opaque))
            })
            .start()
            .await;
        for (client, resource, expected) in [
            ("web", None, false),
            ("jwt", None, true),
            ("web", Some("https://jwt.example"), true),
            ("jwt", Some("https://opaque.example"), false),
            ("jwt", Some("https://a.example"), true),
        ] {
            let token = token_for(&world, client, resource).await;
            assert_eq!(is_jwt(&token), expected, "{client} {resource:?}");
            assert_eq!(world.introspect(&token).await["active"], true);
            if expected {
                assert_eq!(part(&token, 0)["alg"], "EdDSA");
                assert_eq!(part(&token, 1)["aud"], resource.unwrap_or(ISSUER));
            }
        }
        let token = token_for(&world, "jwt", Some("https://a.example")).await;
        ok(&world.get("/only-a", &token).await);
        let token = token_for(&world, "web", Some("https://jwt.example")).await;
        world.get("/only-a", &token).await.challenge(401, "invalid_token");
    }

    async fn an_audience_of_several_is_a_list_and_a_default_can_be_set(setup) {
        let world = setup
            .server(|builder| jwts(builder).default_audience(resource("https://api.example")))
            .start()
            .await;
        let asked = with(authz(), "resource", "https://a.example");
        let asked = oauth_core_tests::world::again(asked, "resource", "https://b.example");
        let code = world.authorize(&asked).await.redirected(CALLBACK).remove("code").expect("a code");
        let tokens = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        let aud = json!(["https://a.example", "https://b.example"]);
        assert_eq!(part(&tokens.access, 1)["aud"], aud);
        assert_eq!(world.introspect(&tokens.access).await["aud"], aud);
        ok(&world.get("/only-a", &tokens.access).await);
        let token = world.machine_token().await;
        assert_eq!(part(&token, 1)["aud"], "https://api.example");
        assert!(world.is_active(&token).await);
    }

    async fn a_refreshed_token_is_a_jwt_again_and_keeps_the_audience(setup) {
        let world = setup.server(jwts).start().await;
        let first = world.tokens().await;
        let second = Tokens::of(world.token(As::Basic("web"), &refresh_for(&first.refresh)).await.is_ok());
        let (one, other) = (part(&first.access, 1), part(&second.access, 1));
        assert_eq!(one["aud"], other["aud"]);
        assert_eq!(one["grant_id"], other["grant_id"]);
        assert_ne!(one["jti"], other["jti"]);
    }

    async fn int_017_a_revoked_jwt_is_inactive_and_refused_where_the_store_is_asked(setup) {
        let world = setup.server(jwts).start().await;
        for grant in [false, true] {
            let tokens = world.tokens().await;
            for path in ["/resource", "/live", "/live-inside"] {
                ok(&world.get(path, &tokens.access).await);
            }
            let revoked = if grant { &tokens.refresh } else { &tokens.access };
            world.post("/revoke", As::Basic("web"), &params([("token", revoked)])).await.is_ok();
            assert_eq!(world.introspect(&tokens.access).await, json!({ "active": false }));
            world.get("/live", &tokens.access).await.challenge(401, "invalid_token");
            world.get("/live-inside", &tokens.access).await.challenge(401, "invalid_token");
            // Here nobody is asked: it is good until it expires.
            ok(&world.get("/resource", &tokens.access).await);
        }
        world.clock.advance(600);
        let token = world.machine_token().await;
        world.clock.advance(599);
        assert!(world.is_active(&token).await);
        world.clock.advance(1);
        assert!(!world.is_active(&token).await);
    }

    async fn a_client_that_is_switched_off_has_no_live_tokens(setup) {
        let world = setup.server(jwts).start().await;
        let token = world.machine_token().await;
        world.change("m2m", |client| client.disabled = true).await;
        world.get("/live", &token).await.challenge(401, "invalid_token");
        assert_eq!(world.introspect(&token).await, json!({ "active": false }));
    }

    async fn only_who_may_introspect_a_jwt_does(setup) {
        let own = Introspects::Audience(vec![resource("https://a.example")]);
        let world = setup
            .client(confidential("rs_a").grant_types([]).introspects(own).build().expect("a client"))
            .server(jwts)
            .start()
            .await;
        let token = token_for(&world, "web", Some("https://a.example")).await;
        let other = token_for(&world, "web", None).await;
        for (token, active) in [(&token, true), (&other, false)] {
            let asked = params([("token", token)]);
            let answer = world.post("/introspect", As::Basic("rs_a"), &asked).await;
            assert_eq!(answer.is_ok().json()["active"], active);
        }
    }

    async fn a_host_adds_claims_and_not_the_servers_own(setup) {
        let world = setup.server(|builder| jwts(builder).access_token_claims(Hook("https://x.example/c"))).start().await;
        let token = world.tokens().await.access;
        let claims = part(&token, 1);
        assert_eq!((&claims["tier"], &claims["https://x.example/c"]), (&json!("gold"), &json!("x")));
        let access = ok(&world.get("/resource", &token).await).json();
        assert_eq!(access["claims"], json!({ "tier": "gold", "https://x.example/c": "x" }));
        for reserved in ["iss", "sub", "aud", "exp", "scope", "client_id", "cnf", "act", "jti", "grant_id"] {
            let other = world.node_with(oauth_core_tests::Adapter::Axum, |builder, _| {
                jwts(builder).access_token_claims(Hook(reserved))
            }).await;
            let code = other.code().await;
            other.token(As::Basic("web"), &code_for(&code)).await.refused(500, "server_error");
            // Nothing was written: the code is good where the hook is.
            world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        }
        assert!(world.events.heard("is the server's own"));
    }

    async fn a_token_that_no_guard_would_read_is_not_issued(setup) {
        let world = setup.server(|builder| jwts(builder).access_token_claims(Huge)).start().await;
        let code = world.code().await;
        world.token(As::Basic("web"), &code_for(&code)).await.refused(500, "server_error");
    }

    async fn a_client_with_jwts_gets_none_where_there_are_no_keys(setup) {
        let client = confidential("jwt").access_token_format(AccessTokenFormat::Jwt);
        let world = setup.client(client.build().expect("a client")).start().await;
        let asked = with(authz(), "client_id", "jwt");
        let code = world.authorize(&asked).await.redirected(CALLBACK).remove("code").expect("a code");
        world.token(As::Basic("jwt"), &code_for(&code)).await.refused(500, "server_error");
        assert!(world.events.heard("no signing keys"));
    }
}

#[derive(Debug)]
struct Huge;

#[async_trait::async_trait]
impl AccessTokenClaims for Huge {
    async fn claims(&self, _: &TokenToSign<'_>) -> Result<Map<String, Value>, StoreError> {
        Ok([("huge".to_owned(), json!("x".repeat(3_200)))].into_iter().collect())
    }
}
