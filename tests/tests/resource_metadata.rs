//! What protected resources say about themselves (RFC 9728), and where challenges point.

use oauth_core::{
    AuthorizationServer,
    model::{Client, Resource, ResourceId, Scope, Secret, SecretHash},
    server::InvalidServer,
    store::MemoryStore,
};
use oauth_core_tests::{
    Setup, World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, ISSUER, Tokens, again, authz, code_for, params},
};
use reqwest::Method;
use serde_json::{Value, json};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

fn resource(identifier: &str) -> Resource {
    Resource::new(ResourceId::parse(identifier).expect("a resource"))
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).expect("a scope")
}

/// A world whose server has these resources and no others.
async fn start(setup: Setup, resources: Vec<Resource>) -> World {
    let start = setup.start_as(|base| {
        let store = base.store.clone();
        let builder = AuthorizationServer::builder(ISSUER, store.clone(), store);
        let builder = builder.clock(base.clock.clone()).events(base.events.clone());
        let builder = builder.client_cache(0).scopes(scope("read write"));
        resources.into_iter().fold(builder, |b, own| b.resource(own)).build().expect("a server")
    });
    start.await
}

async fn document(world: &World, path: &str) -> Value {
    let answer = world.send(world.request(Method::GET, path)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("cache-control").starts_with("public, max-age="), "{answer:?}");
    answer.json()
}

/// The address in the challenge to a request, with this token if there is one.
async fn pointed_to(world: &World, path: &str, token: Option<&str>) -> Option<String> {
    let request = world.request(Method::GET, path);
    let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
    let answer = world.send(request).await;
    let challenge = answer.header("www-authenticate").to_owned();
    let (_, rest) = challenge.split_once("resource_metadata=\"")?;
    rest.split_once('"').map(|(url, _)| url.to_owned())
}

async fn token_for(world: &World, resource: &str) -> String {
    let asked = again(authz(), "resource", resource);
    let code = world.authorize(&asked).await.redirected(CALLBACK).remove("code").expect("a code");
    Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok()).access
}

