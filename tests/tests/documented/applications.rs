//! The applications page of a workspace: what somebody registers there works as the document shows.

use documented_apis::workspaces::{CALLBACK, CLIENT_ID, PASSWORD, SALES_PASSWORD, SCOPE};
use oauth_core_tests::{Answer, scenarios};

use crate::{
    browser::{Browser, field},
    rig::Rig,
    spelling::text,
};

const APPS: &str = "/workflow/oauth2/apps";

/// Registers an application of this kind, and returns its identifier and its secret.
async fn register(browser: &mut Browser<'_>, kind: &str) -> (String, String) {
    let page = browser.get(&format!("{APPS}/new")).await;
    let form = [
        ("csrf", &*field(&page, "csrf")),
        ("name", "Reports"),
        ("kind", kind),
        ("redirect_uris", CALLBACK),
        ("scope:view_processes", "on"),
        ("scope:edit_processes", "on"),
    ];
    let shown = browser.post(&format!("{APPS}/new"), &form).await;
    assert!(shown.status.is_success(), "{shown:?}");
    let mut codes = shown.body.split("<dd><code>").skip(1);
    let mut next = || codes.next().and_then(|rest| rest.split('<').next()).unwrap_or_default();
    (next().to_owned(), next().to_owned())
}

/// A code for everything that the application may have.
async fn code(browser: &mut Browser<'_>, client_id: &str, more: &str) -> Answer {
    let query = format!("response_type=code&client_id={client_id}&scope=*{more}");
    browser.allow(&format!("/workflow/oauth2/authorize?{query}"), PASSWORD).await
}

scenarios! {
    async fn the_page_is_where_the_document_has_it(setup) {
        let rig = Rig::start(setup).await;
        let mut bob = Browser::new(&rig);
        let page = bob.page(APPS, PASSWORD).await;
        assert!(page.status == 200 && page.body.contains("Your applications"), "{page:?}");
        assert!(page.body.contains(&format!("<code>{CLIENT_ID}</code>")));
        let sales = bob.get("/sales/oauth2/apps").await;
        assert!(sales.header("location").starts_with("/sales/oauth2/sign-in?"), "{sales:?}");
    }

    async fn an_application_that_somebody_registers_works_as_documented(setup) {
        let rig = Rig::start(setup).await;
        let mut bob = Browser::new(&rig);
        bob.page(APPS, PASSWORD).await;
        let (id, secret) = register(&mut bob, "server").await;
        let code = code(&mut bob, &id, "").await.redirected(CALLBACK).remove("code");
        let form = [("grant_type", "code"), ("code", &*code.expect("a code"))];
        let own = Some((&*id, &*secret));
        let tokens = rig.post("/workflow/oauth2/token", own, &form).await.is_ok().json();
        assert_eq!(text(&tokens, "scope"), SCOPE);
        for grant_type in ["password", "client_credentials"] {
            let form = [("grant_type", grant_type), ("username", "bob"), ("password", PASSWORD)];
            let answer = rig.post("/workflow/oauth2/token", own, &form).await;
            answer.refused(400, "unauthorized_client");
        }
        let other = rig.post("/sales/oauth2/token", own, &form).await;
        other.refused(401, "invalid_client");
    }

    async fn an_application_without_a_secret_needs_pkce(setup) {
        let rig = Rig::start(setup).await;
        let mut bob = Browser::new(&rig);
        bob.page(APPS, PASSWORD).await;
        let (id, secret) = register(&mut bob, "browser").await;
        assert_eq!(secret, "");
        code(&mut bob, &id, "").await.redirected_error(CALLBACK, "invalid_request");
        let challenge = oauth_core_tests::world::challenge(oauth_core_tests::world::VERIFIER);
        let more = format!("&code_challenge={challenge}&code_challenge_method=S256");
        assert!(code(&mut bob, &id, &more).await.redirected(CALLBACK).contains_key("code"));
    }

    async fn somebody_elses_application_is_not_found(setup) {
        let rig = Rig::start(setup).await;
        let (mut bob, mut namesake) = (Browser::new(&rig), Browser::new(&rig));
        bob.page(APPS, PASSWORD).await;
        let (id, _) = register(&mut bob, "server").await;
        let page = namesake.page("/sales/oauth2/apps", SALES_PASSWORD).await;
        assert!(page.status == 200 && !page.body.contains(&id));
        for page in ["edit", "delete"] {
            let answer = namesake.get(&format!("/sales/oauth2/apps/{page}?client_id={id}")).await;
            assert_eq!(answer.status, 404, "{page}: {answer:?}");
        }
        let own = bob.get(&format!("{APPS}/edit?client_id={id}")).await;
        assert_eq!(own.status, 200, "{own:?}");
    }
}
