//! What a host adds: a grant type of its own, and a way of its own for clients to prove who they are.

use async_trait::async_trait;
use oauth_core::{
    client_auth::{ClientAuth, ClientRequest, Presented},
    context::Context,
    error::Error,
    grant_type::{Decision, GrantType, NewGrant, TokenRequest},
    model::{Client, ClientBuilder, ClientId, Scope, Secret, SecretHash},
    wire::ErrorCode,
};
use oauth_core_tests::{
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, Tokens, basic, params, refresh_for, with},
};
use reqwest::Method;

const BADGE: &str = "urn:example:badge";

/// Whoever has a badge gets tokens.
#[derive(Debug)]
struct BadgeGrant;

#[async_trait]
impl GrantType for BadgeGrant {
    fn name(&self) -> &str {
        BADGE
    }

    async fn decide(&self, request: &TokenRequest<'_>) -> Result<Decision, Error> {
        let badge =
            request.params.get("badge").ok_or(Error::invalid_request("badge is missing"))?;
        if badge == "later" {
            let code = ErrorCode::Other("authorization_pending");
            return Err(Error::refused(code, "nobody has answered yet"));
        }
        let subject = badge.strip_prefix("badge-of-");
        let subject = subject.ok_or(Error::invalid_grant("the badge is not valid"))?;
        let scope = Scope::parse("read")
            .map_err(|_| Error::refused(ErrorCode::InvalidScope, "scope is malformed"))?;
        let grant = NewGrant::for_subject(subject).refresh_token().claim("badge", true);
        Ok(Decision::new_grant(grant.auth_time(request.context.now()), scope))
    }
}

/// Clients say who they are in a header, and prove it in another.
#[derive(Debug)]
struct HeaderAuth;

#[async_trait]
impl ClientAuth for HeaderAuth {
    fn method(&self) -> &str {
        "x_header"
    }

    fn presented(&self, request: &ClientRequest<'_>) -> Result<Option<Presented>, Error> {
        let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(id), Some(proof)) = (header("x-client"), header("x-proof")) else {
            return Ok(None);
        };
        Ok(Some(Presented { client_id: ClientId::from(id), evidence: Secret::new(proof) }))
    }

    async fn verify(&self, _: &Context, client: &Client, evidence: &Secret) -> Result<bool, Error> {
        Ok(evidence.expose() == format!("I am {}", client.client_id))
    }
}

fn confidential(id: &str) -> ClientBuilder {
    Client::confidential(id, SecretHash::of_generated(&Secret::new(SECRET)))
        .redirect_uri(CALLBACK)
        .scope("read write")
}

fn with_badge(id: &str, grant_types: &[&str]) -> Client {
    confidential(id).grant_types(grant_types.iter().copied()).build().expect("a sound client")
}

fn with_header() -> Client {
    let client = Client::public("header").token_endpoint_auth_method("x_header");
    client.grant_types(["client_credentials"]).scope("api").build().expect("a sound client")
}

scenarios! {
    async fn a_grant_type_of_the_hosts_has_errors_of_its_own(setup) {
        let setup = setup.client(with_badge("badge", &[BADGE]));
        let world = setup.server(|builder| builder.grant_type(BadgeGrant)).start().await;
        let asked = params([("grant_type", BADGE), ("badge", "later")]);
        let answer = world.token(As::Basic("badge"), &asked).await;
        answer.refused(400, "authorization_pending");
        assert!(world.events.heard("Other(\"authorization_pending\")"));
    }

    async fn a_host_adds_a_grant_type(setup) {
        let setup = setup
            .client(with_badge("badge", &[BADGE, "refresh_token"]))
            .client(with_badge("badge_only", &[BADGE]))
            .server(|builder| builder.grant_type(BadgeGrant));
        let world = setup.start().await;
        let asked = params([("grant_type", BADGE), ("badge", "badge-of-bob")]);
        let answer = world.token(As::Basic("badge"), &asked).await;
        let tokens = Tokens::of(answer.is_ok());
        let seen = world.get("/resource", &tokens.access).await.json();
        assert_eq!((&seen["sub"], &seen["scope"]), (&"bob".into(), &"read".into()));
        assert_eq!(seen["claims"]["badge"], true);
        let next = world.token(As::Basic("badge"), &refresh_for(&tokens.refresh)).await;
        assert!(world.is_active(&next.is_ok().text("access_token")).await);
        let replay = world.token(As::Basic("badge"), &refresh_for(&tokens.refresh)).await;
        replay.refused(400, "invalid_grant");
        assert!(!world.is_active(&tokens.access).await);
        let bare = world.token(As::Basic("badge_only"), &asked).await;
        assert_eq!(bare.is_ok().json().get("refresh_token"), None);
        assert!(world.events.heard("grant_type: \"urn:example:badge\""));
    }

    async fn a_grant_type_of_the_host_obeys_the_rules_of_the_endpoint(setup) {
        let setup = setup.client(with_badge("badge", &[BADGE, "refresh_token"]));
        let world = setup.server(|builder| builder.grant_type(BadgeGrant)).start().await;
        let asked = params([("grant_type", BADGE), ("badge", "badge-of-bob")]);
        world.token(As::Basic("web"), &asked).await.refused(400, "unauthorized_client");
        world.token(As::Nobody, &asked).await.refused(401, "invalid_client");
        let wrong = with(asked.clone(), "badge", "stolen");
        world.token(As::Basic("badge"), &wrong).await.refused(400, "invalid_grant");
        let missing = with(asked, "badge", "");
        world.token(As::Basic("badge"), &missing).await.refused(400, "invalid_request");
        let document = world.send(
            world.request(Method::GET, "/.well-known/oauth-authorization-server"),
        ).await.json();
        let named = document["grant_types_supported"].as_array().expect("a list");
        assert!(named.contains(&BADGE.into()) && named.contains(&"refresh_token".into()));
    }

    async fn a_host_adds_a_way_to_authenticate(setup) {
        let setup = setup.client(with_header());
        let world = setup.server(|builder| builder.client_auth(HeaderAuth)).start().await;
        let asked = params([("grant_type", "client_credentials")]);
        let ask = |id: &str, proof: &str, client| {
            let request = world.form("/token", client, &asked);
            world.send(request.header("x-client", id).header("x-proof", proof))
        };
        let answer = ask("header", "I am header", As::Nobody).await;
        assert!(world.is_active(&answer.is_ok().text("access_token")).await);
        ask("header", "I am another", As::Nobody).await.refused(401, "invalid_client");
        ask("nobody", "I am nobody", As::Nobody).await.refused(401, "invalid_client");
        // Registered for another method, and proven by this one.
        ask("m2m", "I am m2m", As::Nobody).await.refused(401, "invalid_client");
        // One method at a time, and one client.
        ask("header", "I am header", As::Basic("m2m")).await.refused(400, "invalid_request");
        ask("header", "I am header", As::Public("m2m")).await.refused(400, "invalid_request");
        // Registered for this method, and proven by another, or by none.
        let request = world.form("/token", As::Nobody, &asked);
        let request = request.header("authorization", basic("header", SECRET));
        world.send(request).await.refused(401, "invalid_client");
        world.token(As::Public("header"), &asked).await.refused(401, "invalid_client");
        let document = world.send(
            world.request(Method::GET, "/.well-known/oauth-authorization-server"),
        ).await.json();
        let named = document["token_endpoint_auth_methods_supported"].as_array().expect("a list");
        assert!(named.contains(&"x_header".into()));
    }
}
