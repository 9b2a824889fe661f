//! Attacks on the authorization endpoint with everything on that the document has.

use documented_apis::workspaces::{
    BROWSER_CLIENT_ID, CALLBACK, CLIENT_ID, CLIENT_SECRET, PASSWORD,
};
use oauth_core::model::{Client, Tenant};
use oauth_core_tests::{scenarios, world::VERIFIER};

use crate::{browser::Browser, rig::Rig};

fn asked(response_type: &str, client: &str, more: &str) -> String {
    format!("/workflow/oauth2/authorize?response_type={response_type}&client_id={client}{more}")
}

scenarios! {
    async fn aut_046_another_client_gets_no_token_at_the_authorization_endpoint(setup) {
        let rig = Rig::start(setup).await;
        let strict = Client::public("strict").redirect_uri(CALLBACK).scope("view_processes");
        let strict = strict.build().expect("a sound client");
        let tenant = Tenant::from("workflow");
        rig.systems.workspaces.store.register(&tenant, &strict).await.expect("registered");
        let answer = rig.get_bare(&asked("token", "strict", "&scope=view_processes&state=xyz")).await;
        let callback = format!("{CALLBACK}#");
        let pairs = answer.redirected_error(&callback, "unauthorized_client");
        assert_eq!(pairs["state"], "xyz");
        let answer = rig.get_bare(&asked("code", BROWSER_CLIENT_ID, "&scope=*")).await;
        answer.redirected_error(CALLBACK, "unauthorized_client");
    }

    async fn aut_045_there_are_no_id_tokens(setup) {
        let rig = Rig::start(setup).await;
        for response_type in ["id_token", "id_token+token", "code+token", "code+id_token", "TOKEN"] {
            let answer = rig.get_bare(&asked(response_type, CLIENT_ID, "&scope=*&nonce=n")).await;
            answer.redirected_error(CALLBACK, "unsupported_response_type");
        }
    }

    async fn aut_047_a_token_never_travels_in_a_query(setup) {
        let rig = Rig::start(setup).await;
        for mode in ["query", "form_post", "web_message"] {
            let more = format!("&scope=*&response_mode={mode}");
            let answer = rig.get_bare(&asked("token", BROWSER_CLIENT_ID, &more)).await;
            answer.redirected_error(&format!("{CALLBACK}#"), "invalid_request");
        }
        let address = asked("token", BROWSER_CLIENT_ID, "&scope=*&state=a%26b&response_mode=fragment");
        let answer = Browser::new(&rig).allow(&address, PASSWORD).await;
        let pairs = answer.redirected(&format!("{CALLBACK}#"));
        assert!(!pairs.contains_key("refresh_token") && pairs["state"] == "a&b");
        let token = [("token", &*pairs["access_token"]), ("client_id", BROWSER_CLIENT_ID)];
        assert_eq!(rig.post("/workflow/oauth2/revoke", None, &token).await.status, 200);
        let over = rig.get("/workflow/api/processes", token[0].1).await;
        over.challenge(401, "invalid_token");
    }

    async fn a_token_in_an_address_is_asked_for_each_time(setup) {
        let rig = Rig::start(setup).await;
        let mut bob = Browser::new(&rig);
        let code = asked("code", CLIENT_ID, "&scope=*");
        assert!(bob.allow(&code, PASSWORD).await.redirected(CALLBACK).contains_key("code"));
        assert!(bob.get(&code).await.redirected(CALLBACK).contains_key("code"));
        for client in [CLIENT_ID, BROWSER_CLIENT_ID] {
            let token = asked("token", client, "&scope=*");
            for _ in 0..2 {
                assert_eq!(bob.get(&token).await.status, 200);
                bob.allow(&token, PASSWORD).await.redirected(CALLBACK);
            }
        }
    }

    async fn a_client_of_the_implicit_grant_has_no_other(setup) {
        let rig = Rig::start(setup).await;
        for grant_type in ["password", "client_credentials", "refresh_token", "authorization_code"] {
            let asked = [
                ("grant_type", grant_type),
                ("client_id", BROWSER_CLIENT_ID),
                ("username", "bob"),
                ("password", PASSWORD),
                ("refresh_token", "x"),
                ("code", "x"),
            ];
            let answer = rig.post("/workflow/oauth2/token", None, &asked).await;
            answer.refused(400, "unauthorized_client");
        }
    }

    async fn pkc_024_a_plain_challenge_is_refused_even_where_none_is_needed(setup) {
        let rig = Rig::start(setup).await;
        for method in ["&code_challenge_method=plain", ""] {
            let more = format!("&scope=*&code_challenge={VERIFIER}{method}");
            let answer = rig.get_bare(&asked("code", CLIENT_ID, &more)).await;
            answer.redirected_error(CALLBACK, "invalid_request");
        }
        let metadata = "/.well-known/oauth-authorization-server/workflow";
        let metadata = rig.get_bare(metadata).await.json();
        assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    }

    async fn a_code_without_a_challenge_takes_no_verifier(setup) {
        let rig = Rig::start(setup).await;
        let code = crate::browser::code(&rig, &format!("response_type=code&client_id={CLIENT_ID}&scope=*")).await;
        let client = Some((CLIENT_ID, CLIENT_SECRET));
        let exchange = [("grant_type", "code"), ("code", &code), ("code_verifier", VERIFIER)];
        let downgraded = rig.post("/workflow/oauth2/token", client, &exchange).await;
        downgraded.refused(400, "invalid_grant");
        rig.post("/workflow/oauth2/token", client, &exchange[..2]).await.is_ok();
    }

    async fn what_is_switched_on_and_dangerous_is_said_at_the_start(setup) {
        let rig = Rig::start(setup).await;
        for what in ["password grant", "implicit grant"] {
            assert!(rig.events.heard(&format!("Dangerous {{ what: \"{what}\" }}")), "{what}");
        }
    }
}
