//! The diamonds API as its document shows it.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use documented_apis::cutwise::{
    CLIENT_ID, CLIENT_SECRET, LOGIN, OTHER_LOGIN, OTHER_PASSWORD, PASSWORD,
};
use oauth_core_tests::scenarios;
use reqwest::Method;
use serde_json::Value;

use crate::{
    rig::{FORM, Rig},
    spelling::{has_exactly, text},
};

const TOKEN: &str = "/cutwise/oauth/v2/token";

async fn sign_in(rig: &Rig, login: &str, password: &str) -> Value {
    let body = format!(
        "grant_type=password&username={login}&password={password}\
         &client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}"
    );
    let content_type = format!("Content-Type: {FORM}");
    rig.tokens(&format!("POST {TOKEN}"), &[&content_type], &body).await
}

async fn refresh(rig: &Rig, token: &str) -> oauth_core_tests::Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    rig.post(TOKEN, None, &form).await
}

/// As the samples of the document: base64url, without padding, of 64 hexadecimal digits.
#[track_caller]
fn is_spelled_as_documented(token: &str) {
    let hex = BASE64_URL_SAFE_NO_PAD.decode(token).expect("base64url");
    assert!(hex.len() == 64 && hex.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    assert_eq!(token.len(), 86);
}

#[track_caller]
fn is_as_documented(tokens: &Value) {
    let members = ["access_token", "expires_in", "token_type", "scope", "refresh_token"];
    has_exactly(tokens, &members);
    assert_eq!(tokens["expires_in"], 604_800);
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["scope"], "user");
    is_spelled_as_documented(text(tokens, "access_token"));
    is_spelled_as_documented(text(tokens, "refresh_token"));
}

scenarios! {
    async fn a_password_is_traded_in_one_form(setup) {
        let rig = Rig::start(setup).await;
        is_as_documented(&sign_in(&rig, LOGIN, PASSWORD).await);
        let other_order = format!(
            "client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}\
             &grant_type=password&username={LOGIN}&password={PASSWORD}"
        );
        let content_type = format!("content-type: {FORM};charset=UTF-8");
        let line = format!("POST {TOKEN}");
        is_as_documented(&rig.tokens(&line, &[&content_type], &other_order).await);
        let wrong = [
            ("grant_type", "password"),
            ("username", LOGIN),
            ("password", "wrong"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ];
        rig.post(TOKEN, None, &wrong).await.refused(400, "invalid_grant");
        let basic = Some((CLIENT_ID, CLIENT_SECRET));
        let answer = rig.post(TOKEN, basic, &wrong[..3]).await;
        answer.refused(401, "invalid_client");
    }

    async fn a_refresh_token_can_be_used_only_once(setup) {
        let rig = Rig::start(setup).await;
        let first = sign_in(&rig, LOGIN, PASSWORD).await;
        let bystander = sign_in(&rig, LOGIN, PASSWORD).await;
        let second = refresh(&rig, text(&first, "refresh_token")).await.is_ok().json();
        is_as_documented(&second);
        let third = refresh(&rig, text(&second, "refresh_token")).await.is_ok().json();
        is_as_documented(&third);
        assert_eq!(rig.get("/cutwise/v3/diamond/123", text(&third, "access_token")).await.status, 200);
        refresh(&rig, text(&first, "refresh_token")).await.refused(400, "invalid_grant");
        refresh(&rig, text(&third, "refresh_token")).await.refused(400, "invalid_grant");
        let over = rig.get("/cutwise/v3/diamond/123", text(&third, "access_token")).await;
        over.challenge(401, "invalid_token");
        refresh(&rig, text(&bystander, "refresh_token")).await.is_ok();
    }

    async fn a_diamond_is_shown_to_whom_it_belongs(setup) {
        let rig = Rig::start(setup).await;
        let tokens = sign_in(&rig, LOGIN, PASSWORD).await;
        let token = text(&tokens, "access_token");
        let authorization = format!("Authorization: Bearer {token}");
        let line = "GET /cutwise/v3/diamond/123";
        let diamond = rig.raw(line, &[&authorization], "").await;
        assert_eq!(diamond.status, 200, "{diamond:?}");
        let diamond: Value = serde_json::from_str(&diamond.body).expect("JSON");
        assert_eq!((&diamond["id"], &diamond["owner"]), (&"123".into(), &LOGIN.into()));
        for id in ["124", "125"] {
            assert_eq!(rig.get(&format!("/cutwise/v3/diamond/{id}"), token).await.status, 403);
        }
        let other = sign_in(&rig, OTHER_LOGIN, OTHER_PASSWORD).await;
        let other = text(&other, "access_token");
        assert_eq!(rig.get("/cutwise/v3/diamond/124", other).await.status, 200);
        assert_eq!(rig.get("/cutwise/v3/diamond/123", other).await.status, 403);
        let change = rig.request(Method::PUT, "/cutwise/v3/diamond/123").bearer_auth(token);
        let change = rig.send(change).await;
        change.challenge(403, "insufficient_scope");
        assert!(change.header("www-authenticate").contains("scope=\"diamonds:write\""));
    }

    async fn without_a_good_token_it_is_401(setup) {
        let rig = Rig::start(setup).await;
        let path = "/cutwise/v3/diamond/123";
        let bare = rig.get_bare(path).await;
        assert_eq!(bare.status, 401);
        assert!(bare.header("www-authenticate").starts_with("Bearer realm="));
        let tokens = sign_in(&rig, LOGIN, PASSWORD).await;
        let documented =
            "YzU5NDczNTMwMDY2YWY1ZjM5YmViNGJlMTU2ZmI2YjZmNjJjYjE0Y2Y5MmVhNmEyNzIxY2IxMzk1N2EzNWYyMw";
        for wrong in [documented, text(&tokens, "refresh_token"), "x"] {
            rig.get(path, wrong).await.challenge(401, "invalid_token");
        }
        rig.clock.advance(604_799);
        assert_eq!(rig.get(path, text(&tokens, "access_token")).await.status, 200);
        rig.clock.advance(1);
        rig.get(path, text(&tokens, "access_token")).await.challenge(401, "invalid_token");
    }

    async fn log_008_a_token_in_the_address_is_not_looked_at(setup) {
        let rig = Rig::start(setup).await;
        let tokens = sign_in(&rig, LOGIN, PASSWORD).await;
        let path = format!("/cutwise/v3/diamond/123?access_token={}", text(&tokens, "access_token"));
        assert_eq!(rig.get_bare(&path).await.status, 401);
        assert!(!rig.events.heard(text(&tokens, "access_token")));
    }
}
