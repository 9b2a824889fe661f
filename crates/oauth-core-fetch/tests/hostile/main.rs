//! Servers and names that mean harm, and what the client makes of them.

#![expect(clippy::unwrap_used, reason = "a rig that does not stand ends the test")]

mod keys;
mod rig;

use std::net::IpAddr;

use http::{Method, StatusCode};
use oauth_core::fetch::{Fetch, FetchFailed};
use oauth_core_fetch::{GuardedFetch, InvalidFetch};
use tokio::time::Instant;

use crate::rig::{HOST, Names, Server, get};

const LIMIT: usize = 1000;

fn ok(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn what_is_there_is_fetched_whatever_its_status() {
    let server = Server::says(ok("{}")).await;
    let answer = server.fetch().fetch(get(&server.url()), LIMIT).await.unwrap();
    assert_eq!((answer.status(), &answer.body()[..]), (StatusCode::OK, &b"{}"[..]));
    for status in [204, 304, 404, 500] {
        let server = Server::says(format!("HTTP/1.1 {status} X\r\n\r\n").into_bytes()).await;
        let answer = server.fetch().fetch(get(&server.url()), LIMIT).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().len()), (status, 0));
    }
}

#[tokio::test]
async fn a_request_goes_out_as_it_is_without_an_offer_to_decompress() {
    let server = Server::says(ok("{}")).await;
    let mut request = get(&server.url());
    *request.method_mut() = Method::POST;
    *request.body_mut() = "logout_token=x".into();
    server.fetch().fetch(request, LIMIT).await.unwrap();
    let heard = server.heard();
    assert!(heard.starts_with("POST /doc HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("accept-encoding: identity\r\n"), "{heard}");
    assert!(heard.contains("accept: application/json\r\n"), "{heard}");
    assert!(heard.contains(&format!("host: {HOST}:")), "{heard}");
    assert!(!heard.contains("cookie:") && !heard.contains("referer:"), "{heard}");
    assert!(heard.ends_with("logout_token=x"), "{heard}");
}

#[tokio::test]
async fn reg_027_a_redirect_is_an_answer_and_nothing_more() {
    let server = Server::new(|server| {
        let url = server.replace("/doc", "/elsewhere");
        format!("HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n").into_bytes()
    });
    let server = server.await;
    let answer = server.fetch().fetch(get(&server.url()), LIMIT).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn dos_012_no_more_than_the_limit_is_read() {
    let exact = Server::says(ok(&"x".repeat(LIMIT))).await;
    let answer = exact.fetch().fetch(get(&exact.url()), LIMIT).await.unwrap();
    assert_eq!(answer.body().len(), LIMIT);
    let more = Server::says(ok(&"x".repeat(LIMIT + 1))).await;
    let answer = more.fetch().fetch(get(&more.url()), LIMIT).await;
    assert!(matches!(answer, Err(FetchFailed::TooLarge)), "{answer:?}");
    // Without a length, or with chunks, there is nothing to read it from but the body.
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 1 << 20]].concat();
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400)).repeat(100);
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n");
    for said in [endless, chunked.into_bytes()] {
        let server = Server::says(said).await;
        let answer = server.fetch().fetch(get(&server.url()), LIMIT).await;
        assert!(matches!(answer, Err(FetchFailed::TooLarge)), "{answer:?}");
    }
    // A promise of more than there is.
    let server = Server::says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".to_vec()).await;
    let answer = server.fetch().fetch(get(&server.url()), LIMIT).await;
    assert!(matches!(answer, Err(FetchFailed::Failed(_))), "{answer:?}");
}

