//! The guard in another process and another framework than the server: tokens checked by the keys
//! that the server publishes, and by asking it.

use std::{
    borrow::Cow,
    net::{SocketAddr, TcpListener},
};

use oauth_core::{
    Access,
    clock::Timestamp,
    crypto::PrivateKey,
    guard::{Guarded, IntrospectionVerifier, JwksVerifier, TokenVerifier},
    jwt::{AccessTokenPayload, private_key},
    keys::{LocalSigner, SigningKeys},
    model::{AccessTokenFormat, Issuer, Resource, ResourceId, Scope, Secret},
    server::{ResourceServer, ServerBuilder},
    store::StoreError,
};
use oauth_core_fetch::GuardedFetch;
use oauth_core_tests::{
    Adapter, Answer, Setup, World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, ISSUER, Tokens, again, authz, code_for, params},
};
use reqwest::Method;
use serde_json::json;

oauth_core::scope!(Write = "write");

/// The resource that the other process is.
const API: &str = "https://a.example";

fn key(seed: &str) -> PrivateKey {
    // The keys of RFC 8037 Appendix A.1, and one beside it.
    let (d, x) = match seed {
        "old" => (
            "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        ),
        _ => (
            "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs",
            "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
        ),
    };
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "d": d, "x": x });
    private_key(&Secret::new(jwk.to_string())).expect("a key")
}

fn jwts(builder: ServerBuilder) -> ServerBuilder {
    builder
        .signing_keys(SigningKeys::fixed([LocalSigner::new(key("old"))]))
        .access_token_format(AccessTokenFormat::Jwt)
}

/// Another process: its address.
struct Api(SocketAddr);

impl Api {
    /// On the framework that the server is not on.
    fn start(world: &World, server: Adapter, verifier: impl TokenVerifier) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("an address");
        let scopes = Scope::parse("read write").expect("a scope");
        let resource = Resource::new(resource()).scopes(scopes);
        let api = ResourceServer::new(&resource, &issuer(), verifier).expect("a resource server");
        let api = api.events(world.events.clone());
        match server {
            Adapter::Actix => on_axum(listener, api),
            Adapter::Axum => on_actix(listener, api),
        }
        assert_ne!(address, world.address());
        Self(address)
    }

    async fn get(&self, world: &World, path: &str, token: Option<&str>) -> Answer {
        let request = world.http.get(format!("http://{}{path}", self.0));
        world
            .send(token.into_iter().fold(request, |request, token| request.bearer_auth(token)))
            .await
    }

    async fn takes(&self, world: &World, token: &str) -> bool {
        self.get(world, "/me", Some(token)).await.status == 200
    }
}

fn describe(access: &Access) -> String {
    format!("{:?} for {:?}", access.subject(), access.client_id())
}

fn on_axum(listener: TcpListener, api: ResourceServer) {
    use axum::{Router, routing::get};
    use oauth_core_axum::{Bearer, router};
    let app = Router::new()
        .route("/me", get(async |token: Bearer| describe(&token)))
        .route("/write", get(async |_: Bearer<Write>| "written"))
        .merge(router(&api))
        .with_state(api);
    tokio::spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        axum::serve(listener, app).await.expect("served");
    });
}

fn on_actix(listener: TcpListener, api: ResourceServer) {
    use actix_web::{App, HttpServer, web};
    use oauth_core_actix::{Bearer, configure};
    std::thread::spawn(move || {
        let app = move || {
            App::new()
                .configure(configure(&api))
                .route("/me", web::get().to(async |token: Bearer| describe(&token)))
                .route("/write", web::get().to(async |_: Bearer<Write>| "written"))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener);
        actix_web::rt::System::new().block_on(server.expect("a listener").run()).expect("served");
    });
}

fn issuer() -> Issuer {
    Issuer::parse(ISSUER).expect("an issuer")
}

fn resource() -> ResourceId {
    ResourceId::parse(API).expect("a resource")
}

fn fetch() -> GuardedFetch {
    GuardedFetch::builder().dangerous_allow_loopback().build().expect("a client")
}

fn by_keys(world: &World) -> JwksVerifier {
    let uri = format!("http://{}/jwks", world.address());
    JwksVerifier::new(issuer(), resource(), uri, fetch()).clock(world.clock.clone())
}

fn by_asking(world: &World, secret: &str) -> IntrospectionVerifier {
    let endpoint = format!("http://{}/introspect", world.address());
    let secret = Secret::new(secret);
    let verifier =
        IntrospectionVerifier::new(issuer(), resource(), endpoint, "rs_a", &secret, fetch());
    verifier.clock(world.clock.clone())
}

async fn tokens_for(world: &World, resource: &str, scope: &str) -> Tokens {
    let asked = oauth_core_tests::world::with(authz(), "scope", scope);
    let asked = again(asked, "resource", resource);
    let code = world.authorize(&asked).await.redirected(CALLBACK).remove("code").expect("a code");
    Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok())
}

