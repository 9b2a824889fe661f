//! PKCE (RFC 7636): S256 for everybody, and a verifier exactly where a challenge was.

use oauth_core_tests::{
    World,
    clients::CALLBACK,
    scenarios,
    world::{As, VERIFIER, again, authz, authz_of, challenge, code_for, with, without},
};
use reqwest::Method;

/// Another good verifier.
const OTHER: &str = "another-verifier-another-verifier-another-v";

/// A code of `web` that is bound to the challenge of this verifier.
async fn code_bound_to(world: &World, verifier: &str) -> String {
    let asked = with(authz(), "code_challenge", &challenge(verifier));
    world.authorize(&asked).await.redirected(CALLBACK)["code"].clone()
}

/// The verifier is refused, and the code is not spent by that.
async fn is_refused(world: &World, code: &str, verifier: &str) {
    let form = with(code_for(code), "code_verifier", verifier);
    let answer = world.token(As::Basic("web"), &form).await;
    answer.refused(400, "invalid_grant");
    assert!(!answer.body.contains("token\":"), "{answer:?}");
}

scenarios! {
    async fn pkc_001_everybody_sends_a_challenge(setup) {
        let world = setup.start().await;
        let spa = "https://spa.example/cb";
        for asked in [
            authz_of("spa", spa, "read"),
            authz_of("native", "com.example.app:/cb", "read"),
            authz(),
            authz_of("nopkce", CALLBACK, "read"),
        ] {
            let uri = asked[2].1.clone();
            let bare = without(asked, "code_challenge");
            let both = world.authorize(&without(bare.clone(), "code_challenge_method")).await;
            if bare[1].1 == "nopkce" {
                assert!(both.redirected(&uri).contains_key("code"), "the weak switch is on");
            } else {
                both.redirected_error(&uri, "invalid_request");
                assert!(!world.events.heard("Allowed"));
            }
            let half = world.authorize(&bare).await;
            half.redirected_error(&uri, "invalid_request");
        }
    }

    async fn pkc_001_a_record_cannot_forgive_a_public_client(setup) {
        let world = setup.start().await;
        world.change("spa", |client| client.dialect.dangerous_pkce_optional = true).await;
        let uri = "https://spa.example/cb";
        let asked = without(authz_of("spa", uri, "read"), "code_challenge");
        let answer = world.authorize(&without(asked, "code_challenge_method")).await;
        answer.redirected_error(uri, "invalid_request");
        assert!(!world.events.heard("Allowed") && !world.events.heard("Lenient"));
    }

    async fn pkc_003_pkc_005_pkc_006_only_s256_will_do(setup) {
        let world = setup.start().await;
        for client in ["web", "nopkce"] {
            let asked = authz_of(client, CALLBACK, "read");
            let plain = with(asked.clone(), "code_challenge_method", "plain");
            let refused = [
                with(plain.clone(), "code_challenge", VERIFIER),
                plain,
                with(asked.clone(), "code_challenge_method", "s256"),
                with(asked.clone(), "code_challenge_method", "S512"),
                with(asked.clone(), "code_challenge_method", "S256 "),
                with(asked.clone(), "code_challenge_method", "S256 plain"),
                with(asked.clone(), "code_challenge_method", ""),
                without(asked.clone(), "code_challenge_method"),
                with(asked.clone(), "code_challenge", ""),
                without(asked.clone(), "code_challenge"),
            ];
            for asked in refused {
                let answer = world.authorize(&asked).await;
                let pairs = answer.redirected_error(CALLBACK, "invalid_request");
                assert_eq!(pairs["state"], "xyz", "{asked:?}");
            }
        }
        assert!(!world.events.heard("Allowed"));
        let path = "/.well-known/oauth-authorization-server";
        let metadata = world.send(world.request(Method::GET, path)).await.json();
        assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    }

    async fn pkc_005_a_challenge_that_is_no_digest_is_refused_at_once(setup) {
        let world = setup.start().await;
        let good = challenge(VERIFIER);
        let standard = good.replace('-', "+").replace('_', "/");
        let unpadded_bits = format!("{}N", &good[..42]);
        for bad in [
            &good[..42],
            &format!("{good}A"),
            &format!("{good}="),
            &standard,
            &unpadded_bits,
            &format!(" {good}"),
            &"A".repeat(128),
            "a",
            VERIFIER.split_at(20).0,
        ] {
            let answer = world.authorize(&with(authz(), "code_challenge", bad)).await;
            answer.redirected_error(CALLBACK, "invalid_request");
        }
        assert!(!world.events.heard("Allowed"));
    }

    async fn pkc_008_a_repeated_challenge_is_refused(setup) {
        let world = setup.start().await;
        for second in [challenge(OTHER), challenge(VERIFIER), String::new()] {
            let answer = world.authorize(&again(authz(), "code_challenge", &second)).await;
            answer.redirected_error(CALLBACK, "invalid_request");
        }
        let code = world.code().await;
        let twice = again(code_for(&code), "code_verifier", OTHER);
        world.token(As::Basic("web"), &twice).await.refused(400, "invalid_request");
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
    }

    async fn pkc_010_an_absent_or_empty_verifier_is_refused(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        is_refused(&world, &code, "").await;
        let none = without(code_for(&code), "code_verifier");
        world.token(As::Basic("web"), &none).await.refused(400, "invalid_grant");
        // Even if the challenge was that of nothing.
        let nothing = code_bound_to(&world, "").await;
        is_refused(&world, &nothing, "").await;
        let none = without(code_for(&nothing), "code_verifier");
        world.token(As::Basic("web"), &none).await.refused(400, "invalid_grant");
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
    }

    async fn pkc_011_pkc_018_a_wrong_verifier_spends_nothing(setup) {
        // The code stays good: whoever glimpsed it must not be able to end the sign-in. Guessing a
        // verifier of 256 bits within a minute is hopeless with 100 attempts, and with 2^100.
        let world = setup.start().await;
        let code = world.code().await;
        for guess in 0..100 {
            is_refused(&world, &code, &format!("{guess:0>43}")).await;
        }
        assert!(!world.events.heard("Issued") && !world.events.heard("ReplayDetected"));
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
    }

    async fn pkc_011_after_the_code_is_spent_a_wrong_verifier_revokes_nothing(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        let access = answer.is_ok().text("access_token");
        is_refused(&world, &code, OTHER).await;
        assert!(world.is_active(&access).await);
        world.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
        assert!(!world.is_active(&access).await, "the right one is a replay");
    }

    async fn pkc_012_pkc_013_pkc_014_a_verifier_is_43_to_128_unreserved_characters(setup) {
        let world = setup.start().await;
        let (short, long) = ("a".repeat(42), "a".repeat(129));
        let spaced = format!("{} {}", "a".repeat(21), "b".repeat(21));
        for verifier in [
            "a",
            &short,
            &long,
            &"a".repeat(4000),
            &spaced,
            &spaced.replace(' ', "\n"),
            &spaced.replace(' ', "+"),
            &spaced.replace(' ', "/"),
            &spaced.replace(' ', "\u{e9}"),
            &format!("{VERIFIER}="),
        ] {
            // The digest is right, so it is the form alone that is refused.
            let code = code_bound_to(&world, verifier).await;
            is_refused(&world, &code, verifier).await;
        }
        for verifier in [&"a".repeat(43), &"~".repeat(128), &format!("{}-._~", &VERIFIER[4..])] {
            let code = code_bound_to(&world, verifier).await;
            let form = with(code_for(&code), "code_verifier", verifier);
            world.token(As::Basic("web"), &form).await.is_ok();
        }
    }

    async fn pkc_012_almost_the_verifier_is_not_the_verifier(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let swapped = VERIFIER.to_uppercase();
        for verifier in [&VERIFIER[..42], &format!("{VERIFIER}a"), &swapped,
            &format!("{VERIFIER} "), &challenge(VERIFIER)] {
            is_refused(&world, &code, verifier).await;
        }
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
    }

    async fn pkc_015_a_verifier_without_a_challenge_is_refused(setup) {
        let world = setup.start().await;
        let asked = without(authz_of("nopkce", CALLBACK, "read"), "code_challenge");
        let asked = without(asked, "code_challenge_method");
        let code = world.authorize(&asked).await.redirected(CALLBACK)["code"].clone();
        let answer = world.token(As::Basic("nopkce"), &code_for(&code)).await;
        answer.refused(400, "invalid_grant");
        assert!(!world.events.heard("Issued"));
        // TOK-018: what PKCE would have bound, the redirect URI must.
        let plain = without(code_for(&code), "code_verifier");
        let unbound = without(plain.clone(), "redirect_uri");
        world.token(As::Basic("nopkce"), &unbound).await.refused(400, "invalid_grant");
        world.token(As::Basic("nopkce"), &plain).await.is_ok();
        // Where a client that may leave PKCE out used it, it is enforced.
        let code = world.code_of("nopkce", CALLBACK, "read").await;
        let plain = without(code_for(&code), "code_verifier");
        world.token(As::Basic("nopkce"), &plain).await.refused(400, "invalid_grant");
        world.token(As::Basic("nopkce"), &code_for(&code)).await.is_ok();
    }

    async fn pkc_016_the_method_comes_from_the_authorization_request_only(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let form = with(code_for(&code), "code_challenge_method", "plain");
        let verifier = challenge(VERIFIER);
        let plain = with(form.clone(), "code_verifier", &verifier);
        world.token(As::Basic("web"), &plain).await.refused(400, "invalid_grant");
        let brought = with(plain, "code_challenge", &verifier);
        world.token(As::Basic("web"), &brought).await.refused(400, "invalid_grant");
        let brought = with(form.clone(), "code_challenge", &challenge(OTHER));
        let brought = with(brought, "code_verifier", OTHER);
        world.token(As::Basic("web"), &brought).await.refused(400, "invalid_grant");
        world.token(As::Basic("web"), &form).await.is_ok();
    }

    async fn codes_are_not_mixed_up_between_sign_ins(setup) {
        let world = setup.start().await;
        let (mine, theirs) = (world.code().await, code_bound_to(&world, OTHER).await);
        is_refused(&world, &theirs, VERIFIER).await;
        is_refused(&world, &mine, OTHER).await;
        world.token(As::Basic("web"), &code_for(&mine)).await.is_ok();
        let form = with(code_for(&theirs), "code_verifier", OTHER);
        world.token(As::Basic("web"), &form).await.is_ok();
    }
}
