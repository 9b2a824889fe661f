//! The server that is measured, and the hello-world beside it: one worker, so that nothing is
//! spent on handing requests around.

use std::{io::Read as _, net::TcpListener, process, thread};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use oauth_core::{
    AuthorizationServer,
    events::Unheard,
    keys::RotatingKeys,
    model::{AccessTokenFormat, Client, Introspects, Scope, Secret, SecretHash, Tenant},
    store::{ClientRegistry as _, MemoryStore},
};

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

/// A form and one signature of about as many bytes as a JWT has, by the backend itself.
fn signed(form: &Form, key: &EcdsaKeyPair) -> &'static str {
    let signature = key.sign(&SystemRandom::new(), &[b'x'; 400]).expect("a signature");
    if signature.as_ref().is_empty() { "{}" } else { answer(form) }
}

fn key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key")
}

/// Serves until whoever started it is gone, and says where.
pub(crate) fn run(framework: Option<Framework>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    listener.set_nonblocking(true).expect("a socket that does not block");
    println!("{address}");
    thread::spawn(|| {
        // Nothing is ever written there: it ends when the process at the other end does.
        let _ended = std::io::stdin().read(&mut [0]);
        process::exit(0);
    });
    match framework.expect("axum or actix-web") {
        Framework::Axum => on_axum::run(listener),
        Framework::Actix => on_actix::run(listener),
    }
}

async fn server() -> AuthorizationServer {
    let store = MemoryStore::new();
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
        .signing_keys(RotatingKeys::new(store))
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

    use aws_lc_rs::signature::EcdsaKeyPair;

    use axum::{
        Router,
        http::header::CONTENT_TYPE,
        response::{IntoResponse, Response},
        routing::{get, post},
    };
    use oauth_core::Approval;
    use oauth_core_axum::{AuthorizationRequest, Bearer, router};

    use super::{Form, Read, answer, key, server, signed};

    pub(super) fn run(listener: TcpListener) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let server = server().await;
            let app = Router::new()
                .route("/floor", post(floor).get(async || "hello"))
                .route("/signature", post(signature).layer(axum::Extension(Arc::new(key()))))
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
        axum::Extension(key): axum::Extension<Arc<EcdsaKeyPair>>,
        axum::Form(form): axum::Form<Form>,
    ) -> impl IntoResponse {
        ([(CONTENT_TYPE, "application/json")], signed(&form, &key))
    }

    async fn guarded(_: Bearer<Read>) -> &'static str {
        "hello"
    }

    async fn authorize(request: AuthorizationRequest) -> Response {
        request.allow(Approval::new("alice")).await
    }
}

mod on_actix {
    use std::net::TcpListener;

    use actix_web::{App, HttpResponse, HttpServer, http::header::ContentType, web};
    use aws_lc_rs::signature::EcdsaKeyPair;
    use oauth_core::Approval;
    use oauth_core_actix::{AuthorizationRequest, Bearer, configure};

    use super::{Form, Read, answer, key, server, signed};

    pub(super) fn run(listener: TcpListener) {
        actix_web::rt::System::new().block_on(async {
            let server = server().await;
            let key = web::Data::new(key());
            let app = move || {
                App::new()
                    .app_data(key.clone())
                    .route("/signature", web::post().to(signature))
                    .route("/floor", web::post().to(floor))
                    .route("/floor", web::get().to(async || "hello"))
                    .route("/guarded", web::get().to(guarded))
                    .route("/authorize", web::get().to(authorize))
                    .configure(configure(&server))
            };
            let serving = HttpServer::new(app).workers(1).listen(listener).expect("a listener");
            serving.run().await.expect("serves");
        });
    }

    async fn floor(form: web::Form<Form>) -> HttpResponse {
        HttpResponse::Ok().content_type(ContentType::json()).body(answer(&form))
    }

    async fn signature(key: web::Data<EcdsaKeyPair>, form: web::Form<Form>) -> HttpResponse {
        HttpResponse::Ok().content_type(ContentType::json()).body(signed(&form, &key))
    }

    async fn guarded(_: Bearer<Read>) -> &'static str {
        "hello"
    }

    async fn authorize(request: AuthorizationRequest) -> HttpResponse {
        request.allow(Approval::new("alice")).await
    }
}
