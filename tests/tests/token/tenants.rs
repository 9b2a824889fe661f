//! Two tenants over one store: what belongs to one is nothing to the other.

use async_trait::async_trait;
use oauth_core::{
    AuthorizationServer,
    model::{Client, Resource, ResourceId, Secret, SecretHash, Subject, Tenant},
    server::ResolveTenant,
    store::{ClientRegistry as _, StoreError},
};
use oauth_core_tests::{
    Setup, Store, World,
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, authz, code_for, params, refresh_for},
};
use reqwest::Method;

#[derive(Debug)]
struct TwoTenants {
    red: AuthorizationServer,
    blue: AuthorizationServer,
}

#[async_trait]
impl ResolveTenant for TwoTenants {
    async fn resolve(&self, tenant: &str) -> Result<Option<AuthorizationServer>, StoreError> {
        match tenant {
            "red" => Ok(Some(self.red.clone())),
            "blue" => Ok(Some(self.blue.clone())),
            "grey" => Err(StoreError::unavailable("the list of tenants is not there")),
            _ => Ok(None),
        }
    }
}

/// A client of the same name in both tenants, with a secret of the tenant's own.
async fn register(store: &Store, tenant: &str) {
    let client = Client::confidential("web", SecretHash::of_generated(&Secret::new(tenant)))
        .redirect_uri(CALLBACK)
        .scope("read");
    let client = client.build().expect("a sound client");
    store.register(&Tenant::from(tenant), &client).await.expect("registered");
}

/// Each tenant has an MCP server, or the like, below its path.
#[derive(Debug)]
struct WithResource(Store);

#[async_trait]
impl ResolveTenant for WithResource {
    async fn resolve(&self, tenant: &str) -> Result<Option<AuthorizationServer>, StoreError> {
        let issuer = format!("https://as.example/{tenant}");
        let resource = ResourceId::parse(&format!("{issuer}/mcp")).expect("a resource");
        let builder = AuthorizationServer::builder(issuer, self.0.clone(), self.0.clone());
        let builder = builder.tenant(tenant).resource(Resource::new(resource));
        Ok(Some(builder.build().expect("a server")))
    }
}

async fn start(setup: Setup) -> World {
    let adapter = setup.adapter;
    let one = setup.start().await;
    for tenant in ["red", "blue"] {
        register(&one.store, tenant).await;
    }
    let server = |tenant: &str| {
        let issuer = format!("https://as.example/{tenant}");
        let builder = AuthorizationServer::builder(issuer, one.store.clone(), one.store.clone());
        let builder = builder.clock(one.clock.clone()).events(one.events.clone()).client_cache(0);
        builder.tenant(tenant).build().expect("a server")
    };
    let tenants = TwoTenants { red: server("red"), blue: server("blue") };
    let server = AuthorizationServer::per_tenant("/{tenant}", tenants);
    let server = server.build().expect("a server");
    one.beside(adapter, server)
}

async fn code(world: &World, tenant: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(authz()).finish();
    let request = world.request(Method::GET, &format!("/{tenant}/authorize?{query}"));
    let mut pairs = world.send(request.header("x-user", "alice")).await.redirected(CALLBACK);
    assert_eq!(pairs["iss"], format!("https://as.example/{tenant}"));
    pairs.remove("code").expect("a code")
}

async fn tokens(world: &World, tenant: &str) -> Tokens {
    let code = code(world, tenant).await;
    let path = format!("/{tenant}/token");
    let answer = world.post(&path, As::BasicWith("web", tenant), &code_for(&code)).await;
    Tokens::of(answer.is_ok())
}

