//! The workspaces as their document shows them.

use documented_apis::workspaces::{
    BROWSER_CLIENT_ID, CALLBACK, CLIENT_ID, CLIENT_SECRET, PASSWORD, SALES_CLIENT_SECRET,
    SALES_PASSWORD, SCOPE,
};
use oauth_core_tests::scenarios;
use reqwest::Method;
use serde_json::Value;

use crate::{
    browser::{Browser, code},
    rig::{FORM, Rig},
    spelling::{has_exactly, text},
};

const BASIC: &str = "Authorization: Basic \
    eC1wbS1sb2NhbC1jbGllbnQ6MTc5YWQ0NWM2Y2UyY2I5N2NmMTAyOWUyMTIwNDZlODE=";
const CLIENT: Option<(&str, &str)> = Some((CLIENT_ID, CLIENT_SECRET));
const SALES_CLIENT: Option<(&str, &str)> = Some((CLIENT_ID, SALES_CLIENT_SECRET));
const TOKEN: &str = "/workflow/oauth2/token";
const WITH_REFRESH_TOKEN: [&str; 5] =
    ["access_token", "token_type", "expires_in", "refresh_token", "scope"];
const AUTHORIZATION: &str = "response_type=code&client_id=x-pm-local-client&scope=*";

/// A token request as the document has it, with a `Content-Type`.
async fn post(rig: &Rig, path: &str, body: &str) -> Value {
    let content_type = format!("Content-Type: {FORM}");
    rig.tokens(&format!("POST {path}"), &[&content_type, BASIC], body).await
}

async fn password(rig: &Rig) -> Value {
    post(rig, TOKEN, "grant_type=password&username=bob&password=secret&scope=*").await
}

async fn opens(rig: &Rig, workspace: &str, tokens: &Value) -> bool {
    let path = format!("/{workspace}/api/processes");
    let answer = rig.get(&path, text(tokens, "access_token")).await;
    assert!(matches!(answer.status.as_u16(), 200 | 401), "{answer:?}");
    answer.status == 200
}

