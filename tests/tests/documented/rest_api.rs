//! The REST API as its document shows it.

use documented_apis::rest_api::{
    CLIENT_ID, CLIENT_SECRET, PASSWORD, USERNAME, UTF_8_PASSWORD, UTF_8_USERNAME,
};
use oauth_core_tests::scenarios;
use serde_json::Value;

use crate::{
    rig::{FORM, Rig},
    spelling::{has_exactly, text},
};

const TOKEN: &str = "/app/rest/v2/oauth/token";
const BASIC: &str = "Authorization: Basic Y2xpZW50OnNlY3JldA==";
const CLIENT: Option<(&str, &str)> = Some((CLIENT_ID, CLIENT_SECRET));
const YEAR: u32 = 31_536_000;

async fn post(rig: &Rig, body: &str) -> Value {
    let headers = [BASIC, &format!("Content-Type: {FORM}")];
    rig.tokens(&format!("POST {TOKEN}"), &headers, body).await
}

async fn sign_in(rig: &Rig) -> Value {
    post(rig, "grant_type=password&username=smith&password=qwerty123").await
}

#[track_caller]
fn is_as_documented(tokens: &Value) {
    let members = ["access_token", "token_type", "refresh_token", "expires_in", "scope"];
    has_exactly(tokens, &members);
    assert_eq!((&tokens["token_type"], &tokens["scope"]), (&"bearer".into(), &"rest-api".into()));
    for member in ["access_token", "refresh_token"] {
        let groups: Vec<_> = text(tokens, member).split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        let spelled = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
        assert!(text(tokens, member).bytes().all(spelled));
    }
}

scenarios! {
    async fn a_password_is_traded_by_a_client_with_basic(setup) {
        let rig = Rig::start(setup).await;
        assert_eq!((USERNAME, PASSWORD), ("smith", "qwerty123"));
        let tokens = sign_in(&rig).await;
        is_as_documented(&tokens);
        assert_eq!(tokens["expires_in"], 43_200);
        let form = [("grant_type", "password"), ("username", "smith"), ("password", "qwerty123")];
        rig.post(TOKEN, None, &form).await.refused(401, "invalid_client");
        rig.post(TOKEN, Some((USERNAME, PASSWORD)), &form).await.refused(401, "invalid_client");
        for missing in 0..3 {
            let mut form = form.to_vec();
            form.remove(missing);
            rig.post(TOKEN, CLIENT, &form).await.refused(400, "invalid_request");
        }
    }

    async fn a_refresh_token_lives_longer_and_can_be_used_again(setup) {
        let rig = Rig::start(setup).await;
        let tokens = sign_in(&rig).await;
        let refresh = text(&tokens, "refresh_token");
        let asked = format!("grant_type=refresh_token&refresh_token={refresh}");
        rig.clock.advance(43_200);
        let expired = rig.get("/app/rest/v2/userInfo", text(&tokens, "access_token")).await;
        expired.challenge(401, "invalid_token");
        for _ in 0..3 {
            let next = post(&rig, &asked).await;
            is_as_documented(&next);
            assert_eq!(text(&next, "refresh_token"), refresh);
            assert_eq!(next["expires_in"], 43_200);
            let seen = rig.get("/app/rest/v2/userInfo", text(&next, "access_token")).await;
            assert_eq!(seen.json()["login"], "smith");
        }
        rig.get("/app/rest/v2/userInfo", refresh).await.challenge(401, "invalid_token");
        let access = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "access_token"))];
        rig.post(TOKEN, CLIENT, &access).await.refused(400, "invalid_grant");
    }

    async fn ref_030_a_refresh_token_that_stays_does_not_outlive_its_grant(setup) {
        let rig = Rig::start(setup).await;
        let tokens = sign_in(&rig).await;
        let asked = format!("grant_type=refresh_token&refresh_token={}", text(&tokens, "refresh_token"));
        rig.clock.advance(YEAR - 43_198);
        // What is left of the grant is less than a token's lifetime, and it is what is told.
        let last = post(&rig, &asked).await;
        is_as_documented(&last);
        assert_eq!(last["expires_in"], 43_198);
        assert_eq!(post(&rig, &asked).await["refresh_token"], last["refresh_token"]);
        rig.clock.advance(43_198);
        let form = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
        rig.post(TOKEN, CLIENT, &form).await.refused(400, "invalid_grant");
        rig.get("/app/rest/v2/userInfo", text(&last, "access_token")).await.challenge(401, "invalid_token");
    }

    async fn names_and_passwords_are_in_utf_8(setup) {
        let rig = Rig::start(setup).await;
        let form = [
            ("grant_type", "password"),
            ("username", UTF_8_USERNAME),
            ("password", UTF_8_PASSWORD),
        ];
        let tokens = rig.post(TOKEN, CLIENT, &form).await.is_ok().json();
        let seen = rig.get("/app/rest/v2/userInfo", text(&tokens, "access_token")).await;
        assert_eq!(seen.json()["login"], UTF_8_USERNAME);
        // Not escaped where it need not be: the bytes themselves are the encoding.
        let plain = UTF_8_PASSWORD.replace('%', "%25").replace('&', "%26").replace(' ', "+");
        let body = format!("grant_type=password&username={UTF_8_USERNAME}&password={plain}");
        is_as_documented(&post(&rig, &body).await);
        let latin_2 = "grant_type=password&username=%A3ukasz&password=x";
        let content_type = format!("Content-Type: {FORM}");
        let answer = rig.raw(&format!("POST {TOKEN}"), &[BASIC, &content_type], latin_2).await;
        assert_eq!(answer.status, 400);
    }

    async fn anonymous_access_needs_no_token_and_takes_no_wrong_one(setup) {
        let rig = Rig::start(setup).await;
        let path = "/app/rest/v2/entities/car";
        assert_eq!(rig.get_bare(path).await.json()["login"], "anonymous");
        let tokens = sign_in(&rig).await;
        let seen = rig.get(path, text(&tokens, "access_token")).await;
        assert_eq!((seen.status.as_u16(), &seen.json()["login"]), (200, &"smith".into()));
        for wrong in ["29bc6b45-83cd-4050-8c7a-2a8a60adf251", text(&tokens, "refresh_token"), "x"] {
            rig.get(path, wrong).await.challenge(401, "invalid_token");
        }
        assert_eq!(rig.get_bare("/app/rest/v2/userInfo").await.status, 401);
    }

    async fn a_revoked_token_opens_nothing(setup) {
        let rig = Rig::start(setup).await;
        let path = "/app/rest/v2/oauth/revoke";
        let (tokens, others) = (sign_in(&rig).await, sign_in(&rig).await);
        let access = [("token", text(&tokens, "access_token"))];
        rig.post(path, None, &access).await.refused(401, "invalid_client");
        assert_eq!(rig.post(path, CLIENT, &access).await.status, 200);
        rig.get("/app/rest/v2/userInfo", access[0].1).await.challenge(401, "invalid_token");
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
        let next = rig.post(TOKEN, CLIENT, &refresh).await.is_ok().json();
        let hinted = [("token", refresh[1].1), ("token_type_hint", "refresh_token")];
        assert_eq!(rig.post(path, CLIENT, &hinted).await.status, 200);
        rig.post(TOKEN, CLIENT, &refresh).await.refused(400, "invalid_grant");
        rig.get("/app/rest/v2/userInfo", text(&next, "access_token")).await.challenge(401, "invalid_token");
        assert_eq!(rig.get("/app/rest/v2/userInfo", text(&others, "access_token")).await.status, 200);
    }
}
