//! The server that is measured, and the hello-world beside it: one worker, so that nothing is
//! spent on handing requests around.

use std::{net::TcpListener, process, thread};

use oauth_core::{
    AuthorizationServer,
    clock::Timestamp,
    crypto::SigningAlgorithm,
    events::Unheard,
    keys::RotatingKeys,
    model::{AccessTokenFormat, Client, Introspects, Scope, Secret, SecretHash, Tenant},
    store::{ClientRegistry as _, GrantStore as _, MemoryStore},
};

use crate::raw::Raw;

/// The redirect URI of `web`.
pub(crate) const CALLBACK: &str = "https://client.example/callback";

/// The secret of both clients. Generated ones look like this.
pub(crate) const SECRET: &str = "s3cr3t-0123456789abcdefghijklmnopqrstuvwxyz";

/// What the hello-world answers: 200 bytes, about as many as an answer with an access token.
const ANSWER: &str = concat!(
    r#"{"access_token":"oat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","#,
    r#""token_type":"Bearer","expires_in":600,"scope":"read write","#,
    r#""padding":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#
);
const _: () = assert!(ANSWER.len() == 200);

/// When everything has expired.
const END_OF_TIME: Timestamp = Timestamp::from_unix(i64::MAX);

oauth_core::scope!(Read = "read");

/// What carries the endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Framework {
    Axum,
    Actix,
}

impl Framework {
    pub(crate) const BOTH: [Self; 2] = [Self::Axum, Self::Actix];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix-web",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::BOTH.into_iter().find(|own| own.name() == name)
    }
}

/// What the JWTs of a server are signed with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(crate) const BOTH: [Self; 2] = [Self::Es256, Self::EdDsa];

    pub(crate) fn name(self) -> &'static str {
        self.of_keys().as_str()
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::BOTH.into_iter().find(|own| own.name() == name)
    }

    fn of_keys(self) -> SigningAlgorithm {
        match self {
            Self::Es256 => SigningAlgorithm::Es256,
            Self::EdDsa => SigningAlgorithm::EdDsa,
        }
    }
}

/// The form that the hello-world reads.
#[derive(serde::Deserialize)]
struct Form {
    grant_type: String,
    scope: String,
}

fn answer(form: &Form) -> &'static str {
    // So that the form is not read for nothing.
    if form.grant_type.is_empty() || form.scope.is_empty() { "{}" } else { ANSWER }
}

/// A form and one signature by the backend itself.
fn signed(form: &Form, raw: &Raw) -> &'static str {
    if raw.signs() { answer(form) } else { "{}" }
}

/// One verification by the backend itself.
fn verified(raw: &Raw) -> &'static str {
    if raw.verifies() { "hello" } else { "" }
}

/// Serves until whoever started it is gone, and says where.
pub(crate) fn run(framework: Option<Framework>, algorithm: Option<Algorithm>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    listener.set_nonblocking(true).expect("a socket that does not block");
    println!("{address}");
    let store = MemoryStore::new();
    thread::spawn({
        let store = store.clone();
        move || obey(&store)
    });
    let algorithm = algorithm.expect("ES256 or EdDSA");
    match framework.expect("axum or actix-web") {
        Framework::Axum => on_axum::run(listener, algorithm, store),
        Framework::Actix => on_actix::run(listener, algorithm, store),
    }
}

/// Empties the store whenever a line comes, and ends with the process that sends them.
fn obey(store: &MemoryStore) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for line in std::io::stdin().lines() {
        line.expect("a line");
        runtime.block_on(store.purge(END_OF_TIME, u32::MAX)).expect("purged");
        println!();
    }
    process::exit(0);
}

async fn server(algorithm: Algorithm, store: MemoryStore) -> AuthorizationServer {
    let hash = SecretHash::of_generated(&Secret::new(SECRET));
    let web = Client::confidential("web", hash.clone())
        .grant_types(["authorization_code", "refresh_token", "client_credentials"])
        .redirect_uri(CALLBACK)
        .scope("read write");
    let jwt = Client::confidential("jwt", hash.clone())
        .grant_types(["client_credentials"])
        .scope("read write")
        .access_token_format(AccessTokenFormat::Jwt);
    let rs = Client::confidential("rs", hash).grant_types([]).introspects(Introspects::Any);
    for client in [web, jwt, rs] {
        let client = client.build().expect("a sound client");
        store.register(&Tenant::default(), &client).await.expect("registered");
    }
    AuthorizationServer::builder("https://as.example", store.clone(), store.clone())
        .signing_keys(RotatingKeys::new(store).algorithms([algorithm.of_keys()]))
        .scopes(Scope::parse("read write").expect("a scope"))
        .events(Unheard)
        .build()
        .expect("a server")
}

