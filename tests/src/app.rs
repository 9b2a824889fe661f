//! The host application, once on axum and once on actix-web.
//!
//! Whoever sends `X-User` is signed in (since `X-Auth-Time`, or now); whoever sends
//! `X-Decision: deny` says no, everybody else says yes, to no more than `X-Scope` if they send that.
//! Who posts to `/end-all` ends everything that they ever allowed.
//! Where the server is one of many tenants, the same is found below `/{tenant}`.

use std::net::{SocketAddr, TcpListener};

use oauth_core::{
    Approval, AuthorizationRequest, AuthorizationServer, clock::Timestamp, model::Scope,
};
use serde_json::{Value, json};

use crate::Adapter;

oauth_core::scope!(
    /// May look.
    pub Read = "read"
);
oauth_core::scope!(
    /// May change.
    pub Write = "write"
);

/// An application that runs until it is dropped.
#[derive(Debug)]
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody listens any more where the application has ended by itself.
            let _ended = stop.send(());
        }
    }
}

/// What the host makes of an authorization request.
enum Decision {
    SignIn,
    Deny,
    Allow(Approval),
}

fn decide(request: &AuthorizationRequest, header: impl Fn(&str) -> Option<String>) -> Decision {
    let Some(user) = header("x-user") else { return Decision::SignIn };
    let now = request.context().now();
    let auth_time = header("x-auth-time").and_then(|text| text.parse().ok());
    let auth_time = auth_time.map_or(now, Timestamp::from_unix);
    if request.needs_sign_in(auth_time) {
        return Decision::SignIn;
    }
    match header("x-decision").as_deref() {
        Some("deny") => Decision::Deny,
        _ => {
            let approval = Approval::new(user).auth_time(auth_time).claim("tier", "gold");
            Decision::Allow(match header("x-scope") {
                Some(scope) => approval.scope(Scope::parse(&scope).expect("a scope")),
                None => approval,
            })
        }
    }
}

/// Ends every grant of whoever is signed in.
async fn end_all(server: &AuthorizationServer, user: Option<&str>) -> u16 {
    let (Some(grants), Some(user)) = (server.grants(), user) else { return 404 };
    match grants.revoke_subject(&user.into()).await {
        Ok(_) => 204,
        Err(_) => 503,
    }
}

fn describe(access: &oauth_core::Access) -> Value {
    json!({
        "sub": access.subject(), "client_id": access.client_id(), "scope": access.scope(),
        "exp": access.expires_at(), "claims": access.claims(),
    })
}

/// Starts the application on a port of its own.
pub fn start(adapter: Adapter, server: AuthorizationServer) -> App {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel();
    match adapter {
        Adapter::Axum => on_axum::start(listener, server, stopped),
        Adapter::Actix => on_actix::start(listener, server, stopped),
    }
    App { address, stop: Some(stop) }
}

mod on_axum {
    use std::net::{SocketAddr, TcpListener};

    use axum::{
        Json, Router,
        extract::State,
        http::HeaderMap,
        http::StatusCode,
        response::Response,
        routing::{any, get, post},
    };
    use oauth_core::{
        AuthorizationServer,
        guard::{AnyOf, Requirement},
    };
    use oauth_core_axum::{AuthorizationRequest, Bearer, guard_layer, router};
    use serde_json::Value;
    use tokio::sync::oneshot::Receiver;

    use super::{Decision, Read, Write, decide, describe};

    pub(super) fn start(listener: TcpListener, server: AuthorizationServer, stopped: Receiver<()>) {
        let guarded = Router::new()
            .route("/layered", any(async |token: Bearer| Json(describe(&token))))
            .route_layer(guard_layer(&server.guard(), Requirement::all(["read"])));
        let a = oauth_core::model::ResourceId::parse("https://a.example").expect("a resource");
        let only_a = server.guard().for_resource(a).layer(Requirement::none());
        let nested = Router::new()
            .route("/nested", get(async || "a"))
            .route_layer(only_a.clone())
            .route_layer(server.guard().layer(Requirement::none()));
        let only_a = Router::new().route("/only-a", get(async || "a")).route_layer(only_a);
        let live = server.guard_checking_revocation().layer(Requirement::none());
        let twice = Router::new()
            .route("/live-inside", get(async || "live"))
            .route_layer(live.clone())
            .route_layer(server.guard().layer(Requirement::none()));
        let live = Router::new().route("/live", get(async || "live")).route_layer(live);
        let app = Router::new()
            .route("/authorize", any(authorize))
            .route("/end-all", post(end_all))
            .route("/resource", any(async |token: Bearer| Json(describe(&token))))
            .route("/read", any(async |token: Bearer<Read>| Json(describe(&token))))
            .route("/both", any(async |token: Bearer<(Read, Write)>| Json(describe(&token))))
            .route(
                "/either",
                any(async |token: Bearer<AnyOf<(Read, Write)>>| Json(describe(&token))),
            )
            .route("/maybe", any(maybe))
            .merge(guarded)
            .merge(only_a)
            .merge(nested)
            .merge(live)
            .merge(twice)
            .route("/{tenant}/authorize", any(authorize))
            .route("/{tenant}/resource", any(async |token: Bearer| Json(describe(&token))))
            .merge(router(&server))
            .with_state(server);
        tokio::spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            let serving = axum::serve(listener, app).with_graceful_shutdown(async {
                let _gone = stopped.await;
            });
            serving.await.expect("serves until it is stopped");
        });
    }

    async fn maybe(token: Option<Bearer>) -> Json<Value> {
        Json(token.map_or(Value::Null, |token| describe(&token)))
    }

    async fn end_all(State(server): State<AuthorizationServer>, headers: HeaderMap) -> StatusCode {
        let user = headers.get("x-user").and_then(|user| user.to_str().ok());
        StatusCode::from_u16(super::end_all(&server, user).await).expect("a status")
    }

    async fn authorize(headers: HeaderMap, request: AuthorizationRequest) -> Response {
        let header = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        match decide(&request, header) {
            Decision::SignIn => request.sign_in_at("/sign-in"),
            Decision::Deny => request.deny(),
            Decision::Allow(approval) => request.allow(approval).await,
        }
    }
}

