//! The systems on actix-web.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpResponse, HttpServer, Resource,
    http::StatusCode,
    rt::{self, System},
    web::{self, Json, Path},
};
use oauth_core::AuthorizationServer;
use oauth_core_actix::{Bearer, MaybeBearer, configure as endpoints};
use serde_json::Value;

use crate::{
    Systems, api_keys,
    cutwise::{self, User, WriteDiamonds},
    rest_api::{self, RestApi},
    workspaces::{self, EditProcesses, ViewProcesses},
};

/// Everything. A path is looked for in the order in which it was added, so the systems at fixed
/// paths come before the one with a parameter.
pub fn configure(config: &mut web::ServiceConfig, systems: &Systems) {
    let Systems { cutwise, workspaces, rest_api, api_keys } = systems;
    config
        .configure(endpoints(&cutwise.server))
        .configure(endpoints(&rest_api.server))
        .configure(endpoints(&api_keys.server))
        .configure(endpoints(&workspaces.server))
        .service(
            guarded("/cutwise/v3/diamond/{id}", &cutwise.server)
                .route(web::get().to(diamond))
                .route(web::put().to(cut_diamond)),
        )
        .service(guarded("/app/rest/v2/userInfo", &rest_api.server).route(web::get().to(user_info)))
        .service(
            guarded("/app/rest/v2/entities/{name}", &rest_api.server)
                .route(web::get().to(entities)),
        )
        .service(guarded("/v1/accounts", &api_keys.server).route(web::get().to(accounts)))
        .service(
            guarded("/{workspace}/api/processes", &workspaces.server)
                .route(web::get().to(processes))
                .route(web::post().to(new_process)),
        );
}

/// A resource whose tokens are those of this server, of the four that there are.
fn guarded(path: &str, server: &AuthorizationServer) -> Resource {
    web::resource(path.to_owned()).app_data(server.guard())
}

/// Serves everything, until `stop`. actix-web has a runtime of its own on each of its threads.
///
/// # Errors
/// If the listener cannot be used.
pub fn serve(
    systems: Systems,
    listener: TcpListener,
    stop: impl Future<Output = ()> + 'static,
) -> io::Result<()> {
    System::new().block_on(async move {
        let app = move || App::new().configure(|config| configure(config, &systems));
        let serving = HttpServer::new(app).workers(2).disable_signals().listen(listener)?.run();
        let handle = serving.handle();
        rt::spawn(async move {
            stop.await;
            handle.stop(false).await;
        });
        serving.await
    })
}

async fn diamond(id: Path<String>, token: Bearer<User>) -> HttpResponse {
    answer(cutwise::diamond(&token, &id))
}

async fn cut_diamond(id: Path<String>, token: Bearer<WriteDiamonds>) -> HttpResponse {
    answer(cutwise::diamond(&token, &id))
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

async fn entities(name: Path<String>, token: MaybeBearer<RestApi>) -> Json<Value> {
    Json(rest_api::entities(token.as_deref(), &name))
}

async fn accounts(token: Bearer) -> Json<Value> {
    Json(api_keys::accounts(&token))
}

/// actix-web 4 has a status type of an older version of `http`.
fn answer(outcome: Result<Value, http::StatusCode>) -> HttpResponse {
    match outcome {
        Ok(value) => HttpResponse::Ok().json(value),
        Err(status) => {
            let status = StatusCode::from_u16(status.as_u16());
            HttpResponse::new(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        }
    }
}
