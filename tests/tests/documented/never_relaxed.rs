//! What no dialect relaxes, tried with every dialect on.

use documented_apis::workspaces::{CALLBACK, CLIENT_SECRET, PASSWORD, SCOPE, USERNAME};
use oauth_core::{
    model::{Client, Digest, Secret, SecretHash, Tenant},
    store::GrantStore,
};
use oauth_core_tests::{Engine, clients::SECRET, scenarios, world::race};
use reqwest::Method;
use serde_json::Value;

use crate::{
    browser::{Browser, code, field},
    rig::Rig,
    spelling::text,
};

const TOKEN: &str = "/workflow/oauth2/token";
const OLD: Option<(&str, &str)> = Some(("old", SECRET));
const AUTHORIZATION: &str = "response_type=code&client_id=old&scope=*";

/// Two clients that are forgiven everything that there is.
async fn start(setup: oauth_core_tests::Setup) -> Rig {
    let rig = Rig::start(setup).await;
    for id in ["old", "older"] {
        let client = Client::confidential(id, SecretHash::of_generated(&Secret::new(SECRET)))
            .redirect_uri(CALLBACK)
            .grant_types(["authorization_code", "refresh_token", "client_credentials"])
            .scope(SCOPE)
            .dangerous_pkce_optional()
            .dangerous_password_grant()
            .dangerous_implicit_grant()
            .dialect(|dialect| {
                let alias = ("code".to_owned(), "authorization_code".to_owned());
                dialect.grant_type_aliases.extend([alias]);
                dialect.grant_type_in_query = true;
                dialect.form_without_content_type = true;
                dialect.wildcard_scope = true;
                dialect.refresh_token_with_client_credentials = true;
            });
        let client = client.build().expect("a sound client");
        let store = &rig.systems.workspaces.store;
        store.register(&Tenant::from("workflow"), &client).await.expect("registered");
    }
    rig
}

/// Tokens for a code, with as little as `old` needs to send.
async fn exchange(rig: &Rig, code: &str) -> oauth_core_tests::Answer {
    rig.post(&format!("{TOKEN}?grant_type=code"), OLD, &[("code", code)]).await
}

async fn refresh(rig: &Rig, tokens: &Value) -> oauth_core_tests::Answer {
    let form = [("refresh_token", text(tokens, "refresh_token"))];
    rig.post(&format!("{TOKEN}?grant_type=refresh_token"), OLD, &form).await
}

async fn opens(rig: &Rig, tokens: &Value) -> bool {
    rig.get("/workflow/api/processes", text(tokens, "access_token")).await.status == 200
}