mod on_actix {
    use std::{net::TcpListener, thread};

    use actix_web::{
        App, HttpRequest, HttpResponse, HttpServer,
        http::StatusCode,
        web::{self, Json},
    };
    use oauth_core::{
        AuthorizationServer,
        guard::{AnyOf, Requirement},
    };
    use oauth_core_actix::{AuthorizationRequest, Bearer, MaybeBearer, RequireToken, configure};
    use serde_json::Value;
    use tokio::sync::oneshot::Receiver;

    use super::{Decision, Read, Write, decide, describe};

    pub(super) fn start(listener: TcpListener, server: AuthorizationServer, stopped: Receiver<()>) {
        thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let serving = HttpServer::new(move || {
                    App::new().configure(|config| application(config, &server))
                })
                .workers(2)
                .disable_signals()
                .listen(listener)
                .expect("a listener")
                .run();
                let handle = serving.handle();
                actix_web::rt::spawn(async move {
                    let _gone = stopped.await;
                    handle.stop(false).await;
                });
                serving.await.expect("serves until it is stopped");
            });
        });
    }

    fn application(config: &mut web::ServiceConfig, server: &AuthorizationServer) {
        let ends = server.clone();
        let end_all = move |http: HttpRequest| end_all(http, ends.clone());
        let layered = RequireToken::new(server.guard(), Requirement::all(["read"]));
        let a = oauth_core::model::ResourceId::parse("https://a.example").expect("a resource");
        let only_a = RequireToken::new(server.guard().for_resource(a), Requirement::none());
        let live = RequireToken::new(server.guard_checking_revocation(), Requirement::none());
        config
            .configure(configure(server))
            .route("/authorize", web::route().to(authorize))
            .route("/end-all", web::post().to(end_all))
            .route("/resource", web::route().to(async |token: Bearer| Json(describe(&token))))
            .route("/read", web::route().to(async |token: Bearer<Read>| Json(describe(&token))))
            .route(
                "/both",
                web::route().to(async |token: Bearer<(Read, Write)>| Json(describe(&token))),
            )
            .route(
                "/either",
                web::route().to(async |token: Bearer<AnyOf<(Read, Write)>>| Json(describe(&token))),
            )
            .route("/maybe", web::route().to(maybe))
            .service(
                web::resource("/layered")
                    .wrap(layered)
                    .to(async |token: Bearer| Json(describe(&token))),
            )
            .service(
                web::resource("/nested")
                    .wrap(only_a.clone())
                    .wrap(RequireToken::new(server.guard(), Requirement::none()))
                    .to(async || "a"),
            )
            .service(web::resource("/only-a").wrap(only_a).to(async || "a"))
            .service(
                web::resource("/live-inside")
                    .wrap(live.clone())
                    .wrap(RequireToken::new(server.guard(), Requirement::none()))
                    .to(async || "live"),
            )
            .service(web::resource("/live").wrap(live).to(async || "live"))
            .route("/{tenant}/authorize", web::route().to(authorize))
            .route(
                "/{tenant}/resource",
                web::route().to(async |token: Bearer| Json(describe(&token))),
            );
    }

    async fn maybe(token: MaybeBearer) -> Json<Value> {
        Json(token.as_ref().map_or(Value::Null, |token| describe(token)))
    }

    async fn end_all(http: HttpRequest, server: AuthorizationServer) -> HttpResponse {
        let user = http.headers().get("x-user").and_then(|user| user.to_str().ok());
        let status = StatusCode::from_u16(super::end_all(&server, user).await);
        HttpResponse::new(status.expect("a status"))
    }

    async fn authorize(http: HttpRequest, request: AuthorizationRequest) -> HttpResponse {
        let header = |name: &str| Some(http.headers().get(name)?.to_str().ok()?.to_owned());
        match decide(&request, header) {
            Decision::SignIn => request.sign_in_at("/sign-in"),
            Decision::Deny => request.deny(),
            Decision::Allow(approval) => request.allow(approval).await,
        }
    }
}
