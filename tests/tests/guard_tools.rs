//! The guard before an MCP server whose tools differ in what they need.
#![expect(clippy::expect_used, reason = "what cannot be set up ends the test")]

use std::net::SocketAddr;

use axum::{Router, body::Bytes, routing::any};
use oauth_core::{Access, guard::Requirement};
use oauth_core_axum::{Bearer, guard_tools};
use oauth_core_tests::{
    Adapter, Answer, Engine, Setup, World, clients::CALLBACK, raw::Raw, world::As,
};
use reqwest::Method;
use serde_json::json;

/// The tools, and the server whose tokens they take.
struct Tools {
    world: World,
    address: SocketAddr,
}

fn needs(tool: Option<&str>) -> Requirement {
    match tool {
        Some("delete") => Requirement::all(["read", "write"]),
        _ => Requirement::all(["read"]),
    }
}

/// Says for whom it works, and what it was sent.
async fn served(token: Bearer, body: Bytes) -> String {
    let who: &Access = &token;
    format!("{:?} {}", who.subject(), String::from_utf8_lossy(&body))
}

impl Tools {
    async fn start() -> Self {
        let world = Setup::new(Adapter::Axum, Engine::Memory).start().await;
        let mcp = Router::new().route("/mcp", any(served)).with_state(world.server.clone());
        let app = guard_tools(mcp, world.server.guard(), needs);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { world, address }
    }

    async fn token(&self, scope: &str) -> String {
        self.world.tokens_of(As::Basic("web"), "web", CALLBACK, scope).await.access
    }

    async fn send(&self, method: Method, token: Option<&str>, body: impl Into<String>) -> Answer {
        let url = format!("http://{}/mcp", self.address);
        let request = self.world.http.request(method, url).body(body.into());
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        self.world.send(request).await
    }

    async fn post(&self, token: &str, body: impl Into<String>) -> Answer {
        self.send(Method::POST, Some(token), body).await
    }
}

fn call(tool: &str) -> String {
    let params = json!({ "name": tool, "arguments": { "name": "delete", "size": 0.1 } });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dos_005_a_message_that_does_not_arrive_is_not_waited_for() {
    let tools = Tools::start().await;
    let token = tools.token("read").await;
    let mut raw = Raw::connect_to(tools.address).await;
    let head = format!("POST /mcp HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n");
    raw.send(format!("{head}content-length: 1000\r\n\r\n{{")).await;
    let answer = raw.answer().await.expect("an answer");
    assert_eq!((answer.status, answer.header("connection")), (408, "close"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_may_ask_before_it_sends_the_token() {
    let tools = Tools::start().await;
    let url = format!("http://{}/mcp", tools.address);
    let options = tools.world.http.request(Method::OPTIONS, url);
    let asks = options.try_clone().expect("no body");
    let asks = asks.header("origin", "https://spa.example");
    let answer = tools.world.send(asks.header("access-control-request-method", "POST")).await;
    // The route's own answer: it needs a token even so.
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("Bearer"), "{answer:?}");
    assert!(!answer.header("www-authenticate").contains("scope="), "not the guard's: {answer:?}");
    let answer = tools.world.send(options).await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("scope=\"read\""), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_needs_what_is_said_of_it_and_gets_the_message_as_it_was() {
    let tools = Tools::start().await;
    let (read, both) = (tools.token("read").await, tools.token("read write").await);
    for body in [call("count"), r#"{"jsonrpc":"2.0","method":"ping" }"#.to_owned(), String::new()] {
        let answer = tools.post(&read, body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, format!("Some(\"alice\") {body}")));
    }
    let refused = tools.post(&read, call("delete")).await;
    refused.challenge(403, "insufficient_scope");
    assert!(refused.header("www-authenticate").contains("scope=\"read write\""), "{refused:?}");
    assert_eq!(tools.post(&both, call("delete")).await.status, 200);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(tools.send(method, Some(&read), "").await.status, 200);
    }
    // Whatever the method is, a call is a call.
    let refused = tools.send(Method::PUT, Some(&read), call("delete")).await;
    refused.challenge(403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_good_token_nothing_is_read_and_it_is_said_what_to_ask_for() {
    let tools = Tools::start().await;
    for body in [call("delete"), "{".to_owned()] {
        let refused = tools.send(Method::POST, None, body.clone()).await;
        assert_eq!(refused.status, 401, "{refused:?}");
        assert!(refused.header("www-authenticate").contains("scope=\"read\""), "{refused:?}");
        tools.post("garbage", body).await.challenge(401, "invalid_token");
    }
    // Of a body that was announced and never comes, nothing is waited for.
    for (token, challenged) in
        [("", "scope=\"read\""), ("authorization: Bearer garbage\r\n", "error=\"invalid_token\"")]
    {
        let mut raw = Raw::connect_to(tools.address).await;
        let head = "POST /mcp HTTP/1.1\r\nhost: mcp\r\ncontent-length: 3145728\r\n";
        raw.send(format!("{head}{token}\r\n")).await;
        let refused = raw.answer().await.expect("an answer");
        assert_eq!(refused.status, 401, "{refused:?}");
        assert!(refused.head.contains("www-authenticate: bearer"), "{refused:?}");
        assert!(refused.head.contains(challenged), "{refused:?}");
    }
    let write = tools.token("write").await;
    tools.post(&write, call("count")).await.challenge(403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_be_read_in_two_ways_reaches_no_tool() {
    let tools = Tools::start().await;
    let both = tools.token("read write").await;
    for body in [
        "{".to_owned(),
        format!("[{}]", call("delete")),
        call("count").replace(r#""name":"count""#, r#""name":"count","name":"delete""#),
        call("count").replace(r#""name":"count""#, r#""name":"count","n\u0061me":"delete""#),
        call("count").replace(r#""name":"count""#, r#""name":["delete"]"#),
        format!("{}{}", call("count"), call("delete")),
    ] {
        assert_eq!(tools.post(&both, body.clone()).await.status, 400, "{body}");
    }
    assert_eq!(tools.post(&both, "x".repeat((2 << 20) + 1)).await.status, 413);
}
