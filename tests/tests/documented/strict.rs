//! A strict client in the same servers gains nothing from what others are forgiven.

use std::collections::BTreeSet;

use documented_apis::{
    System,
    cutwise::{LOGIN, PASSWORD},
    workspaces,
};
use oauth_core::model::{Client, ClientBuilder, Secret, SecretHash, Tenant};
use oauth_core_tests::{
    clients::SECRET,
    scenarios,
    world::{VERIFIER, basic, challenge},
};
use reqwest::Method;

use crate::{
    browser::code,
    rig::{FORM, Rig},
    spelling::text,
};

const STRICT: Option<(&str, &str)> = Some(("strict", SECRET));

fn strict() -> ClientBuilder {
    Client::confidential("strict", SecretHash::of_generated(&Secret::new(SECRET)))
}

async fn register(system: &System, tenant: &str, client: ClientBuilder) {
    let client = client.build().expect("a sound client");
    system.store.register(&Tenant::from(tenant), &client).await.expect("registered");
}

scenarios! {
    async fn tok_036_tok_038_in_a_workspace_it_is_held_to_the_rules(setup) {
        let rig = Rig::start(setup).await;
        let own = strict()
            .redirect_uri(workspaces::CALLBACK)
            .grant_types(["authorization_code", "refresh_token", "client_credentials"])
            .scope("view_processes");
        register(&rig.systems.workspaces, "workflow", own).await;
        let path = "/workflow/oauth2/token";
        let authorize = "/workflow/oauth2/authorize?client_id=strict";
        for (more, error) in [
            ("&response_type=code&scope=view_processes", "invalid_request"),
            ("&response_type=token&scope=view_processes", "unauthorized_client"),
            ("&response_type=code&scope=*", "invalid_scope"),
        ] {
            let answer = rig.get_bare(&format!("{authorize}{more}")).await;
            answer.redirected_error(workspaces::CALLBACK, error);
        }
        let wildcard = [("grant_type", "client_credentials"), ("scope", "*")];
        rig.post(path, STRICT, &wildcard).await.refused(400, "invalid_scope");
        let password = [
            ("grant_type", "password"),
            ("username", workspaces::USERNAME),
            ("password", workspaces::PASSWORD),
        ];
        rig.post(path, STRICT, &password).await.refused(400, "unauthorized_client");
        let query = format!(
            "client_id=strict&response_type=code&scope=view_processes\
             &code_challenge={}&code_challenge_method=S256",
            challenge(VERIFIER),
        );
        let code = code(&rig, &query).await;
        let exchange =
            [("grant_type", "authorization_code"), ("code", &*code), ("code_verifier", VERIFIER)];
        let alias = [("grant_type", "code"), exchange[1], exchange[2]];
        rig.post(path, STRICT, &alias).await.refused(400, "unsupported_grant_type");
        let in_query = format!("{path}?grant_type=authorization_code");
        rig.post(&in_query, STRICT, &exchange[1..]).await.refused(400, "invalid_request");
        rig.post(path, STRICT, &exchange[..2]).await.refused(400, "invalid_grant");
        let silent = rig.request(Method::POST, path).header("authorization", basic("strict", SECRET));
        let body = format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}");
        rig.send(silent.body(body)).await.refused(400, "invalid_request");
        rig.post(path, STRICT, &exchange).await.is_ok();
        assert!(!rig.events.heard("Lenient"));
    }

    async fn beside_a_client_of_the_password_grant_it_has_none(setup) {
        let rig = Rig::start(setup).await;
        let own = || strict().grant_types(["refresh_token", "client_credentials"]);
        register(&rig.systems.cutwise, "", own().scope("user")).await;
        register(&rig.systems.rest_api, "", own().scope("rest-api")).await;
        for path in ["/cutwise/oauth/v2/token", "/app/rest/v2/oauth/token"] {
            let password = [("grant_type", "password"), ("username", LOGIN), ("password", PASSWORD)];
            rig.post(path, STRICT, &password).await.refused(400, "unauthorized_client");
            let asked = [("grant_type", "client_credentials")];
            let tokens = rig.post(path, STRICT, &asked).await.is_ok().json();
            assert!(tokens.get("refresh_token").is_none(), "{tokens}");
            assert_eq!(tokens["token_type"], "Bearer");
        }
    }

    async fn beside_a_client_whose_refresh_tokens_stay_its_own_are_good_once(setup) {
        let rig = Rig::start(setup).await;
        let own = strict()
            .grant_types(["refresh_token"])
            .dangerous_password_grant()
            .scope("rest-api");
        register(&rig.systems.rest_api, "", own).await;
        let path = "/app/rest/v2/oauth/token";
        let password = [("grant_type", "password"), ("username", "smith"), ("password", "qwerty123")];
        let first = rig.post(path, STRICT, &password).await.is_ok().json();
        let asked = [("grant_type", "refresh_token"), ("refresh_token", text(&first, "refresh_token"))];
        let second = rig.post(path, STRICT, &asked).await.is_ok().json();
        assert_ne!(second["refresh_token"], first["refresh_token"]);
        rig.post(path, STRICT, &asked).await.refused(400, "invalid_grant");
        let over = rig.get("/app/rest/v2/userInfo", text(&second, "access_token")).await;
        over.challenge(401, "invalid_token");
    }

    async fn beside_a_client_with_its_grant_type_in_the_address_it_has_it_in_the_form(setup) {
        let rig = Rig::start(setup).await;
        let own = strict().grant_types(["client_credentials", "refresh_token"]);
        register(&rig.systems.api_keys, "", own).await;
        let in_query = "/auth/v2/accesstoken?grant_type=client_credentials";
        rig.post(in_query, STRICT, &[]).await.refused(400, "invalid_request");
        let request = rig.request(Method::POST, in_query).header("content-type", FORM);
        let request = request.header("authorization", basic("strict", SECRET));
        rig.send(request).await.refused(400, "invalid_request");
        let asked = [("grant_type", "client_credentials")];
        let answer = rig.post("/auth/v2/accesstoken", STRICT, &asked).await.is_ok().json();
        let names: BTreeSet<_> = answer.as_object().expect("an object").keys().collect();
        let plain = ["access_token", "expires_in", "token_type"].map(str::to_owned);
        assert_eq!(names, plain.iter().collect());
        assert!(answer["expires_in"].is_number() && answer["token_type"] == "Bearer", "{answer}");
    }

    async fn a_switch_of_the_client_opens_nothing_where_the_server_has_none(setup) {
        let rig = Rig::start(setup).await;
        let own = strict().grant_types([]).dangerous_password_grant();
        register(&rig.systems.api_keys, "", own).await;
        let password = [("grant_type", "password"), ("username", LOGIN), ("password", PASSWORD)];
        let answer = rig.post("/auth/v2/accesstoken", STRICT, &password).await;
        answer.refused(400, "unsupported_grant_type");
    }

    async fn a_client_of_one_system_is_nobody_in_the_others(setup) {
        let rig = Rig::start(setup).await;
        let asked = [("grant_type", "client_credentials")];
        let client = Some((workspaces::CLIENT_ID, workspaces::CLIENT_SECRET));
        let own = rig.post("/workflow/oauth2/token", client, &asked).await.is_ok().json();
        for path in ["/cutwise/oauth/v2/token", "/app/rest/v2/oauth/token", "/auth/v2/accesstoken"] {
            rig.post(path, client, &asked).await.refused(401, "invalid_client");
        }
        for path in ["/cutwise/v3/diamond/123", "/app/rest/v2/userInfo", "/v1/accounts"] {
            let answer = rig.get(path, text(&own, "access_token")).await;
            answer.challenge(401, "invalid_token");
        }
    }
}
