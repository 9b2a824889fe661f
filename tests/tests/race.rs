//! Many at once, over real sockets: whatever the interleaving, a credential is spent once, and what
//! was revoked stays so.

use oauth_core::{
    model::{Client, ClientId, ClientSecret, Digest, Secret, SecretHash, Subject, Tenant},
    store::{ClientRegistry as _, GrantStore},
};
use oauth_core_tests::{
    Answer, Setup, World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, Tokens, code_for, params, race, race_and, refresh_for, with},
};
use reqwest::RequestBuilder;

/// After how many answers something is changed under the racers, round by round.
const MOMENTS: [usize; 3] = [0, 1, 5];

/// Sends the same request `n` times, by turns to each of the worlds.
fn times(n: usize, worlds: &[&World], params: &[(&str, String)]) -> Vec<RequestBuilder> {
    let of = |turn: usize| worlds[turn % worlds.len()].form("/token", As::Basic("web"), params);
    (0..n).map(of).collect()
}

/// One answer is 200, all others are `invalid_grant`.
fn one_winner(answers: &[Answer]) -> Tokens {
    let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    for answer in bad {
        answer.refused(400, "invalid_grant");
    }
    assert_eq!(good.len(), 1);
    Tokens::of(good[0].is_ok())
}

/// How often tokens were issued.
fn issued(world: &World) -> usize {
    world.events.all().iter().filter(|event| event.contains("Issued {")).count()
}

/// No token among these answers, or of these, is good any more.
async fn assert_none_active(world: &World, answers: &[Answer], more: &[&Tokens]) {
    let good = answers.iter().filter(|answer| answer.status == 200).map(Tokens::of);
    for tokens in good.chain(more.iter().map(|&tokens| tokens.clone())) {
        assert!(!world.is_active(&tokens.access).await);
        assert!(!world.is_live("web", &tokens.refresh).await);
    }
    let grants = world.server.grants().expect("one server");
    assert!(grants.of_subject(&Subject::from("alice")).await.expect("grants").is_empty());
}

/// Never anything but tokens, a refusal of the credential, or a refusal of the client.
fn assert_expected(answers: &[Answer]) {
    for answer in answers {
        match answer.status.as_u16() {
            200 => answer.is_ok(),
            400 => answer.refused(400, "invalid_grant"),
            _ => answer.refused(401, "invalid_client"),
        };
    }
}

/// Whoever was answered before the change has tokens.
fn assert_begun(answers: &[Answer], after: usize) {
    for answer in &answers[..after] {
        answer.is_ok();
    }
}

/// How many rounds; `OAUTH_TEST_RACE_ROUNDS` sets it.
fn rounds() -> usize {
    let set = std::env::var("OAUTH_TEST_RACE_ROUNDS").ok();
    set.and_then(|rounds| rounds.parse().ok()).unwrap_or(100)
}