scenarios! {
    async fn the_redirect_uri_is_checked(setup) {
        let rig = start(setup).await;
        for response_type in ["code", "token"] {
            for uri in [
                "https://evil.example/callback",
                "http://localhost:8000/callback/",
                "http://localhost:8000/callback?x=1",
                "http://localhost:8001/callback",
                "http://LOCALHOST:8000/callback",
                "http://localhost:8000@evil.example/callback",
                "*",
            ] {
                let query = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs([("response_type", response_type), ("client_id", "old")])
                    .extend_pairs([("scope", "*"), ("redirect_uri", uri)])
                    .finish();
                let answer = rig.get_bare(&format!("/workflow/oauth2/authorize?{query}")).await;
                answer.page(400, "redirect_uri");
            }
        }
        let code = code(&rig, &format!("{AUTHORIZATION}&redirect_uri={CALLBACK}")).await;
        exchange(&rig, &code).await.refused(400, "invalid_grant");
        let form = [("code", &*code), ("redirect_uri", CALLBACK)];
        rig.post(&format!("{TOKEN}?grant_type=code"), OLD, &form).await.is_ok();
    }

    async fn codes_and_tokens_are_bound_to_their_client(setup) {
        let rig = start(setup).await;
        let older = Some(("older", SECRET));
        let code = code(&rig, AUTHORIZATION).await;
        let form = [("grant_type", "code"), ("code", &*code)];
        rig.post(TOKEN, older, &form).await.refused(400, "invalid_grant");
        let tokens = exchange(&rig, &code).await.is_ok().json();
        let form = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
        rig.post(TOKEN, older, &form).await.refused(400, "invalid_grant");
        let form = [("token", text(&tokens, "access_token"))];
        let revoked = rig.post("/workflow/oauth2/revoke", older, &form).await;
        revoked.refused(400, "unauthorized_client");
        assert!(opens(&rig, &tokens).await);
        refresh(&rig, &tokens).await.is_ok();
    }

    async fn tok_039_no_secret_is_read_from_the_query(setup) {
        let rig = start(setup).await;
        let code = code(&rig, AUTHORIZATION).await;
        let tokens = rig.post(&format!("{TOKEN}?grant_type=client_credentials"), OLD, &[]).await;
        let tokens = tokens.is_ok().json();
        let refresh_token = text(&tokens, "refresh_token");
        // What the grant type asks for is missing in the form.
        for (grant_type, name, value) in [
            ("code", "code", &*code),
            ("refresh_token", "refresh_token", refresh_token),
            ("password", "password", PASSWORD),
        ] {
            let path = format!("{TOKEN}?grant_type={grant_type}&{name}={value}");
            let answer = rig.post(&path, OLD, &[("username", USERNAME)]).await;
            answer.refused(400, "invalid_request");
        }
        // Nobody has proven who they are; and beside somebody who has, there is no second proof.
        let jwt = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        for (name, value) in [
            ("client_secret", SECRET.to_owned()),
            ("client_assertion", format!("x&client_assertion_type={jwt}")),
        ] {
            let path = format!("{TOKEN}?grant_type=client_credentials&{name}={value}");
            rig.post(&path, None, &[("client_id", "old")]).await.refused(401, "invalid_client");
            rig.post(&path, OLD, &[]).await.is_ok();
        }
        for secret in [&*code, refresh_token, SECRET] {
            assert!(!rig.events.heard(secret));
        }
        // Nothing was spent by that.
        exchange(&rig, &code).await.is_ok();
        refresh(&rig, &tokens).await.is_ok();
    }

    async fn a_code_is_good_once(setup) {
        let rig = start(setup).await;
        let code = code(&rig, AUTHORIZATION).await;
        let racers = (0..20).map(|_| {
            let request = rig.request(Method::POST, &format!("{TOKEN}?grant_type=code"));
            let request = request.header("authorization", oauth_core_tests::world::basic("old", SECRET));
            request.form(&[("code", &code)])
        });
        let answers = race(racers).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        // The others were replays.
        assert!(!opens(&rig, &won[0].json()).await);
        exchange(&rig, &code).await.refused(400, "invalid_grant");
    }

    async fn a_replay_ends_everything_that_came_of_the_grant(setup) {
        let rig = start(setup).await;
        let bystander = exchange(&rig, &code(&rig, AUTHORIZATION).await).await.is_ok().json();
        let code = code(&rig, AUTHORIZATION).await;
        let first = exchange(&rig, &code).await.is_ok().json();
        let second = refresh(&rig, &first).await.is_ok().json();
        assert!(opens(&rig, &first).await && opens(&rig, &second).await);
        refresh(&rig, &first).await.refused(400, "invalid_grant");
        assert!(rig.events.heard("ReplayDetected { kind: \"refresh_token\", client: \"old\""));
        assert!(!opens(&rig, &first).await && !opens(&rig, &second).await);
        refresh(&rig, &second).await.refused(400, "invalid_grant");
        assert!(opens(&rig, &bystander).await);

        let machine = rig.post(&format!("{TOKEN}?grant_type=client_credentials"), OLD, &[]).await;
        let machine = machine.is_ok().json();
        let next = refresh(&rig, &machine).await.is_ok().json();
        refresh(&rig, &machine).await.refused(400, "invalid_grant");
        assert!(!opens(&rig, &next).await);
    }

    async fn what_is_stored_is_hashed(setup) {
        let engine = setup.engine;
        let rig = start(setup).await;
        let store = &rig.systems.workspaces.store;
        let (code, spent) = (code(&rig, AUTHORIZATION).await, code(&rig, AUTHORIZATION).await);
        let tokens = exchange(&rig, &spent).await.is_ok().json();
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        let tenant = Tenant::from("workflow");
        let mut kept = String::new();
        for secret in [&*code, &*spent, access, refresh] {
            let found = GrantStore::find(store, &tenant, &Digest::of(secret)).await.expect("an answer");
            kept += &format!("{:?}", found.expect("kept by its digest"));
        }
        if engine == Engine::Sqlite {
            for file in std::fs::read_dir(rig.directory.path()).expect("a directory") {
                let bytes = std::fs::read(file.expect("a file").path()).expect("bytes");
                kept += &String::from_utf8_lossy(&bytes);
            }
            assert!(kept.contains(CALLBACK), "the files are looked at");
        }
        for secret in [&*code, &*spent, access, refresh, SECRET, CLIENT_SECRET] {
            assert!(!kept.contains(secret));
        }
    }

    async fn a_consent_form_counts_from_its_own_browser_for_its_own_request_once(setup) {
        let rig = start(setup).await;
        let address = format!("/workflow/oauth2/authorize?{AUTHORIZATION}");
        let (mut bob, mut mallory) = (Browser::new(&rig), Browser::new(&rig));
        let page = bob.page(&address, PASSWORD).await;
        let own = field(&page, "consent");
        let mallorys = field(&mallory.page(&address, PASSWORD).await, "consent");
        let other_request = format!("{address}&state=x");
        let other = field(&bob.get(&other_request).await, "consent");
        let form = |consent: &str| vec![("consent", consent.to_owned()), ("decision", "allow".to_owned())];
        for wrong in [form(""), form(&mallorys), form(&other), form(&format!("{own}x"))] {
            let wrong: Vec<_> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = bob.post(&address, &wrong).await;
            assert!(answer.status.is_client_error(), "{answer:?}");
            assert_eq!(answer.header("location"), "");
        }
        let right = [("consent", own.as_str()), ("decision", "allow")];
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let request = rig.request(Method::POST, &address).form(&right).header(name, value);
            let answer = bob.send(request).await;
            assert!(answer.status.is_client_error(), "{answer:?}");
        }
        let nobody = Browser::new(&rig).post(&address, &right).await;
        assert!(nobody.header("location").starts_with("/workflow/oauth2/sign-in?"));
        assert!(bob.post(&address, &right).await.redirected(CALLBACK).contains_key("code"));
        bob.post(&address, &right).await.page(400, "invalid_request");

        let sign_in = [("username", USERNAME), ("password", PASSWORD), ("csrf", "x")];
        let answer = Browser::new(&rig).post("/workflow/oauth2/sign-in", &sign_in).await;
        assert!(answer.status.is_client_error() && answer.header("set-cookie").is_empty());
    }
}