scenarios! {
    async fn brr_015_each_tenant_is_a_resource_of_its_own(setup) {
        let world = start(setup).await;
        let open = world.send(world.request(Method::GET, "/red/resource")).await;
        let url = "https://as.example/.well-known/oauth-protected-resource/red";
        let told = open.header("www-authenticate").contains(&format!("resource_metadata=\"{url}\""));
        assert!(open.status == 401 && told, "{open:?}");
        for tenant in ["red", "blue"] {
            let path = format!("/.well-known/oauth-protected-resource/{tenant}");
            let document = world.send(world.request(Method::GET, &path)).await.json();
            let issuer = format!("https://as.example/{tenant}");
            assert_eq!(document["resource"], issuer);
            assert_eq!(document["authorization_servers"], serde_json::json!([issuer]));
        }
        let nobody = world.request(Method::GET, "/.well-known/oauth-protected-resource/green");
        assert_eq!(world.send(nobody).await.status, 404);
    }

    async fn brr_015_a_resource_below_a_tenant_says_whose_tokens_it_takes(setup) {
        let adapter = setup.adapter;
        let one = setup.start().await;
        let server = AuthorizationServer::per_tenant("/{tenant}", WithResource(one.store.clone()));
        let world = one.beside(adapter, server.resource("/mcp").build().expect("a server"));
        for tenant in ["red", "blue"] {
            let resource = world.request(Method::GET, &format!("/{tenant}/resource"));
            let challenge = world.send(resource).await.header("www-authenticate").to_owned();
            let (_, rest) = challenge.split_once("resource_metadata=\"").expect("an address");
            let (url, _) = rest.split_once('"').expect("its end");
            let path = url.strip_prefix("https://as.example").expect("at the issuer's origin");
            assert_eq!(path, format!("/.well-known/oauth-protected-resource/{tenant}/mcp"));
            let document = world.send(world.request(Method::GET, path)).await.json();
            let issuer = format!("https://as.example/{tenant}");
            assert_eq!(document["resource"], format!("{issuer}/mcp"));
            assert_eq!(document["authorization_servers"], serde_json::json!([issuer]));
        }
    }

    async fn a_code_of_one_tenant_is_nothing_to_another(setup) {
        let world = start(setup).await;
        let code = code(&world, "red").await;
        let blue = As::BasicWith("web", "blue");
        world.post("/blue/token", blue, &code_for(&code)).await.refused(400, "invalid_grant");
        let red = As::BasicWith("web", "red");
        world.post("/blue/token", red, &code_for(&code)).await.refused(401, "invalid_client");
        world.post("/red/token", red, &code_for(&code)).await.is_ok();
        world.post("/blue/token", blue, &code_for(&code)).await.refused(400, "invalid_grant");
        assert!(!world.events.heard("ReplayDetected"));
    }

    async fn tok_055_a_token_of_one_tenant_is_nothing_to_another(setup) {
        let world = start(setup).await;
        let (red, blue) = (tokens(&world, "red").await, tokens(&world, "blue").await);
        assert_eq!(world.get("/red/resource", &red.access).await.status, 200);
        world.get("/blue/resource", &red.access).await.challenge(401, "invalid_token");
        let asked = params([("token", &red.access)]);
        let own = world.post("/red/introspect", As::BasicWith("web", "red"), &asked).await;
        assert_eq!(own.is_ok().json()["iss"], "https://as.example/red");
        let other = world.post("/blue/introspect", As::BasicWith("web", "blue"), &asked).await;
        assert_eq!(other.is_ok().body, r#"{"active":false}"#);
        world.post("/blue/revoke", As::BasicWith("web", "blue"), &asked).await.is_ok();
        assert_eq!(world.get("/red/resource", &red.access).await.status, 200);
        let refresh = refresh_for(&red.refresh);
        let other = world.post("/blue/token", As::BasicWith("web", "blue"), &refresh).await;
        other.refused(400, "invalid_grant");
        world.post("/red/token", As::BasicWith("web", "red"), &refresh).await.is_ok();
        assert_eq!(world.get("/blue/resource", &blue.access).await.status, 200);
    }

    async fn what_a_tenant_revokes_ends_in_that_tenant_only(setup) {
        let world = start(setup).await;
        let (red, blue) = (tokens(&world, "red").await, tokens(&world, "blue").await);
        assert!(world.server.grants().is_none());
        let server = world.server.at("/red/anything").await.expect("resolved").expect("red");
        let grants = server.grants().expect("one server");
        let alice = Subject::from("alice");
        assert_eq!(grants.of_subject(&alice).await.expect("grants").len(), 1);
        assert_eq!(grants.revoke_client(&"web".into()).await.expect("revoked"), 1);
        assert_eq!(grants.revoke_subject(&alice).await.expect("revoked"), 0);
        world.get("/red/resource", &red.access).await.challenge(401, "invalid_token");
        assert_eq!(world.get("/blue/resource", &blue.access).await.status, 200);
    }

    async fn a_tenant_that_is_not_there_has_no_endpoints(setup) {
        let world = start(setup).await;
        let asked = code_for("x");
        for path in ["/green/token", "/green/revoke", "/green/introspect"] {
            let answer = world.post(path, As::BasicWith("web", "red"), &asked).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (404, ""), "{path}");
        }
        let request = world.request(Method::GET, "/green/authorize?client_id=web");
        assert_eq!(world.send(request).await.status, 404);
        let answer = world.get("/green/resource", "oat_x").await;
        assert_eq!(answer.status, 401);
        assert!(world.server.at("/green/token").await.expect("resolved").is_none());
    }

    async fn sto_001_while_tenants_cannot_be_told_everything_waits(setup) {
        let world = start(setup).await;
        let answer = world.post("/grey/token", As::BasicWith("web", "red"), &code_for("x")).await;
        answer.refused(503, "temporarily_unavailable");
        let answer = world.get("/grey/resource", &tokens(&world, "red").await.access).await;
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").parse::<u32>().is_ok());
        assert!(world.server.at("/grey/token").await.is_err());
    }
}
