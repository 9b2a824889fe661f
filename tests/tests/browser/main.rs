//! A person, a browser, and the examples: Chromium signs in, denies, allows, refreshes and revokes.
//!
//! Needs `chromedriver` and `chromium`, as Debian packages them. Without them it says so and does
//! nothing; with `OAUTH_TEST_REQUIRE_BROWSER=1` it fails.

mod applications;
mod chromium;
mod example;
mod visitor;

use std::collections::HashMap;

use axum::{Router, extract::RawQuery, response::Html, routing::get};
use oauth_core_tests::world::authz_of;
use thirtyfour::Key;

use crate::{chromium::Chromium, example::Example, visitor::Visitor};

/// Where the quickstarts are.
const QUICKSTART: &str = "http://127.0.0.1:3000";

/// One test, since both quickstarts listen on the same port.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quickstarts_in_a_browser() {
    let Some(chromium) = Chromium::start() else { return };
    for package in ["quickstart-axum", "quickstart-actix"] {
        let _server = Example::start(package, &[], "127.0.0.1:3000").await;
        chromium
            .visit(async |visitor: Visitor| {
                denies(&visitor).await;
                allows_and_refreshes(&visitor).await;
                revokes(&visitor).await;
                needs_no_mouse(&visitor).await;
                links_that_do_not_work(&visitor).await;
            })
            .await;
    }
}

async fn denies(visitor: &Visitor) {
    visitor.open(QUICKSTART).await;
    visitor.sees("Nothing yet.").await;
    visitor.clicks("Sign in").await;
    visitor.sees("to continue to Quickstart page").await;
    visitor.is_on_a_sound_page().await;

    visitor.types("username", "demo").await;
    visitor.types("password", "wrong").await;
    visitor.clicks("Sign in").await;
    visitor.sees("User name or password is wrong.").await;
    assert_eq!(visitor.value("username").await, "demo");
    assert_eq!(visitor.value("password").await, "");
    visitor.is_on_a_sound_page().await;

    visitor.types("password", "demo").await;
    visitor.clicks("Sign in").await;
    visitor.sees("Quickstart page asks for access to your account").await;
    visitor.sees("Signed in as demo").await;
    visitor.sees("photos:read").await;
    visitor.sees("Your answer will go to http://127.0.0.1:3000").await;
    visitor.is_on_a_sound_page().await;
    visitor.clicks("Deny").await;
    visitor.sees("access_denied: ").await;
}

/// Signed in from before, and asked again.
async fn allows_and_refreshes(visitor: &Visitor) {
    visitor.clicks("Sign in").await;
    visitor.sees("Quickstart page asks for access to your account").await;
    visitor.clicks("Allow").await;
    visitor.sees("GET /photos: 200").await;
    visitor.sees("The photos of demo").await;

    let before = visitor.access_token().await;
    visitor.clears_the_answer().await;
    visitor.clicks("Refresh").await;
    visitor.sees("GET /photos: 200").await;
    assert_ne!(visitor.access_token().await, before);
    assert_eq!(visitor.photos().await, 200);
}

async fn revokes(visitor: &Visitor) {
    visitor.open(&format!("{QUICKSTART}/connected-apps")).await;
    visitor.sees("Connected applications").await;
    visitor.sees("Quickstart page Since 20").await;
    visitor.is_on_a_sound_page().await;
    visitor.clicks("Revoke access of Quickstart page").await;
    visitor.sees("Access of Quickstart page was revoked.").await;
    visitor.sees("No application has access to your account.").await;
    visitor.is_on_a_sound_page().await;

    visitor.open(QUICKSTART).await;
    assert_eq!(visitor.photos().await, 401);
    visitor.clicks("Refresh").await;
    visitor.sees("invalid_grant: ").await;

    visitor.open(&format!("{QUICKSTART}/connected-apps")).await;
    visitor.clicks("Sign out").await;
    visitor.sees("You are signed out").await;
    visitor.is_on_a_sound_page().await;
}

async fn needs_no_mouse(visitor: &Visitor) {
    visitor.open(QUICKSTART).await;
    visitor.goes_to("Sign in").await;
    visitor.presses(Key::Enter).await;
    visitor.sees("to continue to Quickstart page").await;
    assert_eq!(visitor.focused().await, "username");
    visitor.presses("demo").await;
    visitor.presses(Key::Tab).await;
    assert_eq!(visitor.focused().await, "password");
    visitor.presses("demo").await;
    visitor.presses(Key::Enter).await;
    visitor.sees("Quickstart page asks for access to your account").await;
    visitor.goes_to("Allow").await;
    visitor.presses(Key::Enter).await;
    visitor.sees("GET /photos: 200").await;
}

async fn links_that_do_not_work(visitor: &Visitor) {
    visitor.open(&format!("{QUICKSTART}/authorize?client_id=nobody")).await;
    visitor.sees("Unknown application").await;
    visitor.is_on_a_sound_page().await;
    visitor
        .open(&format!("{QUICKSTART}/authorize?client_id=page&redirect_uri=https://evil.example/"))
        .await;
    visitor.sees("This request cannot be answered").await;
    visitor.is_on_a_sound_page().await;
}

/// The quickstarts' client shares their origin. Most do not, and a policy that keeps forms at home
/// would keep the answer from them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_leaves_for_another_origin() {
    let Some(chromium) = Chromium::start() else { return };
    let client = Router::new().route("/callback", get(shown));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let callback = format!("http://{}/callback", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, client).await });

    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/dev-server/dev-server.json");
    let _server = Example::start("dev-server", &["--config", config], "127.0.0.1:4000").await;
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(authz_of("cli", &callback, "photos:read"))
        .finish();
    chromium
        .visit(async |visitor: Visitor| {
            visitor.open(&format!("http://127.0.0.1:4000/authorize?{query}")).await;
            visitor.sees("to continue to Command line").await;
            visitor.types("username", "demo").await;
            visitor.types("password", "demo").await;
            visitor.clicks("Sign in").await;
            visitor
                .sees(&format!("Your answer will go to {}", callback.trim_end_matches("/callback")))
                .await;
            visitor.clicks("Allow").await;
            visitor.sees("The client got state xyz from http://127.0.0.1:4000").await;
        })
        .await;
}

/// What the client says when it gets an answer.
async fn shown(RawQuery(query): RawQuery) -> Html<String> {
    let query = query.unwrap_or_default();
    let answer: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
    Html(format!("<main>The client got state {} from {}</main>", answer["state"], answer["iss"]))
}
