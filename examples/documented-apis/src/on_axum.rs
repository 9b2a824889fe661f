//! The systems on axum.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use axum::{Json, Router, extract::Path, http::StatusCode, routing::get};
use oauth_core_axum::{Bearer, router};
use serde_json::Value;

use crate::{
    Systems, api_keys,
    cutwise::{self, User, WriteDiamonds},
    rest_api::{self, RestApi},
    workspaces::{self, EditProcesses, ViewProcesses},
};

/// Everything.
pub fn app(systems: &Systems) -> Router {
    let Systems { cutwise, workspaces, rest_api, api_keys } = systems;
    let cutwise = Router::new()
        .route("/cutwise/v3/diamond/{id}", get(diamond).put(cut_diamond))
        .merge(router(&cutwise.server))
        .with_state(cutwise.server.clone());
    let workspaces = Router::new()
        .route("/{workspace}/api/processes", get(processes).post(new_process))
        .merge(router(&workspaces.server))
        .with_state(workspaces.server.clone());
    let rest_api = Router::new()
        .route("/app/rest/v2/userInfo", get(user_info))
        .route("/app/rest/v2/entities/{name}", get(entities))
        .merge(router(&rest_api.server))
        .with_state(rest_api.server.clone());
    let api_keys = Router::new()
        .route("/v1/accounts", get(accounts))
        .merge(router(&api_keys.server))
        .with_state(api_keys.server.clone());
    cutwise.merge(workspaces).merge(rest_api).merge(api_keys)
}

/// Serves everything, until `stop`.
///
/// # Errors
/// If the listener cannot be used.
pub async fn serve(
    systems: Systems,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let app = app(&systems).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

async fn diamond(token: Bearer<User>, Path(id): Path<String>) -> Result<Json<Value>, StatusCode> {
    cutwise::diamond(&token, &id).map(Json)
}

async fn cut_diamond(
    token: Bearer<WriteDiamonds>,
    Path(id): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    cutwise::diamond(&token, &id).map(Json)
}

async fn processes(token: Bearer<ViewProcesses>) -> Json<Value> {
    Json(workspaces::processes(&token))
}

async fn new_process(token: Bearer<EditProcesses>) -> Json<Value> {
    Json(workspaces::processes(&token))
}

async fn user_info(token: Bearer<RestApi>) -> Json<Value> {
    Json(rest_api::user_info(&token))
}

async fn entities(Path(name): Path<String>, token: Option<Bearer<RestApi>>) -> Json<Value> {
    Json(rest_api::entities(token.as_deref(), &name))
}

async fn accounts(token: Bearer) -> Json<Value> {
    Json(api_keys::accounts(&token))
}