scenarios! {
    async fn brr_001_brr_015_an_application_is_a_resource_by_the_name_of_its_issuer(setup) {
        let world = start(setup, Vec::new()).await;
        let url = format!("{ISSUER}{WELL_KNOWN}");
        assert_eq!(pointed_to(&world, "/resource", None).await.as_deref(), Some(&*url));
        assert_eq!(pointed_to(&world, "/resource", Some("garbage")).await.as_deref(), Some(&*url));
        let expected = json!({
            "resource": ISSUER, "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"], "scopes_supported": ["read", "write"],
        });
        assert_eq!(document(&world, WELL_KNOWN).await, expected);
        // What the document names can be asked for, and is good here.
        let token = token_for(&world, ISSUER).await;
        assert_eq!(world.introspect(&token).await["aud"], json!([ISSUER]));
        assert_eq!(world.get("/resource", &token).await.status, 200);
    }

    async fn met_009_the_document_says_what_was_configured_whoever_asks(setup) {
        let world = start(setup, Vec::new()).await;
        let request = world.request(Method::GET, WELL_KNOWN).header("host", "evil.example");
        let answer = world.send(request.header("x-forwarded-host", "evil.example")).await;
        assert_eq!(answer.json()["resource"], ISSUER);
        assert!(!answer.body.contains("evil"));
    }

    async fn brr_015_each_resource_at_the_origin_has_a_document(setup) {
        let mcp = resource("https://as.example/api/mcp").scopes(scope("tools")).name("Tools");
        let mcp = mcp.documentation("https://as.example/docs");
        let api = resource("https://as.example/api").scopes(scope("read"));
        let elsewhere = resource("https://other.example/api");
        let world = start(setup, vec![mcp, api, elsewhere, resource("urn:example:x")]).await;
        let of_mcp = document(&world, &format!("{WELL_KNOWN}/api/mcp")).await;
        assert_eq!(of_mcp, json!({
            "resource": "https://as.example/api/mcp", "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"], "scopes_supported": ["tools"],
            "resource_name": "Tools", "resource_documentation": "https://as.example/docs",
        }));
        let of_api = document(&world, &format!("{WELL_KNOWN}/api")).await;
        assert_eq!(of_api["resource"], "https://as.example/api");
        // The server is not itself one of them, and neither route is below them.
        assert_eq!(world.send(world.request(Method::GET, WELL_KNOWN)).await.status, 404);
        assert_eq!(pointed_to(&world, "/resource", None).await, None);
    }

    async fn brr_015_only_the_slash_behind_the_host_is_left_out(setup) {
        let world = start(setup, vec![resource("https://as.example/api/")]).await;
        let path = format!("{WELL_KNOWN}/api/");
        assert_eq!(document(&world, &path).await["resource"], "https://as.example/api/");
        let other = world.request(Method::GET, &format!("{WELL_KNOWN}/api"));
        assert_eq!(world.send(other).await.status, 404);
    }

    async fn brr_018_what_a_resource_elsewhere_is_shown_is_not_good_here(setup) {
        let elsewhere = "https://other.example/api";
        let here = "https://as.example/api";
        let world = start(setup, vec![resource(here), resource(elsewhere)]).await;
        let token = token_for(&world, elsewhere).await;
        world.get("/resource", &token).await.challenge(401, "invalid_token");
        let told = || world.events.all().iter().filter(|told| told.contains("WrongAudience")).count();
        assert!(told() == 1 && world.events.heard(elsewhere), "the operator hears why");
        assert_eq!(world.introspect(&token).await["active"], true);
        let token = token_for(&world, here).await;
        assert_eq!(world.get("/resource", &token).await.status, 200);
        assert_eq!(told(), 1);
    }

    async fn a_token_that_does_not_reach_far_enough_is_told_what_would(setup) {
        let world = start(setup, Vec::new()).await;
        let token = Tokens::of(&world.token(As::Basic("web"), &code_for(
            &world.code_of("web", CALLBACK, "write").await)).await).access;
        let answer = world.get("/read", &token).await;
        answer.challenge(403, "insufficient_scope");
        let challenge = answer.header("www-authenticate");
        let url = format!("{ISSUER}{WELL_KNOWN}");
        assert!(challenge.contains("scope=\"read\""), "{challenge}");
        assert!(challenge.contains(&format!("resource_metadata=\"{url}\"")), "{challenge}");
        // And who has no token yet learns the scope with the first answer.
        let first = world.send(world.request(Method::GET, "/read")).await;
        assert!(first.header("www-authenticate").contains("scope=\"read\""), "{first:?}");
        assert!(!first.header("www-authenticate").contains("error="), "{first:?}");
    }

    async fn a_resource_server_may_ask_about_the_tokens_meant_for_it(setup) {
        let hash = SecretHash::of_generated(&Secret::new(SECRET));
        let api = Client::confidential("api", hash).grant_types([]).build().expect("a client");
        let own = resource("https://api.example").introspected_by("api");
        let world = start(setup.client(api), vec![own, resource("https://b.example")]).await;
        let (here, there) =
            (token_for(&world, "https://api.example").await, token_for(&world, "https://b.example").await);
        let active = async |token: &str| {
            let answer = world.post("/introspect", As::Basic("api"), &params([("token", token)])).await;
            answer.is_ok().json()["active"] == true
        };
        assert!(active(&here).await);
        assert!(!active(&there).await);
    }
}

#[test]
fn two_resources_with_one_document_do_not_build() {
    let store = MemoryStore::new();
    let builder = AuthorizationServer::builder(ISSUER, store.clone(), store);
    let builder = builder.resource(resource("https://as.example/api?a"));
    let built = builder.resource(resource("https://as.example/api?b")).build();
    let path = format!("{WELL_KNOWN}/api");
    assert!(matches!(built, Err(InvalidServer::Path(own)) if own == path));
}
