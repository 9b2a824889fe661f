//! The metadata document: the issuer's words only, found in every spelling, and true.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use oauth_core::{
    AuthorizationServer,
    context::Context,
    endpoint::{Endpoint, registration::Registration},
    error::Error,
    grant_type::{Decision, GrantType, NewGrant, TokenRequest},
    http_types,
    keys::RotatingKeys,
    model::{ResourceId, Scope, Secret, Subject, Tenant},
    server::{InvalidServer, ResolveTenant, ServerBuilder},
    store::{ClientRegistry, KeyStore, MemoryStore, StoreError, Users},
    wire::Metadata,
};
use oauth_core_pages::Pages;
use oauth_core_tests::{
    Answer, Base, World, clients,
    clients::CALLBACK,
    raw::Raw,
    scenarios,
    world::{As, ISSUER, Tokens, authz, code_for, params, refresh_for, with},
};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

const WELL_KNOWN: [&str; 2] =
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

async fn get(world: &World, path: &str) -> Answer {
    world.send(world.request(Method::GET, path)).await
}

/// The document at a path, which anybody may cache.
async fn document(world: &World, path: &str) -> Value {
    let answer = get(world, path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    answer.json()
}

/// Every member whose value is an address, but for the issuer itself.
fn addresses(document: &Value) -> Vec<(String, Url)> {
    let members = document.as_object().expect("an object").iter();
    let members = members.filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"));
    members
        .map(|(name, value)| {
            let url = Url::parse(value.as_str().expect("a string")).expect("an address");
            (name.clone(), url)
        })
        .collect()
}

fn list<'a>(document: &'a Value, name: &str) -> BTreeSet<&'a str> {
    document[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Knows no user.
#[derive(Debug)]
struct Nobody;

#[async_trait]
impl Users for Nobody {
    async fn sign_in(
        &self,
        _: &Tenant,
        _: &str,
        _: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        Ok(None)
    }
}

/// Tenants `t1` and `t2`, on one store, which keeps the keys of both.
#[derive(Debug)]
struct Workspaces {
    base: Base,
    down: Arc<AtomicBool>,
}

#[async_trait]
impl ResolveTenant for Workspaces {
    async fn resolve(&self, tenant: &str) -> Result<Option<AuthorizationServer>, StoreError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("injected"));
        }
        if !["t1", "t2"].contains(&tenant) {
            return Ok(None);
        }
        let builder = self.base.builder(&format!("{ISSUER}/{tenant}")).tenant(tenant);
        let here = ResourceId::parse("https://a.example").expect("a resource");
        let builder = builder.default_audience(here);
        let builder = builder.signing_keys(RotatingKeys::new(self.base.store.clone()));
        Ok(Some(builder.build().expect("a server")))
    }
}

/// A world of tenants; `down` keeps their resolver from answering.
async fn tenants(setup: oauth_core_tests::Setup, down: &Arc<AtomicBool>) -> World {
    let down = Arc::clone(down);
    let world = setup
        .start_as(|base| {
            let resolver = Workspaces { base: base.clone(), down };
            AuthorizationServer::per_tenant("/{tenant}", resolver).build().expect("a server")
        })
        .await;
    for tenant in ["t1", "t2"] {
        for client in clients::all() {
            world.store.register(&Tenant::from(tenant), &client).await.expect("registered");
        }
    }
    world
}

/// Fresh tokens of `web` in a tenant.
async fn tenant_tokens(world: &World, tenant: &str, resource: Option<&str>) -> Tokens {
    let code = tenant_code(world, tenant, resource).await;
    let path = format!("/{tenant}/token");
    Tokens::of(world.post(&path, As::Basic("web"), &code_for(&code)).await.is_ok())
}

async fn tenant_code(world: &World, tenant: &str, resource: Option<&str>) -> String {
    let asked = resource.map_or(authz(), |resource| with(authz(), "resource", resource));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    let request = world.request(Method::GET, &format!("/{tenant}/authorize?{query}"));
    let mut sent = world.send(request.header("x-user", "alice")).await.redirected(CALLBACK);
    assert_eq!(sent["iss"], format!("{ISSUER}/{tenant}"));
    sent.remove("code").expect("a code")
}

