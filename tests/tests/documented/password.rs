//! Attacks on the password grant and on codes by another name.

use documented_apis::{rest_api, workspaces};
use oauth_core_tests::scenarios;

use crate::{browser::code, rig::Rig};

const TOKEN: &str = "/app/rest/v2/oauth/token";
const CLIENT: Option<(&str, &str)> = Some((rest_api::CLIENT_ID, rest_api::CLIENT_SECRET));

fn form<'a>(username: &'a str, password: &'a str) -> [(&'static str, &'a str); 3] {
    [("grant_type", "password"), ("username", username), ("password", password)]
}

scenarios! {
    async fn tok_032_whoever_guesses_passwords_waits(setup) {
        let rig = Rig::start(setup).await;
        let mut statuses = Vec::new();
        for guess in 0..50 {
            // Spelled differently, it is still the same name.
            let username = if guess % 2 == 0 { "smith" } else { " Smith" };
            let answer = rig.post(TOKEN, CLIENT, &form(username, "gu3ss")).await;
            statuses.push(answer.status.as_u16());
            if answer.status == 429 {
                assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|s| s > 0));
            } else {
                answer.refused(400, "invalid_grant");
            }
        }
        assert!(statuses.is_sorted() && statuses[0] == 400 && statuses[11..] == [429; 39]);
        let right = form(rest_api::USERNAME, rest_api::PASSWORD);
        let throttled = rig.post(TOKEN, CLIENT, &right).await;
        assert_eq!(throttled.status, 429);
        let other = form(rest_api::UTF_8_USERNAME, rest_api::UTF_8_PASSWORD);
        rig.post(TOKEN, CLIENT, &other).await.is_ok();
        rig.clock.advance(throttled.header("retry-after").parse().expect("seconds"));
        rig.post(TOKEN, CLIENT, &right).await.is_ok();
        assert!(!rig.events.heard(rest_api::PASSWORD) && !rig.events.heard("gu3ss"));
    }

    async fn tok_033_which_names_exist_is_not_told(setup) {
        let rig = Rig::start(setup).await;
        let nobody = rig.post(TOKEN, CLIENT, &form("nobody", "x")).await;
        let somebody = rig.post(TOKEN, CLIENT, &form(rest_api::USERNAME, "x")).await;
        nobody.refused(400, "invalid_grant");
        assert_eq!((nobody.status, nobody.body), (somebody.status, somebody.body));
    }

    async fn tok_034_a_confidential_client_proves_who_it_is_first(setup) {
        let rig = Rig::start(setup).await;
        let mut asked = form(rest_api::USERNAME, rest_api::PASSWORD).to_vec();
        asked.push(("client_id", rest_api::CLIENT_ID));
        rig.post(TOKEN, None, &asked).await.refused(401, "invalid_client");
        let wrong = Some((rest_api::CLIENT_ID, "wrong"));
        rig.post(TOKEN, wrong, &asked[..3]).await.refused(401, "invalid_client");
        assert!(!rig.events.heard("Issued {"));
    }

    async fn tok_035_a_password_alone_is_not_enough_for_who_has_a_second_factor(setup) {
        let rig = Rig::start(setup).await;
        let asked = form(rest_api::TWO_FACTOR_USERNAME, rest_api::TWO_FACTOR_PASSWORD);
        let answer = rig.post(TOKEN, CLIENT, &asked).await;
        answer.refused(400, "invalid_grant");
        let wrong = rig.post(TOKEN, CLIENT, &form(rest_api::TWO_FACTOR_USERNAME, "x")).await;
        assert_eq!(answer.body, wrong.body);
    }

    async fn a_password_is_worth_no_more_than_the_client_may_have(setup) {
        let rig = Rig::start(setup).await;
        for scope in ["rest-api admin", "*", "\"", "admin"] {
            let mut asked = form(rest_api::USERNAME, rest_api::PASSWORD).to_vec();
            asked.push(("scope", scope));
            rig.post(TOKEN, CLIENT, &asked).await.refused(400, "invalid_scope");
        }
        let twice = [form(rest_api::USERNAME, "x"), form(rest_api::USERNAME, rest_api::PASSWORD)];
        rig.post(TOKEN, CLIENT, twice.as_flattened()).await.refused(400, "invalid_request");
    }

    async fn tok_037_a_code_by_another_name_meets_the_same_checks(setup) {
        let rig = Rig::start(setup).await;
        let path = "/workflow/oauth2/token";
        let client = Some((workspaces::CLIENT_ID, workspaces::CLIENT_SECRET));
        let verifier = oauth_core_tests::world::VERIFIER;
        let query = format!(
            "response_type=code&client_id=x-pm-local-client&scope=*&redirect_uri={}\
             &code_challenge={}&code_challenge_method=S256",
            workspaces::CALLBACK,
            oauth_core_tests::world::challenge(verifier),
        );
        let code = code(&rig, &query).await;
        let good = [
            ("grant_type", "code"),
            ("code", &*code),
            ("redirect_uri", workspaces::CALLBACK),
            ("code_verifier", verifier),
        ];
        rig.post(path, client, &good[..3]).await.refused(400, "invalid_grant");
        let other_verifier = "x".repeat(43);
        for (at, wrong) in [
            (1, "oac_unknown"),
            (2, "http://localhost:8000/callback2"),
            (3, other_verifier.as_str()),
        ] {
            let mut asked = good;
            asked[at].1 = wrong;
            rig.post(path, client, &asked).await.refused(400, "invalid_grant");
        }
        rig.post(path, client, &good).await.is_ok();
        assert!(rig.events.heard("what: \"grant_type_alias\""));
        let forgiven = |what: &str| rig.events.heard(&format!("what: \"{what}\""));
        assert!(forgiven("wildcard_scope") && !forgiven("dangerous_pkce_optional"));
        rig.post(path, client, &good).await.refused(400, "invalid_grant");
        assert!(rig.events.heard("ReplayDetected"));
        for alias in ["CODE", "code ", "token", "refresh"] {
            let mut asked = good;
            asked[0].1 = alias;
            rig.post(path, client, &asked).await.refused(400, "unsupported_grant_type");
        }
    }
}