scenarios! {
    async fn a_code_is_exchanged_without_redirect_uri_state_and_content_type(setup) {
        let rig = Rig::start(setup).await;
        let line = format!("POST {TOKEN}");
        let exchange = format!("grant_type=code&code={}", code(&rig, AUTHORIZATION).await);
        let tokens = rig.tokens(&line, &[BASIC], &exchange).await;
        has_exactly(&tokens, &WITH_REFRESH_TOKEN);
        assert_eq!((text(&tokens, "scope"), text(&tokens, "token_type")), (SCOPE, "Bearer"));
        assert_eq!(tokens["expires_in"], 600);
        assert!(opens(&rig, "workflow", &tokens).await);
        for what in [
            "grant_type_alias",
            "form_without_content_type",
            "wildcard_scope",
            "dangerous_pkce_optional",
        ] {
            assert!(rig.events.heard(&format!("what: \"{what}\"")), "{what}");
        }
        for (path, grant_type) in [
            (TOKEN, "authorization_code"),
            ("/workflow/oauth/2/token", "authorization_code"),
            ("/workflow/oauth/2/token", "code"),
        ] {
            let code = code(&rig, AUTHORIZATION).await;
            let tokens = post(&rig, path, &format!("grant_type={grant_type}&code={code}")).await;
            has_exactly(&tokens, &WITH_REFRESH_TOKEN);
        }
    }

    async fn the_authorization_response_is_the_documents_and_says_who_answers(setup) {
        let rig = Rig::start(setup).await;
        let address = format!("/workflow/oauth2/authorize?{AUTHORIZATION}");
        let answer = Browser::new(&rig).allow(&address, PASSWORD).await;
        let pairs = answer.redirected(&format!("{CALLBACK}?"));
        assert_eq!(pairs.keys().collect::<Vec<_>>(), ["code", "iss"]);
        assert_eq!(pairs["iss"], format!("http://{}/workflow", rig.address));
    }

    async fn aut_047_the_implicit_grant_answers_in_the_fragment(setup) {
        let rig = Rig::start(setup).await;
        for client in [CLIENT_ID, BROWSER_CLIENT_ID] {
            let query = format!("response_type=token&client_id={client}&scope=*");
            let address = format!("/workflow/oauth2/authorize?{query}");
            let answer = Browser::new(&rig).allow(&address, PASSWORD).await;
            let pairs = answer.redirected(&format!("{CALLBACK}#"));
            let members: Vec<_> = pairs.keys().map(String::as_str).collect();
            assert_eq!(members, ["access_token", "expires_in", "iss", "scope", "token_type"]);
            assert!(pairs["expires_in"].parse::<u32>().is_ok_and(|seconds| seconds <= 600));
            assert_eq!((&*pairs["scope"], &*pairs["token_type"]), (SCOPE, "Bearer"));
            assert_eq!(rig.get("/workflow/api/processes", &pairs["access_token"]).await.status, 200);
            assert_eq!(rig.get("/sales/api/processes", &pairs["access_token"]).await.status, 401);
        }
    }

    async fn a_password_is_traded(setup) {
        let rig = Rig::start(setup).await;
        let tokens = password(&rig).await;
        has_exactly(&tokens, &WITH_REFRESH_TOKEN);
        assert_eq!(text(&tokens, "scope"), SCOPE);
        let seen = rig.get("/workflow/api/processes", text(&tokens, "access_token")).await;
        assert_eq!(seen.json()["for"], "bob");
        let narrow = "grant_type=password&username=bob&password=secret&scope=view_processes";
        let narrow = post(&rig, TOKEN, narrow).await;
        let change = rig.request(Method::POST, "/workflow/api/processes");
        let change = rig.send(change.bearer_auth(text(&narrow, "access_token"))).await;
        change.challenge(403, "insufficient_scope");
        assert!(opens(&rig, "workflow", &narrow).await);
    }

    async fn a_client_acts_for_itself(setup) {
        let rig = Rig::start(setup).await;
        for path in ["/workflow/oauth/2/token", TOKEN] {
            let tokens = post(&rig, path, "grant_type=client_credentials").await;
            has_exactly(&tokens, &["access_token", "token_type", "expires_in", "scope"]);
            let seen = rig.get("/workflow/api/processes", text(&tokens, "access_token")).await;
            assert_eq!(seen.json()["for"], CLIENT_ID);
        }
    }

    async fn a_refresh_token_is_traded(setup) {
        let rig = Rig::start(setup).await;
        let first = password(&rig).await;
        let asked = |tokens: &Value| {
            format!("grant_type=refresh_token&refresh_token={}", text(tokens, "refresh_token"))
        };
        let second = post(&rig, TOKEN, &asked(&first)).await;
        has_exactly(&second, &WITH_REFRESH_TOKEN);
        let narrow = post(&rig, TOKEN, &format!("{}&scope=view_processes", asked(&second))).await;
        assert_eq!(text(&narrow, "scope"), "view_processes");
        let all = post(&rig, TOKEN, &format!("{}&scope=*", asked(&narrow))).await;
        assert_eq!(text(&all, "scope"), SCOPE);
    }

    async fn what_belongs_to_one_workspace_is_nothing_in_another(setup) {
        let rig = Rig::start(setup).await;
        let tokens = password(&rig).await;
        assert!(opens(&rig, "workflow", &tokens).await && !opens(&rig, "sales", &tokens).await);
        let sales = "/sales/oauth2/token";
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
        rig.post(sales, CLIENT, &refresh).await.refused(401, "invalid_client");
        rig.post(sales, SALES_CLIENT, &refresh).await.refused(400, "invalid_grant");
        let code = code(&rig, AUTHORIZATION).await;
        let exchange = [("grant_type", "code"), ("code", &*code)];
        rig.post(sales, SALES_CLIENT, &exchange).await.refused(400, "invalid_grant");
        rig.post(TOKEN, CLIENT, &exchange).await.is_ok();
        let bob = |password| [("grant_type", "password"), ("username", "bob"), ("password", password)];
        rig.post(sales, SALES_CLIENT, &bob(PASSWORD)).await.refused(400, "invalid_grant");
        let other = rig.post(sales, SALES_CLIENT, &bob(SALES_PASSWORD)).await.is_ok().json();
        assert!(opens(&rig, "sales", &other).await && !opens(&rig, "workflow", &other).await);
        let revoke = [("token", text(&other, "access_token"))];
        assert_eq!(rig.post("/workflow/oauth2/revoke", CLIENT, &revoke).await.status, 200);
        assert!(opens(&rig, "sales", &other).await);
    }

    async fn somebody_signed_in_in_one_workspace_is_nobody_in_another(setup) {
        let rig = Rig::start(setup).await;
        let mut browser = Browser::new(&rig);
        let address = format!("/workflow/oauth2/authorize?{AUTHORIZATION}");
        assert_eq!(browser.page(&address, PASSWORD).await.status, 200);
        let other = browser.get(&format!("/sales/oauth2/authorize?{AUTHORIZATION}")).await;
        assert!(other.header("location").starts_with("/sales/oauth2/sign-in?"), "{other:?}");
        assert_eq!(browser.get(&address).await.status, 200);
    }

    async fn an_unknown_workspace_is_not_found(setup) {
        let rig = Rig::start(setup).await;
        for path in ["oauth2/token", "oauth/2/token", "oauth2/revoke", "oauth2/introspect"] {
            let asked = [("grant_type", "client_credentials")];
            assert_eq!(rig.post(&format!("/nowhere/{path}"), CLIENT, &asked).await.status, 404);
        }
        for path in [&format!("oauth2/authorize?{AUTHORIZATION}"), "oauth2/sign-in", "oauth2/apps"] {
            assert_eq!(rig.get_bare(&format!("/nowhere/{path}")).await.status, 404);
        }
        // The other systems are no workspaces.
        for name in ["cutwise", "app", "auth"] {
            assert_eq!(rig.get_bare(&format!("/{name}/oauth2/authorize?{AUTHORIZATION}")).await.status, 404);
        }
    }
}
