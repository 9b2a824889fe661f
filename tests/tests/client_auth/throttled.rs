//! Whoever guesses at secrets waits, and nobody else does.

use std::net::Ipv4Addr;

use oauth_core::{
    chosen_secret,
    model::{Client, Secret},
};
use oauth_core_tests::{
    Answer, World,
    clients::SECRET,
    scenarios,
    world::{As, basic, params, race},
};

use crate::own_token;

/// Guesses until it is told to wait, which is after some guesses and before the thirtieth.
async fn guess(world: &World, client: &str, path: &str) -> Answer {
    for number in 0..30 {
        let form = world.form(path, As::BasicWith(client, "wrong"), &own_token());
        let form = form.header("x-forwarded-for", format!("203.0.113.{number}"));
        let answer = world.send(form).await;
        if answer.status == 429 {
            assert!(number >= 10, "a few mistakes are forgiven");
            return answer;
        }
        answer.refused(401, "invalid_client");
    }
    unreachable!("thirty guesses went through")
}

/// A request from another address of this machine.
async fn from_elsewhere(world: &World, id: &str, secret: &str) -> Answer {
    let elsewhere = reqwest::Client::builder()
        .no_proxy()
        .local_address(Some(Ipv4Addr::new(127, 0, 0, 2).into()));
    let request =
        elsewhere.build().expect("a client").post(format!("http://{}/token", world.address()));
    world.send(request.header("authorization", basic(id, secret)).form(&own_token())).await
}

scenarios! {
    async fn cla_041_dos_027_whoever_guesses_at_a_secret_waits(setup) {
        let world = setup.start().await;
        let answer = guess(&world, "m2m", "/token").await;
        answer.refused(429, "temporarily_unavailable");
        assert!(world.events.heard("Throttled { what: \"client_secret\", who: \"m2m\""));
        // The right secret is refused too, or it could be told from the wrong ones.
        let right = world.token(As::Basic("m2m"), &own_token()).await;
        right.refused(429, "temporarily_unavailable");
        // And a header that anybody can write changes nothing.
        for (name, value) in [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=198.51.100.7"),
            ("x-real-ip", "198.51.100.7"),
            ("x-client-ip", "198.51.100.7"),
        ] {
            let form = world.form("/token", As::Basic("m2m"), &own_token()).header(name, value);
            world.send(form).await.refused(429, "temporarily_unavailable");
        }
        // At every endpoint the same secret is guessed at.
        for path in ["/introspect", "/revoke"] {
            let answer = world.post(path, As::Basic("m2m"), &params([("token", "x")])).await;
            answer.refused(429, "temporarily_unavailable");
        }
        // Other clients go on, and so does this one from elsewhere.
        world.tokens().await;
        from_elsewhere(&world, "m2m", SECRET).await.is_ok();
        from_elsewhere(&world, "m2m", "wrong").await.refused(401, "invalid_client");
        world.token(As::Basic("m2m"), &own_token()).await.refused(429, "temporarily_unavailable");
    }

    async fn cla_041_after_the_time_it_was_told_a_client_may_try_again(setup) {
        let world = setup.start().await;
        let answer = guess(&world, "m2m", "/token").await;
        let wait: u32 = answer.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        world.clock.advance(wait - 1);
        world.token(As::Basic("m2m"), &own_token()).await.refused(429, "temporarily_unavailable");
        world.clock.advance(1);
        world.token(As::Basic("m2m"), &own_token()).await.is_ok();
        // But a guesser gets only that one guess.
        let wrong = As::BasicWith("m2m", "wrong");
        let mut refused = 0;
        while world.token(wrong, &own_token()).await.status == 401 {
            refused += 1;
            assert!(refused < 5, "guessing goes on");
        }
    }

    async fn cla_041_it_does_not_show_whether_there_is_such_a_client(setup) {
        let world = setup.start().await;
        let (known, unknown) =
            (guess(&world, "m2m", "/token").await, guess(&world, "nobody", "/token").await);
        assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
        assert_eq!(known.header("retry-after"), unknown.header("retry-after"));
    }

    async fn cla_041_guesses_at_other_endpoints_count(setup) {
        let world = setup.start().await;
        guess(&world, "web", "/introspect").await.refused(429, "temporarily_unavailable");
        let token = params([("token", "x")]);
        world.post("/revoke", As::Basic("web"), &token).await
            .refused(429, "temporarily_unavailable");
        guess(&world, "other", "/revoke").await.refused(429, "temporarily_unavailable");
        world.token(As::Basic("other"), &own_token()).await
            .refused(429, "temporarily_unavailable");
    }

    /// A secret that a person chose takes long to compare: all would be in before one was counted.
    async fn cla_041_a_crowd_that_guesses_at_once_is_not_let_in(setup) {
        let hash = chosen_secret::hash(&Secret::new("correct horse")).await.expect("a hash");
        let client = Client::confidential("chosen", hash).grant_types(["client_credentials"]);
        let world = setup.client(client.build().expect("a client")).start().await;
        let guess = || world.form("/token", As::BasicWith("chosen", "wrong"), &own_token());
        let answers = race((0..40).map(|_| guess())).await;
        let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
        assert!((10..=15).contains(&looked_at), "{looked_at}");
        assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 40 - looked_at);
    }

    async fn cla_041_right_secrets_cost_nothing(setup) {
        let world = setup.start().await;
        for _ in 0..60 {
            world.machine_token().await;
        }
        for _ in 0..5 {
            let answer = world.token(As::BasicWith("m2m", "wrong"), &own_token()).await;
            answer.refused(401, "invalid_client");
            world.machine_token().await;
        }
    }
}
