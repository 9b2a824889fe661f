//! The API behind keys as its document shows it.

use documented_apis::api_keys::{API_KEY, API_SECRET};
use oauth_core_tests::scenarios;
use serde_json::Value;

use crate::{
    rig::{FORM, Rig},
    spelling::{has_exactly, text},
};

const TOKEN: &str = "/auth/v2/accesstoken";

async fn sign_in(rig: &Rig) -> Value {
    let headers = [&format!("Content-Type: {FORM}"), "Cache-Control: no-cache"];
    let body = format!("client_id={API_KEY}&client_secret={API_SECRET}");
    rig.tokens(&format!("POST {TOKEN}?grant_type=client_credentials"), &headers, &body).await
}

fn refresh(token: &str) -> [(&'static str, &str); 3] {
    [("client_id", API_KEY), ("client_secret", API_SECRET), ("refresh_token", token)]
}

#[track_caller]
fn is_as_documented(rig: &Rig, tokens: &Value, refresh_count: &str) {
    let now = oauth_core::clock::Clock::now(&rig.clock).unix();
    let told = [
        ("token_type", "BearerToken"),
        ("scope", ""),
        ("status", "approved"),
        ("refresh_token_expires_in", "1799"),
        ("refresh_token_issued_at", &format!("{now}000")),
        ("expires_in", "86399"),
        ("refresh_count", refresh_count),
    ];
    for (member, value) in told {
        assert_eq!(text(tokens, member), value, "{member}");
    }
    for (member, length) in [("access_token", 28), ("refresh_token", 32)] {
        assert_eq!(text(tokens, member).len(), length);
        assert!(text(tokens, member).bytes().all(|b| b.is_ascii_alphanumeric()));
    }
    let mut members: Vec<_> = told.iter().map(|(member, _)| *member).collect();
    members.extend(["access_token", "refresh_token"]);
    has_exactly(tokens, &members);
}

scenarios! {
    async fn a_key_and_a_secret_are_traded_for_nine_strings(setup) {
        let rig = Rig::start(setup).await;
        let tokens = sign_in(&rig).await;
        is_as_documented(&rig, &tokens, "0");
        assert_ne!(sign_in(&rig).await["access_token"], tokens["access_token"]);
        let path = format!("{TOKEN}?grant_type=client_credentials");
        for (key, secret) in [(API_KEY, "wrong"), ("wrong", API_SECRET)] {
            let wrong = [("client_id", key), ("client_secret", secret)];
            rig.post(&path, None, &wrong).await.refused(401, "invalid_client");
        }
        rig.post(&path, Some((API_KEY, API_SECRET)), &[]).await.refused(401, "invalid_client");
        let nameless = [("client_id", API_KEY), ("client_secret", API_SECRET)];
        rig.post(TOKEN, None, &nameless).await.refused(400, "invalid_request");
    }

    async fn the_refresh_token_works_and_counts_up(setup) {
        let rig = Rig::start(setup).await;
        let first = sign_in(&rig).await;
        rig.clock.advance(1_798);
        let path = format!("{TOKEN}?grant_type=refresh_token");
        let asked = refresh(text(&first, "refresh_token"));
        let second = rig.post(&path, None, &asked).await.is_ok().json();
        is_as_documented(&rig, &second, "1");
        rig.clock.advance(1_798);
        let mut asked = refresh(text(&second, "refresh_token")).to_vec();
        asked.push(("grant_type", "refresh_token"));
        let third = rig.post(TOKEN, None, &asked).await.is_ok().json();
        is_as_documented(&rig, &third, "2");
        assert_eq!(rig.get("/v1/accounts", text(&third, "access_token")).await.status, 200);
        rig.clock.advance(1_799);
        let late = rig.post(&path, None, &refresh(text(&third, "refresh_token"))).await;
        late.refused(400, "invalid_grant");
        // Spent tokens end the grant, whether or not they have expired meanwhile.
        let replayed = rig.post(&path, None, &refresh(text(&first, "refresh_token"))).await;
        replayed.refused(400, "invalid_grant");
        rig.get("/v1/accounts", text(&third, "access_token")).await.challenge(401, "invalid_token");
    }

    async fn the_resource_is_open_to_good_tokens(setup) {
        let rig = Rig::start(setup).await;
        let tokens = sign_in(&rig).await;
        let authorization = format!("Authorization: Bearer {}", text(&tokens, "access_token"));
        let answer = rig.raw("GET /v1/accounts", &[&authorization], "").await;
        assert_eq!(answer.status, 200);
        let accounts: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(accounts["api_key"], API_KEY);
        assert_eq!(rig.get_bare("/v1/accounts").await.status, 401);
        for wrong in ["Axqx362CnSmLABgzqcBasG0pxBj9", text(&tokens, "refresh_token"), "x"] {
            rig.get("/v1/accounts", wrong).await.challenge(401, "invalid_token");
        }
        rig.clock.advance(86_399);
        let late = rig.get("/v1/accounts", text(&tokens, "access_token")).await;
        late.challenge(401, "invalid_token");
    }

    async fn tok_039_tok_040_nothing_but_the_grant_type_is_read_from_the_query(setup) {
        let rig = Rig::start(setup).await;
        let tokens = sign_in(&rig).await;
        let token = text(&tokens, "refresh_token");
        let credentials = [("client_id", API_KEY), ("client_secret", API_SECRET)];
        let path = format!("{TOKEN}?grant_type=refresh_token&refresh_token={token}");
        rig.post(&path, None, &credentials).await.refused(400, "invalid_request");
        let path = format!(
            "{TOKEN}?grant_type=client_credentials&client_id={API_KEY}&client_secret={API_SECRET}"
        );
        rig.post(&path, None, &[]).await.refused(401, "invalid_client");
        rig.post(&path, None, &credentials[..1]).await.refused(401, "invalid_client");
        for named in ["client_credentials", "refresh_token"] {
            let path = format!("{TOKEN}?grant_type=client_credentials");
            let twice = [credentials[0], credentials[1], ("grant_type", named)];
            rig.post(&path, None, &twice).await.refused(400, "invalid_request");
        }
        let path = format!("{TOKEN}?grant_type=client_credentials&grant_type=refresh_token");
        rig.post(&path, None, &credentials).await.refused(400, "invalid_request");
        assert!(!rig.events.heard(API_SECRET) && !rig.events.heard(token));
        rig.post(&format!("{TOKEN}?grant_type=refresh_token"), None, &refresh(token)).await.is_ok();
    }
}