mod on_axum {
    use std::{
        net::{SocketAddr, TcpListener},
        sync::Arc,
    };

    use axum::{
        Router,
        http::header::CONTENT_TYPE,
        response::{IntoResponse, Response},
        routing::{get, post},
    };
    use oauth_core::Approval;
    use oauth_core_axum::{AuthorizationRequest, Bearer, router};

    use super::{Algorithm, Form, MemoryStore, Raw, Read, answer, server, signed, verified};

    pub(super) fn run(listener: TcpListener, algorithm: Algorithm, store: MemoryStore) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let server = server(algorithm, store).await;
            let app = Router::new()
                .route("/signature", post(signature))
                .route("/verification", get(verification))
                .layer(axum::Extension(Arc::new(Raw::new(algorithm))))
                .route("/floor", post(floor).get(async || "hello"))
                .route("/guarded", get(guarded))
                .route("/authorize", get(authorize))
                .merge(router(&server))
                .with_state(server);
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await.expect("serves");
        });
    }

    async fn floor(axum::Form(form): axum::Form<Form>) -> impl IntoResponse {
        ([(CONTENT_TYPE, "application/json")], answer(&form))
    }

    async fn signature(
        axum::Extension(raw): axum::Extension<Arc<Raw>>,
        axum::Form(form): axum::Form<Form>,
    ) -> impl IntoResponse {
        ([(CONTENT_TYPE, "application/json")], signed(&form, &raw))
    }

    async fn verification(axum::Extension(raw): axum::Extension<Arc<Raw>>) -> &'static str {
        verified(&raw)
    }

    async fn guarded(_: Bearer<Read>) -> &'static str {
        "hello"
    }

    async fn authorize(request: AuthorizationRequest) -> Response {
        request.allow(Approval::new("alice")).await
    }
}

mod on_actix {
    use std::{net::TcpListener, time::Duration};

    use actix_web::{App, HttpResponse, HttpServer, http::header::ContentType, web};
    use oauth_core::Approval;
    use oauth_core_actix::{AuthorizationRequest, Bearer, configure};

    use super::{Algorithm, Form, MemoryStore, Raw, Read, answer, server, signed, verified};

    pub(super) fn run(listener: TcpListener, algorithm: Algorithm, store: MemoryStore) {
        actix_web::rt::System::new().block_on(async {
            let server = server(algorithm, store).await;
            let raw = web::Data::new(Raw::new(algorithm));
            let app = move || {
                App::new()
                    .app_data(raw.clone())
                    .route("/signature", web::post().to(signature))
                    .route("/verification", web::get().to(verification))
                    .route("/floor", web::post().to(floor))
                    .route("/floor", web::get().to(async || "hello"))
                    .route("/guarded", web::get().to(guarded))
                    .route("/authorize", web::get().to(authorize))
                    .configure(configure(&server))
            };
            // While others are measured, the connections rest for longer than the usual 5 seconds.
            let serving = HttpServer::new(app).workers(1).keep_alive(Duration::from_secs(600));
            let serving = serving.listen(listener).expect("a listener");
            serving.run().await.expect("serves");
        });
    }

    async fn floor(form: web::Form<Form>) -> HttpResponse {
        HttpResponse::Ok().content_type(ContentType::json()).body(answer(&form))
    }

    async fn signature(raw: web::Data<Raw>, form: web::Form<Form>) -> HttpResponse {
        HttpResponse::Ok().content_type(ContentType::json()).body(signed(&form, &raw))
    }

    async fn verification(raw: web::Data<Raw>) -> &'static str {
        verified(&raw)
    }

    async fn guarded(_: Bearer<Read>) -> &'static str {
        "hello"
    }

    async fn authorize(request: AuthorizationRequest) -> HttpResponse {
        request.allow(Approval::new("alice")).await
    }
}
