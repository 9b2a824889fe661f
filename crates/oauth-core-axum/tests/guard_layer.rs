//! The guard as a layer, in nested routers.
#![expect(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

use std::error::Error;

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    routing::get,
};
use oauth_core::{
    AuthorizationServer,
    guard::Requirement,
    model::{Client, Secret, SecretHash, Tenant},
    server::ResolveTenant,
    store::{ClientRegistry as _, MemoryStore, StoreError},
};
use oauth_core_axum::{Bearer, guard_layer, router};
use tower::ServiceExt as _;

#[derive(Debug)]
struct Workspaces(MemoryStore);

#[async_trait]
impl ResolveTenant for Workspaces {
    async fn resolve(&self, name: &str) -> Result<Option<AuthorizationServer>, StoreError> {
        // As a database does that does not tell letters apart by their case.
        let known = ["acme", "evil"].into_iter().find(|own| own.eq_ignore_ascii_case(name));
        Ok(known.and_then(|own| server(&self.0, own)))
    }
}

fn server(store: &MemoryStore, name: &str) -> Option<AuthorizationServer> {
    let issuer = format!("https://id.example/t/{name}");
    let builder = AuthorizationServer::builder(issuer, store.clone(), store.clone());
    builder.tenant(name).build().ok()
}

async fn send(app: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn token(app: &Router, tenant: &str) -> String {
    let form = "grant_type=client_credentials&client_id=job&client_secret=s";
    let request = Request::post(format!("/t/{tenant}/token"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let (status, body) = send(app, request.body(Body::from(form)).unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body.split('"').nth(3).unwrap().to_owned()
}

async fn status(app: &Router, path: &str, token: &str) -> u16 {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    send(app, request.body(Body::empty()).unwrap()).await.0.as_u16()
}

async fn app() -> Result<(Router, MemoryStore), Box<dyn Error>> {
    let store = MemoryStore::new();
    let hash = SecretHash::of_generated(&Secret::new("s"));
    let client = Client::confidential("job", hash).grant_types(["client_credentials"]);
    let client = client.token_endpoint_auth_method("client_secret_post").scope("read").build()?;
    for tenant in ["acme", "evil"] {
        store.register(&Tenant::from(tenant), &client).await?;
    }
    let tenants = AuthorizationServer::per_tenant("/t/{tenant}", Workspaces(store.clone()));
    let tenants = tenants.build().unwrap();
    let reads = || Requirement::all(["read"]);
    let layered = |layer| Router::new().route("/docs/{id}", get(async || ())).route_layer(layer);
    let other = server(&store, "evil").ok_or("no server")?;
    let twice = Router::new()
        .route("/inner/{id}", get(async |_: Bearer| ()))
        .route_layer(guard_layer(&other.guard(), Requirement::none()));
    let app = Router::new()
        .nest("/t/{tenant}", layered(guard_layer(&tenants.guard(), reads())))
        .nest("/t/{tenant}/cut", layered(tenants.guard().layer(reads())))
        .nest("/t/{tenant}/twice", twice)
        .merge(router(&tenants))
        .with_state(tenants);
    Ok((app, store))
}

#[tokio::test]
async fn a_nested_layer_knows_whose_token_it_sees() -> Result<(), Box<dyn Error>> {
    let (app, _) = app().await?;
    let (acme, evil) = (token(&app, "acme").await, token(&app, "evil").await);
    for (path, own) in [
        ("/t/acme/docs/7", 200),
        ("/t/acme/docs/evil", 200),
        ("/t/evil/docs/acme", 401),
        ("/t/evil/docs/7", 401),
        // In another spelling a tenant is nobody.
        ("/t/ACME/docs/7", 401),
    ] {
        assert_eq!(status(&app, path, &acme).await, own, "{path}");
        let others = if path.starts_with("/t/evil") { 200 } else { 401 };
        assert_eq!(status(&app, path, &evil).await, others, "{path}");
    }
    Ok(())
}

/// What the layer is not told about paths, it does not guess.
#[tokio::test]
async fn of_many_tenants_a_layer_that_sees_cut_paths_admits_nobody() -> Result<(), Box<dyn Error>> {
    let (app, _) = app().await?;
    let (acme, evil) = (token(&app, "acme").await, token(&app, "evil").await);
    for path in ["/t/acme/cut/docs/7", "/t/acme/cut/docs/evil", "/t/evil/cut/docs/acme"] {
        assert_eq!(status(&app, path, &acme).await, 401, "{path}");
        assert_eq!(status(&app, path, &evil).await, 401, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn what_the_guard_of_another_server_found_out_counts_for_nothing()
-> Result<(), Box<dyn Error>> {
    let (app, _) = app().await?;
    let (acme, evil) = (token(&app, "acme").await, token(&app, "evil").await);
    assert_eq!(status(&app, "/t/evil/twice/inner/7", &evil).await, 200);
    for token in [&acme, &evil] {
        assert_eq!(status(&app, "/t/acme/twice/inner/7", token).await, 401);
    }
    Ok(())
}

/// A host may have a page of its own at the address of an endpoint.
#[tokio::test]
async fn an_endpoint_leaves_other_methods_of_its_path_to_the_host() -> Result<(), Box<dyn Error>> {
    let store = MemoryStore::new();
    let server =
        AuthorizationServer::builder("https://id.example", store.clone(), store).build()?;
    let app =
        Router::new().route("/token", get(async || "tokens are posted for")).merge(router(&server));
    let page = send(&app, Request::get("/token").body(Body::empty())?).await;
    assert_eq!(page, (StatusCode::OK, "tokens are posted for".to_owned()));
    let (status, _) = send(&app, Request::post("/token").body(Body::empty())?).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    Ok(())
}