/// An endpoint of the host's own.
#[derive(Debug)]
struct Hello;

#[async_trait]
impl Endpoint for Hello {
    fn name(&self) -> &'static str {
        "hello"
    }

    fn path(&self) -> &str {
        "/hello"
    }

    fn methods(&self) -> &[Method] {
        &[Method::GET, Method::PUT]
    }

    fn cross_origin(&self) -> bool {
        false
    }

    fn describe(&self, url: String, metadata: &mut Metadata) {
        metadata.set("hello_endpoint", url);
    }

    async fn serve(&self, _: Context, _: http_types::Request) -> http_types::Response {
        http_types::Response::new("hello".into())
    }
}

/// A grant type of the host's own.
#[derive(Debug)]
struct Handshake;

#[async_trait]
impl GrantType for Handshake {
    fn name(&self) -> &str {
        "urn:example:handshake"
    }

    async fn decide(&self, _: &TokenRequest<'_>) -> Result<Decision, Error> {
        Ok(Decision::new_grant(NewGrant::for_client(), Scope::parse("read").expect("a scope")))
    }
}

scenarios! {
    async fn met_001_the_issuer_is_the_configured_one(setup) {
        let world = setup.start().await;
        for path in WELL_KNOWN {
            let document = document(&world, path).await;
            assert_eq!(document["issuer"], "https://as.example");
            assert_eq!(document["authorization_response_iss_parameter_supported"], true);
            assert_eq!(document["response_types_supported"], json!(["code"]));
            assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
        }
        let sent = world.authorize(&authz()).await.redirected(CALLBACK);
        assert_eq!(sent["iss"], "https://as.example");
    }

    async fn met_002_no_header_makes_an_issuer(setup) {
        let world = setup.start().await;
        let evil = |request: reqwest::RequestBuilder| {
            let request = request.header("host", "evil.example");
            let request = request.header("x-forwarded-host", "evil.example");
            let request = request.header("x-forwarded-proto", "http");
            let request = request.header("x-forwarded-prefix", "/evil.example");
            request.header("forwarded", "host=evil.example;proto=http")
        };
        for path in WELL_KNOWN {
            let honest = get(&world, path).await;
            let answer = world.send(evil(world.request(Method::GET, path))).await;
            assert_eq!((answer.status.as_u16(), &answer.body), (200, &honest.body));
        }
        for request in [
            world.authorization(&authz()),
            world.authorization(&authz()).header("x-user", "alice"),
            world.form("/token", As::Nobody, &code_for("x")),
            world.request(Method::GET, "/resource"),
            world.request(Method::POST, "/authorize").form(&authz()),
        ] {
            let answer = world.send(evil(request)).await;
            assert!(!format!("{answer:?}").contains("evil.example"), "{answer:?}");
        }
    }

    async fn met_003_an_issuer_with_a_path_is_found_in_every_spelling(setup) {
        let world = setup
            .start_as(|base| base.builder("https://as.example/t1").build().expect("a server"))
            .await;
        let paths = WELL_KNOWN.iter().flat_map(|name| [format!("{name}/t1"), format!("/t1{name}")]);
        for path in paths {
            let document = document(&world, &path).await;
            assert_eq!(document["issuer"], "https://as.example/t1", "{path}");
            for (name, url) in addresses(&document) {
                assert!(url.as_str().starts_with("https://as.example/t1/"), "{name}: {url}");
                assert_ne!(get(&world, url.path()).await.status, 404, "{name}: {url}");
            }
        }
        for path in WELL_KNOWN {
            assert_eq!(get(&world, path).await.status, 404, "another issuer's: {path}");
            assert_eq!(get(&world, &format!("{path}/t2")).await.status, 404);
            assert_eq!(get(&world, &format!("/t2{path}")).await.status, 404);
        }
        assert_eq!(world.token(As::Basic("web"), &code_for("x")).await.status, 404);
        let tokens = tenant_tokens(&world, "t1", None).await;
        assert_eq!(world.get("/t1/resource", &tokens.access).await.status, 200);
        let asked = params([("token", &tokens.access)]);
        let said = world.post("/t1/introspect", As::Basic("rs"), &asked).await;
        assert_eq!(said.is_ok().json()["iss"], "https://as.example/t1");
    }

    async fn met_004_a_tenants_document_is_its_own(setup) {
        let world = tenants(setup, &Arc::default()).await;
        for tenant in ["t1", "t2"] {
            let other = if tenant == "t1" { "/t2" } else { "/t1" };
            for name in WELL_KNOWN {
                for path in [format!("{name}/{tenant}"), format!("/{tenant}{name}")] {
                    let document = document(&world, &path).await;
                    assert_eq!(document["issuer"], format!("{ISSUER}/{tenant}"));
                    assert!(!document.to_string().contains(other), "{path}: {document}");
                    for (name, url) in addresses(&document) {
                        assert_eq!(url.path().split('/').nth(1), Some(tenant), "{name}: {url}");
                        assert_ne!(get(&world, url.path()).await.status, 404, "{name}: {url}");
                    }
                }
            }
        }
        for name in WELL_KNOWN {
            for path in [
                format!("{name}/t3"),
                format!("/t3{name}"),
                format!("{name}/T1"),
                format!("{name}/%741"),
                format!("{name}/t1/"),
                format!("{name}/t1%2ft2"),
                name.to_owned(),
            ] {
                assert_eq!(get(&world, &path).await.status, 404, "{path}");
            }
        }
        assert_eq!(world.post("/t3/token", As::Basic("web"), &code_for("x")).await.status, 404);
    }

    async fn met_004_a_tenants_keys_are_its_own(setup) {
        let world = tenants(setup, &Arc::default()).await;
        let mut published = Vec::new();
        for tenant in ["t1", "t2"] {
            let document = document(&world, &format!("/{tenant}{}", WELL_KNOWN[0])).await;
            assert_eq!(document["jwks_uri"], format!("{ISSUER}/{tenant}/jwks"));
            let answer = get(&world, &format!("/{tenant}/jwks")).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let keys = answer.json()["keys"].as_array().expect("keys").clone();
            let names = keys.iter().map(|key| key["kid"].as_str().expect("a name").to_owned());
            published.push(names.collect::<BTreeSet<_>>());
        }
        // All that the store has of the tenant, and nothing else.
        for (tenant, published) in ["t1", "t2"].into_iter().zip(&published) {
            let own = world.store.keys(&Tenant::from(tenant)).await.expect("keys");
            let own = own.iter().map(|key| key.kid.as_str().to_owned());
            assert_eq!(*published, own.collect(), "{tenant}");
        }
        assert!(!published[0].is_empty() && published[0].is_disjoint(&published[1]));
        assert_eq!(get(&world, "/t3/jwks").await.status, 404);
    }

    async fn met_004_what_one_tenant_issues_is_nothing_in_another(setup) {
        let world = tenants(setup, &Arc::default()).await;
        let tokens = tenant_tokens(&world, "t1", None).await;
        let code = tenant_code(&world, "t1", None).await;
        let post = async |path: &str, sent: &[(&str, String)]| {
            world.post(path, As::Basic("web"), sent).await
        };
        assert_eq!(world.get("/t2/resource", &tokens.access).await.status, 401);
        assert_eq!(world.get("/resource", &tokens.access).await.status, 401);
        let asked = params([("token", &tokens.access)]);
        let said = world.post("/t2/introspect", As::Basic("rs"), &asked).await;
        assert_eq!(said.is_ok().body, r#"{"active":false}"#);
        post("/t2/revoke", &asked).await.is_ok();
        post("/t2/revoke", &params([("token", &tokens.refresh)])).await.is_ok();
        post("/t2/token", &code_for(&code)).await.refused(400, "invalid_grant");
        post("/t2/token", &refresh_for(&tokens.refresh)).await.refused(400, "invalid_grant");
        // At home all of it is as good as before.
        assert_eq!(world.get("/t1/resource", &tokens.access).await.status, 200);
        assert_eq!(world.get("/t1/resource", &tokens.access).await.text("sub"), "alice");
        post("/t1/token", &code_for(&code)).await.is_ok();
        post("/t1/token", &refresh_for(&tokens.refresh)).await.is_ok();
        post("/t1/revoke", &asked).await.is_ok();
        assert_eq!(world.get("/t1/resource", &tokens.access).await.status, 401);
    }

    async fn met_004_a_tenants_token_for_a_resource_is_good_there(setup) {
        let world = tenants(setup, &Arc::default()).await;
        let tokens = tenant_tokens(&world, "t1", Some("https://a.example")).await;
        assert_eq!(world.get("/t1/resource", &tokens.access).await.status, 200);
        assert_eq!(world.get("/t2/resource", &tokens.access).await.status, 401);
    }

    async fn met_004_a_resolver_that_does_not_answer_is_no_unknown_tenant(setup) {
        let down = Arc::new(AtomicBool::new(true));
        let world = tenants(setup, &down).await;
        get(&world, "/t1/.well-known/openid-configuration")
            .await
            .refused(503, "temporarily_unavailable");
        let answer = world.post("/t1/token", As::Basic("web"), &code_for("x")).await;
        answer.refused(503, "temporarily_unavailable");
        let asked = world.request(Method::GET, "/t1/authorize");
        assert_eq!(world.send(asked).await.status, 503);
        world.get("/t1/resource", "x").await.refused(503, "temporarily_unavailable");
        down.store(false, Ordering::SeqCst);
        assert_eq!(get(&world, "/t1/.well-known/openid-configuration").await.status, 200);
        assert_eq!(world.get("/t1/resource", "x").await.status, 401);
    }

    async fn met_010_every_address_is_https_and_of_the_issuers_origin(setup) {
        let world = setup.start().await;
        let document = document(&world, WELL_KNOWN[0]).await;
        let addresses = addresses(&document);
        assert_eq!(addresses.len(), 4, "{document}");
        for (name, url) in addresses {
            assert_eq!(url.origin().ascii_serialization(), "https://as.example", "{name}");
            assert_eq!((url.query(), url.fragment()), (None, None), "{name}");
        }
    }

    /// There are no signing keys yet (MET-012), no registration, and no endpoint of OpenID Connect.
    async fn met_010_met_012_what_is_said_is_there_and_nothing_else(setup) {
        let world = setup.start().await;
        let document = document(&world, WELL_KNOWN[0]).await;
        let names: BTreeSet<_> = addresses(&document).into_iter().map(|(name, _)| name).collect();
        let known = ["authorization", "introspection", "revocation", "token"];
        assert_eq!(names, known.map(|name| format!("{name}_endpoint")).into());
        for (name, url) in addresses(&document) {
            let answer = get(&world, url.path()).await;
            assert_ne!(answer.status, 404, "{name}");
            assert!(!answer.status.is_server_error(), "{name}");
        }
        for path in ["/jwks", "/jwks.json", "/register", "/userinfo", "/par", "/device_authorization"] {
            assert_eq!(get(&world, path).await.status, 404, "{path}");
        }

        let grant_types = ["authorization_code", "client_credentials", "refresh_token"];
        assert_eq!(list(&document, "grant_types_supported"), grant_types.into());
        for named in grant_types {
            let answer = world.token(As::Basic("web"), &params([("grant_type", named)])).await;
            assert!(!answer.body.contains("unsupported_grant_type"), "{named}: {answer:?}");
        }
        for other in ["password", "urn:ietf:params:oauth:grant-type:device_code", "implicit"] {
            let answer = world.token(As::Basic("web"), &params([("grant_type", other)])).await;
            answer.refused(400, "unsupported_grant_type");
        }

        let methods = ["client_secret_basic", "client_secret_post"];
        let token_methods = list(&document, "token_endpoint_auth_methods_supported");
        assert_eq!(token_methods, methods.into_iter().chain(["none"]).collect());
        assert_eq!(list(&document, "revocation_endpoint_auth_methods_supported"), token_methods);
        // Introspection is for clients that authenticate.
        let own = list(&document, "introspection_endpoint_auth_methods_supported");
        assert_eq!(own, methods.into());
        let nothing = params([("token", "x")]);
        world.post("/introspect", As::Post("post"), &nothing).await.is_ok();
        world.post("/introspect", As::Basic("rs"), &nothing).await.is_ok();
        world.post("/revoke", As::Public("spa"), &nothing).await.is_ok();
        world.post("/introspect", As::Public("spa"), &nothing).await.refused(401, "invalid_client");

        let scopes = ["read", "write", "api", "openid", "offline_access"];
        assert_eq!(list(&document, "scopes_supported"), scopes.into());
        let modes = list(&document, "response_modes_supported");
        assert_eq!(modes, ["query"].into());
        let other = world.authorize(&with(authz(), "response_mode", "form_post")).await;
        other.redirected_error(CALLBACK, "invalid_request");
        let other = world.authorize(&with(authz(), "code_challenge_method", "plain")).await;
        other.redirected_error(CALLBACK, "invalid_request");
    }

    async fn met_010_a_server_without_a_page_for_people_names_none(setup) {
        let world = setup.server(|builder| builder.without_authorization_endpoint()).start().await;
        let document = document(&world, WELL_KNOWN[0]).await;
        assert!(!addresses(&document).iter().any(|(name, _)| *name == "authorization_endpoint"));
        assert_eq!(document["response_types_supported"], json!([]));
        assert!(document.get("code_challenge_methods_supported").is_none());
        let grant_types = ["client_credentials", "refresh_token"];
        assert_eq!(list(&document, "grant_types_supported"), grant_types.into());
        let code = params([("grant_type", "authorization_code"), ("code", "x")]);
        world.token(As::Basic("web"), &code).await.refused(400, "unsupported_grant_type");

        let store = world.store.clone();
        let build = |change: fn(ServerBuilder) -> ServerBuilder| {
            let builder = AuthorizationServer::builder(ISSUER, store.clone(), store.clone());
            change(builder.without_authorization_endpoint()).build().map(drop)
        };
        let refused = |what| Err(InvalidServer::NoAuthorizationEndpoint(what));
        assert_eq!(build(|b| b.dangerous_implicit_grant()), refused("the implicit grant"));
        let open = |b: ServerBuilder| b.registration(Registration::new(MemoryStore::new()).open());
        assert_eq!(build(open), refused("registration for codes"));
        let machines = |b: ServerBuilder| {
            let registration = Registration::new(MemoryStore::new()).open();
            b.registration(registration.grant_types(["client_credentials"]))
        };
        assert_eq!(build(machines), Ok(()));
        assert_eq!(build(|b| b.with(Pages::new(Nobody))), refused("the consent page"));
    }

    async fn met_004_what_is_no_path_is_no_tenants(setup) {
        let down = Arc::default();
        let world = tenants(setup, &down).await;
        let builder = |path: &str| {
            let (store, clock) = (world.store.clone(), world.clock.clone());
            let base = Base { store, clock, events: world.events.clone() };
            AuthorizationServer::per_tenant(path, Workspaces { base, down: Arc::clone(&down) })
        };
        let no_path = |path: &str| Some(InvalidServer::NotAPath(path.to_owned()));
        assert_eq!(builder("/tenants").build().err(), no_path("/tenants"));
        assert_eq!(builder("{tenant}").build().err(), no_path("{tenant}"));
        assert_eq!(builder("/{tenant}").also("sign-in").build().err(), no_path("sign-in"));
        assert_eq!(builder("/{tenant}").resource("mcp").build().err(), no_path("mcp"));
        let twice = builder("/{tenant}").also("/token").build().err();
        assert_eq!(twice, Some(InvalidServer::Path("/token".to_owned())));
    }

    async fn met_010_what_is_no_path_is_mounted_nowhere(setup) {
        let world = setup.start().await;
        let build = |change: fn(ServerBuilder) -> ServerBuilder| {
            let store = world.store.clone();
            change(AuthorizationServer::builder(ISSUER, store.clone(), store)).build().map(drop)
        };
        let refused = |path: &str| Err(InvalidServer::NotAPath(path.to_owned()));
        assert_eq!(build(|b| b.authorize_path("authorize")), refused("authorize"));
        assert_eq!(build(|b| b.paths("token", ["/t", "token"])), refused("token"));
        assert_eq!(build(|b| b.paths("token", ["/token?a=b"])), refused("/token?a=b"));
        assert_eq!(build(|b| b.sign_in_returns_to("/a page")), refused("/a page"));
        assert_eq!(build(|b| b.paths("token", ["/a/token"])), Ok(()));
    }

    async fn met_010_what_the_host_adds_is_said(setup) {
        let world = setup
            .server(|builder| {
                builder.endpoint(Hello).grant_type(Handshake).authorize_path("/t1/authorize")
            })
            .client(
                oauth_core::model::Client::public("shaker")
                    .grant_types(["urn:example:handshake"])
                    .scope("read")
                    .build()
                    .expect("a client"),
            )
            .start()
            .await;
        let document = document(&world, WELL_KNOWN[0]).await;
        assert_eq!(document["hello_endpoint"], "https://as.example/hello");
        assert_eq!(get(&world, "/hello").await.body, "hello");
        assert_eq!(document["authorization_endpoint"], "https://as.example/t1/authorize");
        let asked = world.request(Method::GET, "/t1/authorize");
        assert_ne!(world.send(asked).await.status, 404);
        assert!(list(&document, "grant_types_supported").contains("urn:example:handshake"));
        let shake = params([("grant_type", "urn:example:handshake")]);
        let token = world.token(As::Public("shaker"), &shake).await.is_ok().text("access_token");
        assert!(world.is_active(&token).await);
        world.token(As::Basic("web"), &shake).await.refused(400, "unauthorized_client");
        // Its methods are as strict as everybody's.
        let put = world.send(world.request(Method::PUT, "/hello")).await;
        assert_eq!((put.status.as_u16(), put.body.as_str()), (200, "hello"));
        for method in [Method::POST, Method::DELETE, Method::OPTIONS] {
            let answer = world.send(world.request(method, "/hello")).await;
            assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, PUT"));
        }
    }

    async fn met_001_the_document_is_read_and_nothing_else(setup) {
        let world = setup.start().await;
        for path in WELL_KNOWN {
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                let answer = world.send(world.request(method.clone(), path)).await;
                assert_eq!(answer.status, 405, "{method}");
                assert_eq!(answer.header("allow"), "GET", "{method}");
            }
            let (mut by_get, mut by_head) = (Raw::connect(&world).await, Raw::connect(&world).await);
            by_get.send(format!("GET {path} HTTP/1.1\r\nhost: as.example\r\n\r\n")).await;
            by_head.send(format!("HEAD {path} HTTP/1.1\r\nhost: as.example\r\n\r\n")).await;
            let got = by_get.answer().await.expect("an answer");
            let headed = by_head.answer_to_head().await.expect("an answer");
            assert_eq!((got.status, headed.status), (200, 200));
            for name in ["content-type", "content-length", "cache-control"] {
                assert_eq!(got.header(name), headed.header(name), "{name}");
            }
            // No body follows: the next answer begins where the head ended.
            by_head.send(format!("GET {path} HTTP/1.1\r\nhost: as.example\r\n\r\n")).await;
            assert_eq!(by_head.answer().await.expect("an answer").body, got.body);
        }
    }
}
