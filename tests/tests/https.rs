//! Plain http is refused on both adapters, and only a named proxy is believed about it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use oauth_core::https::HttpsOnly;
use reqwest::{Client, StatusCode};

/// The proxy through which the test speaks is itself.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

fn on_axum(https: HttpsOnly) -> SocketAddr {
    use axum::{Router, routing::get};

    let (listener, address) = listen();
    let app = oauth_core_axum::https_only(Router::new().route("/", get(async || "hello")), https);
    tokio::spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, app).await.expect("serves");
    });
    address
}

fn on_actix(https: HttpsOnly) -> SocketAddr {
    use actix_web::{App, HttpServer, web};
    use oauth_core_actix::RequireHttps;

    let (listener, address) = listen();
    std::thread::spawn(move || {
        let app = move || {
            let hello = web::get().to(async || "hello");
            App::new().wrap(RequireHttps::new(https.clone())).route("/", hello)
        };
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener);
        actix_web::rt::System::new().block_on(server.expect("a listener").run()).expect("serves");
    });
    address
}

async fn ask(address: SocketAddr, proto: Option<&str>) -> (StatusCode, bool) {
    let mut request = Client::new().get(format!("http://{address}/"));
    if let Some(proto) = proto {
        request = request.header("x-forwarded-proto", proto);
    }
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.headers().contains_key("strict-transport-security"))
}

#[tokio::test]
async fn plain_http_is_refused_and_https_is_kept() {
    for serve in [on_axum, on_actix] {
        let address = serve(HttpsOnly::behind([HERE]));
        assert_eq!(ask(address, Some("https")).await, (StatusCode::OK, true));
        assert_eq!(ask(address, Some("http")).await, (StatusCode::BAD_REQUEST, false));
        assert_eq!(ask(address, None).await, (StatusCode::BAD_REQUEST, false));
    }
}

#[tokio::test]
async fn forwarded_headers_from_a_stranger_are_nothing() {
    for serve in [on_axum, on_actix] {
        let address = serve(HttpsOnly::behind([ELSEWHERE]));
        assert_eq!(ask(address, Some("https")).await, (StatusCode::BAD_REQUEST, false));
    }
}
