//! The application on actix-web.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpServer,
    rt::System,
    web::{self, Json},
};
use oauth_core::AuthorizationServer;
use oauth_core_actix::{Bearer, configure};
use serde_json::Value;

use crate::photos::{ReadPhotos, WritePhotos, describe};

pub(crate) fn serve(server: AuthorizationServer, listener: TcpListener) -> io::Result<()> {
    let photos =
        || web::resource("/photos").route(web::get().to(read)).route(web::post().to(write));
    let app = move || App::new().configure(configure(&server)).service(photos());
    System::new().block_on(HttpServer::new(app).listen(listener)?.run())
}

async fn read(token: Bearer<ReadPhotos>) -> Json<Value> {
    Json(describe(&token))
}

async fn write(token: Bearer<WritePhotos>) -> Json<Value> {
    Json(describe(&token))
}