#[tokio::test]
async fn dos_012_a_compressed_answer_is_none() {
    for encoding in ["gzip", "br", "deflate", "zstd"] {
        let said = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\n\r\nbomb");
        let server = Server::says(said.into_bytes()).await;
        let answer = server.fetch().fetch(get(&server.url()), LIMIT).await;
        assert!(matches!(answer, Err(FetchFailed::Failed(_))), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn dos_012_who_drips_or_hangs_is_left() {
    let (drips, mute) = (Server::drips().await, Server::mute().await);
    let nowhere = GuardedFetch::builder().lookup(Names::that_never_answer()).build().unwrap();
    // Five seconds for all of it, of which three are for the connection.
    for (fetch, url, seconds) in [
        (drips.fetch(), drips.url(), 5),
        (mute.fetch(), mute.url(), 3),
        (nowhere, "https://a.example/".to_owned(), 3),
    ] {
        let begin = Instant::now();
        let answer = fetch.fetch(get(&url), LIMIT).await;
        assert!(matches!(answer, Err(FetchFailed::TimedOut)), "{answer:?}");
        assert_eq!(begin.elapsed().as_secs(), seconds, "{url}");
    }
    assert!(drips.heard().starts_with("GET "), "it was asked");
}

#[tokio::test(start_paused = true)]
async fn dos_012_who_finds_no_room_is_told() {
    let names = Names::local();
    let fetch = GuardedFetch::builder().lookup(names.clone()).concurrency(0).build().unwrap();
    let answer = fetch.fetch(get("https://a.example/"), LIMIT).await;
    assert!(matches!(answer, Err(FetchFailed::Busy)), "{answer:?}");
    assert_eq!(names.asked(), 0);
}

#[tokio::test]
async fn reg_028_a_name_that_leads_inside_is_not_followed() {
    let server = Server::says(ok("{}")).await;
    for inside in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"]
    {
        // Alone, and hidden among public ones.
        for addresses in [vec![inside], vec!["1.1.1.1", inside], vec![inside, "1.1.1.1"]] {
            let names = Names::of(addresses);
            let fetch = server.builder().lookup(names.clone()).build().unwrap();
            let answer = fetch.fetch(get(&server.url()), LIMIT).await;
            assert!(matches!(answer, Err(FetchFailed::Refused(_))), "{inside}: {answer:?}");
            assert_eq!(names.asked(), 1);
        }
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn reg_028_an_address_in_the_url_is_checked_too() {
    let server = Server::says(ok("{}")).await;
    let port = server.port();
    let fetch = server.builder().build().unwrap();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
        let answer = fetch.fetch(get(&format!("https://{host}:{port}/")), LIMIT).await;
        assert!(matches!(answer, Err(FetchFailed::Refused(_))), "{host}: {answer:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn dos_014_the_address_that_was_checked_is_the_one_that_is_dialled() {
    let server = Server::says(ok("{}")).await;
    let first: IpAddr = "127.0.0.1".parse().unwrap();
    // Nobody listens at the second answer, which a second look-up would dial.
    let names = Names::that_change(first, "127.0.0.9".parse().unwrap());
    let builder = server.builder().dangerous_allow_loopback().lookup(names.clone());
    let answer = builder.build().unwrap().fetch(get(&server.url()), LIMIT).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!((names.asked(), server.connections()), (1, 1));
    // The name stayed: it is what the certificate was checked for, and what `Host` says.
    assert!(server.heard().contains(&format!("host: {HOST}:")));
}

#[tokio::test]
async fn a_certificate_for_another_or_of_nobody_is_no_good() {
    let server = Server::says(ok("{}")).await;
    let other = server.url().replace(HOST, "other.example");
    let untrusting = GuardedFetch::builder()
        .dangerous_allow_loopback()
        .port(server.port())
        .lookup(Names::local());
    for (fetch, url) in [(server.fetch(), other), (untrusting.build().unwrap(), server.url())] {
        let answer = fetch.fetch(get(&url), LIMIT).await;
        assert!(matches!(answer, Err(FetchFailed::Failed(_))), "{answer:?}");
        assert_eq!(server.heard(), "");
    }
}

#[tokio::test]
async fn a_url_stands_for_one_on_loopback_where_that_was_said() {
    let server = Server::plain(ok("{}")).await;
    let named = "https://client.example/metadata.json";
    let stand_in = format!("http://127.0.0.1:{}/metadata.json", server.port());
    let fetch = GuardedFetch::builder().dangerous_map(named, stand_in).lookup(Names::of(vec![]));
    let fetch = fetch.build().unwrap();
    let answer = fetch.fetch(get(named), LIMIT).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    for other in ["https://client.example/metadata.json?x", "https://client.example/"] {
        assert!(fetch.fetch(get(other), LIMIT).await.is_err(), "{other}");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn only_https_is_mapped_and_only_to_loopback() {
    for (url, stand_in) in [
        ("http://a.example/", "http://127.0.0.1/"),
        ("https://a.example", "http://127.0.0.1/"),
        ("https://a.example/", "http://10.0.0.1/"),
        ("https://a.example/", "http://localhost/"),
        ("https://a.example/", "ftp://127.0.0.1/"),
    ] {
        let built = GuardedFetch::builder().dangerous_map(url, stand_in).build();
        assert!(matches!(built, Err(InvalidFetch::Map(_))), "{url} {stand_in}");
    }
    let built = GuardedFetch::builder().root_certificate("not PEM").build();
    assert!(matches!(built, Err(InvalidFetch::RootCertificate)));
}