async fn start(setup: Setup) -> (Adapter, World) {
    (setup.adapter, setup.server(jwts).start().await)
}

/// Tokens of another provider, as a host knows them.
#[derive(Debug)]
struct Foreign;

#[async_trait::async_trait]
impl TokenVerifier for Foreign {
    async fn verify(&self, token: &str, _: &Guarded<'_>) -> Result<Option<Access>, StoreError> {
        let payload = |subject: &str| AccessTokenPayload {
            subject: Some(subject.into()),
            client_id: "theirs".into(),
            scope: Scope::parse("read").expect("a scope"),
            audience: [resource()].into(),
            issued_at: Timestamp::from_unix(1),
            expires_at: Timestamp::from_unix(i64::MAX),
            auth_time: None,
            token_id: "1".to_owned(),
            grant_id: None,
            extra: serde_json::Map::new(),
        };
        let subject = token.strip_prefix("their-token-of-");
        Ok(subject.map(|subject| Access::new(issuer(), payload(subject))))
    }

    fn realm(&self, _: &Guarded<'_>) -> Cow<'_, str> {
        Cow::Borrowed("https://theirs.example")
    }
}

scenarios! {
    async fn a_verifier_of_the_hosts_own_says_what_it_found(setup) {
        let (adapter, world) = start(setup).await;
        let api = Api::start(&world, adapter, Foreign);
        let answer = api.get(&world, "/me", Some("their-token-of-eve")).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, "Some(\"eve\") for \"theirs\""));
        let narrow = api.get(&world, "/write", Some("their-token-of-eve")).await;
        narrow.challenge(403, "insufficient_scope");
        let wrong = api.get(&world, "/me", Some("another")).await;
        wrong.challenge(401, "invalid_token");
        assert!(wrong.header("www-authenticate").contains("realm=\"https://theirs.example\""));
    }

    async fn a_jwt_is_good_in_another_process(setup) {
        let (adapter, world) = start(setup).await;
        let api = Api::start(&world, adapter, by_keys(&world));
        let token = tokens_for(&world, API, "read").await.access;
        for _ in 0..3 {
            let answer = api.get(&world, "/me", Some(&token)).await;
            assert_eq!((answer.status.as_u16(), &*answer.body), (200, r#"Some("alice") for "web""#));
        }
        let narrow = api.get(&world, "/write", Some(&token)).await;
        narrow.challenge(403, "insufficient_scope");
        let document = format!("resource_metadata=\"{API}/.well-known/oauth-protected-resource\"");
        assert!(narrow.header("www-authenticate").contains(&document), "{narrow:?}");
        let open = api.get(&world, "/me", None).await;
        assert!(open.status == 401 && open.header("www-authenticate").contains(&document));
        let said = api.get(&world, "/.well-known/oauth-protected-resource", None).await;
        assert_eq!(said.json()["authorization_servers"], json!([ISSUER]));
        assert_eq!(said.header("access-control-allow-origin"), "*");
        // Of another resource, of no server, and once it has expired: not good.
        let other = tokens_for(&world, "https://b.example", "read").await.access;
        assert!(!api.takes(&world, &other).await);
        let (signed, signature) = token.rsplit_once('.').expect("a JWT");
        let other = if signature.starts_with('A') { "B" } else { "A" };
        let forged = format!("{signed}.{other}{}", &signature[1..]);
        for token in ["garbage", &forged, "a.b.c", &"x".repeat(30_000)[..100]] {
            api.get(&world, "/me", Some(token)).await.challenge(401, "invalid_token");
        }
        world.clock.advance(609);
        assert!(api.takes(&world, &token).await, "within the tolerance of the clocks");
        world.clock.advance(1);
        assert!(!api.takes(&world, &token).await);
    }

    async fn a_new_key_is_found_and_an_old_one_is_forgotten(setup) {
        let (adapter, world) = start(setup).await;
        let token = tokens_for(&world, API, "read").await.access;
        let stand_in = Stand::default();
        stand_in.publish(&world).await;
        let verifier = JwksVerifier::new(issuer(), resource(), format!("{API}/jwks"), stand_in.clone());
        let api = Api::start(&world, adapter, verifier.clock(world.clock.clone()));
        assert!(api.takes(&world, &token).await);
        // Another node signs with a new key, which is looked for once the minute is over.
        let next = world.builder()
            .signing_keys(SigningKeys::fixed([LocalSigner::new(key("new"))]))
            .access_token_format(AccessTokenFormat::Jwt)
            .resource(Resource::new(resource()));
        let next = world.beside(adapter, next.build().expect("a server"));
        let newer = tokens_for(&next, API, "read").await.access;
        stand_in.publish(&next).await;
        assert!(!api.takes(&world, &newer).await);
        world.clock.advance(60);
        assert!(api.takes(&world, &newer).await);
        // The old key is gone, and with it what was remembered of its tokens.
        assert!(!api.takes(&world, &token).await);
        stand_in.fail();
        world.clock.advance(400);
        assert!(api.takes(&world, &newer).await, "old keys last while there are no others");
    }

    async fn while_there_are_no_keys_nobody_can_say(setup) {
        let (adapter, world) = start(setup).await;
        let token = tokens_for(&world, API, "read").await.access;
        let nobody = Stand::default();
        let verifier = JwksVerifier::new(issuer(), resource(), format!("{API}/jwks"), nobody);
        let api = Api::start(&world, adapter, verifier.clock(world.clock.clone()));
        let answer = api.get(&world, "/me", Some(&token)).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "2"));
        api.get(&world, "/me", Some("garbage")).await.challenge(401, "invalid_token");
    }

    async fn any_token_is_good_where_the_server_is_asked(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let api = Api::start(&world, adapter, by_asking(&world, SECRET));
        let tokens = tokens_for(&world, API, "read").await;
        let before = world.store.calls();
        for _ in 0..3 {
            let answer = api.get(&world, "/me", Some(&tokens.access)).await;
            assert_eq!((answer.status.as_u16(), &*answer.body), (200, r#"Some("alice") for "web""#));
        }
        let asked_once = world.store.calls() - before;
        world.clock.advance(10);
        assert!(api.takes(&world, &tokens.access).await);
        assert_eq!(world.store.calls() - before, 2 * asked_once, "asked again after ten seconds");
        api.get(&world, "/write", Some(&tokens.access)).await.challenge(403, "insufficient_scope");
        for token in ["garbage", &tokens.refresh, &tokens_for(&world, "https://b.example", "read").await.access] {
            api.get(&world, "/me", Some(token)).await.challenge(401, "invalid_token");
        }
        // A revocation is seen when the answer is forgotten.
        let token = params([("token", &tokens.access)]);
        world.post("/revoke", As::Basic("web"), &token).await.is_ok();
        assert!(api.takes(&world, &tokens.access).await);
        world.clock.advance(10);
        assert!(!api.takes(&world, &tokens.access).await);
    }

    async fn an_answer_is_never_remembered_for_longer_than_the_token_lives(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let verifier = by_asking(&world, SECRET).cache(86_400);
        let api = Api::start(&world, adapter, verifier);
        let token = tokens_for(&world, API, "read").await.access;
        assert!(api.takes(&world, &token).await);
        world.clock.advance(599);
        assert!(api.takes(&world, &token).await);
        world.clock.advance(1);
        assert!(!api.takes(&world, &token).await);
    }

    async fn while_the_server_does_not_answer_nobody_can_say(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let token = tokens_for(&world, API, "read").await.access;
        // It may not ask, or nobody answers.
        let wrong = Api::start(&world, adapter, by_asking(&world, "another secret, as long as the first"));
        assert_eq!(wrong.get(&world, "/me", Some(&token)).await.status, 503);
        assert!(world.events.heard("/introspect: the answer is 401"), "{:?}", world.events.all());
        let nowhere = JwksVerifier::new(issuer(), resource(), "http://127.0.0.1:1/jwks", fetch());
        let nowhere = Api::start(&world, adapter, nowhere);
        let jwt = "eyJhbGciOiJFZERTQSIsImtpZCI6ImEiLCJ0eXAiOiJhdCtqd3QifQ.e30.AAAA";
        let answer = nowhere.get(&world, "/me", Some(jwt)).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        let told = |event: &String| event.contains("127.0.0.1:1/jwks") && event.contains("refused");
        assert!(world.events.all().iter().any(told), "{:?}", world.events.all());
        let api = Api::start(&world, adapter, by_asking(&world, SECRET));
        world.store.set_down(true);
        let answer = api.get(&world, "/me", Some(&token)).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "2"));
        world.store.set_down(false);
        assert!(api.takes(&world, &token).await);
    }
}

/// Serves a document, or nothing.
#[derive(Clone, Debug, Default)]
struct Stand(std::sync::Arc<std::sync::Mutex<Option<String>>>);

impl Stand {
    async fn publish(&self, world: &World) {
        let jwks = world.send(world.request(Method::GET, "/jwks")).await.body;
        *self.0.lock().expect("nobody panicked") = Some(jwks);
    }

    fn fail(&self) {
        *self.0.lock().expect("nobody panicked") = None;
    }
}

#[async_trait::async_trait]
impl oauth_core::fetch::Fetch for Stand {
    async fn fetch(
        &self,
        _: oauth_core::http_types::Request,
        _: usize,
    ) -> Result<oauth_core::http_types::Response, oauth_core::fetch::FetchFailed> {
        let document = self.0.lock().expect("nobody panicked").clone();
        let document = document.ok_or(oauth_core::fetch::FetchFailed::TimedOut)?;
        let answer = http::Response::builder().header("content-type", "application/jwk-set+json");
        answer.body(document.into()).map_err(oauth_core::fetch::FetchFailed::failed)
    }
}