scenarios! {
    async fn rac_001_every_code_has_one_winner_round_after_round(setup) {
        let world = setup.start().await;
        for _ in 0..rounds() {
            let code = world.code().await;
            let winner = one_winner(&race(times(100, &[&world], &code_for(&code))).await);
            assert!(!world.is_active(&winner.access).await, "the others were replays");
        }
        assert_eq!(issued(&world), rounds());
    }

    async fn rac_001_sto_016_a_code_is_redeemed_once(setup) {
        let world = setup.start().await;
        let bystander = world.tokens().await;
        let code = world.code().await;
        let before = issued(&world);
        let answers = race(times(100, &[&world], &code_for(&code))).await;
        let winner = one_winner(&answers);
        assert_eq!(issued(&world) - before, 1);
        // The others are replays, so the family has ended.
        assert!(world.events.heard("ReplayDetected { kind: \"authorization_code\""));
        assert!(!world.is_active(&winner.access).await);
        assert!(!world.is_live("web", &winner.refresh).await);
        let again = world.token(As::Basic("web"), &refresh_for(&winner.refresh)).await;
        again.refused(400, "invalid_grant");
        assert!(world.is_active(&bystander.access).await);
    }

    async fn rac_002_a_code_is_redeemed_once_on_three_nodes(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let (second, third) = (world.node(adapter).await, world.node(adapter).await);
        let code = world.code().await;
        let answers = race(times(100, &[&world, &second, &third], &code_for(&code))).await;
        one_winner(&answers);
        assert_eq!(issued(&world), 1);
        assert_none_active(&third, &answers, &[]).await;
    }

    async fn ref_003_rac_003_a_refresh_token_is_rotated_once(setup) {
        let world = setup.start().await;
        let first = world.tokens().await;
        let before = issued(&world);
        let answers = race(times(100, &[&world], &refresh_for(&first.refresh))).await;
        one_winner(&answers);
        assert_eq!(issued(&world) - before, 1);
        assert!(world.events.heard("ReplayDetected { kind: \"refresh_token\""));
        assert_none_active(&world, &answers, &[&first]).await;
    }

    async fn rac_003_a_refresh_token_is_rotated_once_on_three_nodes(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let (second, third) = (world.node(adapter).await, world.node(adapter).await);
        let first = world.tokens().await;
        let asked = refresh_for(&first.refresh);
        let answers = race(times(100, &[&world, &second, &third], &asked)).await;
        one_winner(&answers);
        assert_none_active(&second, &answers, &[&first]).await;
    }

    async fn codes_of_their_own_do_not_disturb_each_other(setup) {
        let world = setup.start().await;
        let mut requests = Vec::new();
        for _ in 0..50 {
            requests.extend(times(1, &[&world], &code_for(&world.code().await)));
        }
        let answers = race(requests).await;
        for answer in &answers {
            assert!(world.is_active(&Tokens::of(answer.is_ok()).access).await);
        }
        let requests: Vec<_> = answers
            .iter()
            .flat_map(|answer| times(1, &[&world], &refresh_for(&Tokens::of(answer).refresh)))
            .collect();
        for answer in race(requests).await {
            assert!(world.is_active(&Tokens::of(answer.is_ok()).access).await);
        }
    }

    async fn rac_005_what_is_revoked_while_it_is_refreshed_stays_revoked(setup) {
        let world = setup.start().await;
        let first = world.tokens().await;
        let mut requests = times(50, &[&world], &refresh_for(&first.refresh));
        let revocation = params([("token", &first.refresh)]);
        requests.insert(25, world.form("/revoke", As::Basic("web"), &revocation));
        let answers = race(requests).await;
        let (revoked, refreshed): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.body == "{}");
        assert_eq!(revoked.len(), 1);
        revoked[0].is_ok();
        assert!(refreshed.iter().filter(|answer| answer.status == 200).count() <= 1);
        assert_expected(&refreshed);
        assert_none_active(&world, &refreshed, &[&first]).await;
    }

    async fn rac_006_a_subject_locked_while_codes_are_redeemed_has_no_token(setup) {
        let world = setup.start().await;
        let grants = world.server.grants().expect("one server");
        let alice = Subject::from("alice");
        for after in MOMENTS {
            let mut requests = Vec::new();
            for _ in 0..50 {
                requests.extend(times(1, &[&world], &code_for(&world.code().await)));
            }
            let (answers, ended) = race_and(requests, after, grants.revoke_subject(&alice)).await;
            assert_eq!(ended.expect("revoked"), 50);
            assert_begun(&answers, after);
            assert_expected(&answers);
            assert_none_active(&world, &answers, &[]).await;
        }
    }

    async fn rac_007_consent_withdrawn_while_tokens_are_refreshed_leaves_none(setup) {
        let world = setup.start().await;
        let grants = world.server.grants().expect("one server");
        let (alice, web) = (Subject::from("alice"), ClientId::from("web"));
        for after in MOMENTS {
            let mut requests = Vec::new();
            let mut before = Vec::new();
            for _ in 0..50 {
                let tokens = world.tokens().await;
                requests.extend(times(1, &[&world], &refresh_for(&tokens.refresh)));
                before.push(tokens);
            }
            let withdrawn = grants.revoke_subject_client(&alice, &web);
            let (answers, ended) = race_and(requests, after, withdrawn).await;
            assert_eq!(ended.expect("revoked"), 50);
            assert_begun(&answers, after);
            assert_expected(&answers);
            assert_none_active(&world, &answers, &before.iter().collect::<Vec<_>>()).await;
        }
    }

    async fn rac_010_a_secret_is_changed_while_it_is_used(setup) {
        let world = setup.start().await;
        let m2m = |secrets: &[&str]| {
            let hash = |secret: &&str| SecretHash::of_generated(&Secret::new(*secret));
            let client = Client::confidential("m2m", hash(&secrets[0]));
            let client = client.grant_types(["client_credentials"]).scope("api");
            let secrets = secrets.iter().map(hash);
            let secrets = secrets.map(|hash| ClientSecret { hash, expires_at: None }).collect();
            client.with(|client| client.secrets = secrets).build().expect("a sound client")
        };
        let another = "another-secret-0123456789abcdefghijklmnopqr";
        let (old, both, new) = (m2m(&[SECRET]), m2m(&[another, SECRET]), m2m(&[another]));
        let asked = params([("grant_type", "client_credentials")]);
        let with_old = || (0..50).map(|_| world.form("/token", As::Basic("m2m"), &asked));
        for after in MOMENTS {
            let change = world.change("m2m", |client| *client = both.clone());
            let (answers, ()) = race_and(with_old(), after, change).await;
            for answer in &answers {
                answer.is_ok();
            }
            let change = world.change("m2m", |client| *client = new.clone());
            // Few enough for the throttle, which is not what is looked at.
            let (answers, ()) = race_and(with_old().take(8), after, change).await;
            assert_begun(&answers, after);
            assert_expected(&answers);
            world.token(As::Basic("m2m"), &asked).await.refused(401, "invalid_client");
            world.token(As::BasicWith("m2m", another), &asked).await.is_ok();
            // The throttle forgets, and all is as it was.
            world.clock.advance(600);
            world.change("m2m", |client| *client = old.clone()).await;
        }
    }

    async fn rac_011_a_client_removed_while_codes_are_redeemed_leaves_nothing(setup) {
        let (adapter, engine) = (setup.adapter, setup.engine);
        let (tenant, web) = (Tenant::default(), ClientId::from("web"));
        for after in MOMENTS {
            let world = Setup::new(adapter, engine).start().await;
            let (mut secrets, mut requests) = (Vec::new(), Vec::new());
            for _ in 0..50 {
                let code = world.code().await;
                requests.extend(times(1, &[&world], &code_for(&code)));
                secrets.push(code);
            }
            let removal = world.store.remove(&tenant, &web);
            let (answers, removed) = race_and(requests, after, removal).await;
            assert!(removed.expect("removed"));
            assert_begun(&answers, after);
            for answer in &answers {
                // A racer that was authenticated just before finds its code gone, or, when the
                // removal came late in the race, itself throttled as somebody unknown.
                match answer.status.as_u16() {
                    200 => answer.is_ok(),
                    400 => answer.refused(400, "invalid_grant"),
                    401 => answer.refused(401, "invalid_client"),
                    _ => answer.refused(429, "temporarily_unavailable"),
                };
            }
            for tokens in answers.iter().filter(|answer| answer.status == 200).map(Tokens::of) {
                assert!(!world.is_active(&tokens.access).await);
                secrets.extend([tokens.access, tokens.refresh]);
            }
            for secret in secrets {
                let found = GrantStore::find(&world.store, &tenant, &Digest::of(&secret)).await;
                assert!(found.expect("an answer").is_none(), "{after}");
            }
            let grants = world.server.grants().expect("one server");
            assert!(grants.of_subject(&Subject::from("alice")).await.expect("grants").is_empty());
        }
    }

    async fn rac_014_every_answer_has_its_own_scope(setup) {
        let machine = Client::confidential("m2m", SecretHash::of_generated(&Secret::new(SECRET)))
            .grant_types(["client_credentials"])
            .scope("a b");
        let setup = setup.client(machine.build().expect("a sound client"));
        let world = setup.server(|builder| builder.client_cache(60)).start().await;
        let asked = params([("grant_type", "client_credentials")]);
        let scopes = ["a", "b"].into_iter().cycle().take(100);
        let named = |scope| {
            let request = world.form("/token", As::Basic("m2m"), &with(asked.clone(), "scope", scope));
            request.build().expect("a request")
        };
        let mut racers = tokio::task::JoinSet::new();
        for scope in scopes {
            let (http, request) = (world.http.clone(), named(scope));
            racers.spawn(async move {
                (scope, Answer::read(http.execute(request).await.expect("an answer")).await)
            });
        }
        for (scope, answer) in racers.join_all().await {
            assert_eq!(answer.is_ok().text("scope"), scope);
            let seen = world.introspect(&answer.text("access_token")).await;
            assert_eq!(seen["scope"], scope);
        }
    }

    async fn the_same_token_is_revoked_by_many_at_once(setup) {
        let world = setup.start().await;
        let tokens = world.tokens_of(As::Basic("web"), "web", CALLBACK, "read").await;
        let asked = params([("token", &tokens.refresh)]);
        let answers = race((0..50).map(|_| world.form("/revoke", As::Basic("web"), &asked))).await;
        for answer in &answers {
            answer.is_ok();
        }
        let counted = |event: &&String| event.contains("Revoked {") && event.contains("count: 1");
        assert_eq!(world.events.all().iter().filter(counted).count(), 1, "it ended once");
        assert_none_active(&world, &[], &[&tokens]).await;
    }
}
