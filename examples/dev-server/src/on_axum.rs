//! The application on axum.

use std::{error::Error, net::SocketAddr};

use axum::{Json, Router, routing::get};
use oauth_core::AuthorizationServer;
use oauth_core_axum::{Bearer, router};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::photos::{ReadPhotos, WritePhotos, describe};

pub(crate) async fn serve(
    server: AuthorizationServer,
    listener: std::net::TcpListener,
) -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/photos", get(read).post(write))
        .merge(router(&server))
        .with_state(server)
        .into_make_service_with_connect_info::<SocketAddr>();
    listener.set_nonblocking(true)?;
    Ok(axum::serve(TcpListener::from_std(listener)?, app).await?)
}

async fn read(token: Bearer<ReadPhotos>) -> Json<Value> {
    Json(describe(&token))
}

async fn write(token: Bearer<WritePhotos>) -> Json<Value> {
    Json(describe(&token))
}
