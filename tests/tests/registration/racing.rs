//! Who registers and changes a client at the same moment as others.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use oauth_core::{
    context::Context,
    endpoint::registration::{Registration, RegistrationPolicy, RegistrationRequest},
    error::Error,
    model::Client,
    store::{ClientRegistry, ClientStore},
    throttle::Unthrottled,
};
use oauth_core_tests::{
    Answer, Base, Setup, Store, World, scenarios,
    world::{ISSUER, race},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    CALLBACK, asks, confidential, created, information, manage, public, register, text, with,
};

/// An operator who changes a client while it changes itself: between its being read and written.
#[derive(Debug)]
struct Meanwhile {
    store: Store,
    change: fn(&mut Client),
    times: AtomicUsize,
}

#[async_trait]
impl RegistrationPolicy for Meanwhile {
    async fn review(
        &self,
        context: &Context,
        asked: &mut RegistrationRequest<'_>,
    ) -> Result<(), Error> {
        let Some(client) = asked.client else { return Ok(()) };
        let more = |times: usize| times.checked_sub(1);
        if self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok() {
            let found = ClientStore::find(&self.store, context.tenant(), &client.client_id).await?;
            let seen = found.expect("a client");
            let mut next = Client::clone(&seen);
            (self.change)(&mut next);
            assert!(self.store.replace(context.tenant(), &seen, &next).await?);
        }
        Ok(())
    }
}

async fn world_with(setup: Setup, change: fn(&mut Client), times: usize) -> World {
    let make = move |base: &Base| {
        let registration = Registration::new(base.store.clone()).open();
        let meanwhile = Meanwhile { store: base.store.clone(), change, times: times.into() };
        base.builder(ISSUER).registration(registration.policy(meanwhile)).build().expect("a server")
    };
    setup.start_as(make).await
}

/// A client that changes its name while that happens: who it is, and what it was answered.
async fn renamed(world: &World) -> (String, Answer) {
    let known = created(&register(world, &public()).await);
    let (id, token) = (text(&known, "client_id"), text(&known, "registration_access_token"));
    let body = with(with(public(), "client_id", json!(id)), "client_name", json!("Renamed"));
    (id.to_owned(), manage(world, Method::PUT, id, token, Some(&body)).await)
}

async fn found(world: &World, id: &str) -> Client {
    let found = ClientStore::find(&world.store, &Default::default(), &id.into()).await;
    Client::clone(&found.expect("an answer").expect("a client"))
}

scenarios! {
    async fn rac_013_who_register_in_parallel_share_nothing(setup) {
        let world = setup.start_as(|base| {
            let registration = Registration::new(base.store.clone()).open();
            let builder = base.builder(ISSUER).registration(registration);
            builder.throttle(Unthrottled).build().expect("a server")
        }).await;
        let request = |body: &Value| world.request(Method::POST, "/register").json(body);
        let answers = race((0..50).map(|_| request(&confidential()))).await;
        let known: Vec<_> = answers.iter().map(created).collect();
        for member in ["client_id", "client_secret", "registration_access_token"] {
            let all: BTreeSet<_> = known.iter().map(|known| text(known, member)).collect();
            assert_eq!(all.len(), 50, "{member}");
        }
        // A public client is one, by one identifier, which nobody can change any more.
        let answers = race((0..50).map(|_| request(&public()))).await;
        let known: Vec<_> = answers.iter().map(created).collect();
        let all: BTreeSet<_> = known.iter().map(|known| text(known, "client_id")).collect();
        assert_eq!(all.len(), 1);
        let id = text(&known[0], "client_id");
        let told: Vec<_> = known.iter().filter_map(|known| known["registration_access_token"].as_str()).collect();
        assert!(told.len() <= 1 && known.iter().all(|known| known.get("client_secret").is_none()));
        for token in told {
            manage(&world, Method::GET, id, token, None).await.challenge(401, "invalid_token");
        }
        asks(&world, id).await.redirected(CALLBACK);
    }

    async fn of_changes_at_the_same_moment_one_is_there_afterwards(setup) {
        let world = crate::world(setup, |registration| registration.open().rotate_access_tokens()).await;
        let known = created(&register(&world, &confidential()).await);
        let (id, token) = (text(&known, "client_id"), text(&known, "registration_access_token"));
        let changes = (0..20).map(|racer| {
            let body = with(with(confidential(), "client_id", json!(id)), "client_name", json!(format!("{racer}")));
            world.request(Method::PUT, &format!("/register/{id}")).bearer_auth(token).json(&body)
        });
        let answers = race(changes.collect::<Vec<_>>()).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "the token is another one after the first change");
        for answer in lost {
            answer.challenge(401, "invalid_token");
        }
        let won = information(won[0]);
        assert_eq!(found(&world, id).await.client_name.as_deref(), won["client_name"].as_str());
        let next = text(&won, "registration_access_token");
        manage(&world, Method::GET, id, next, None).await.is_ok();
    }

    async fn a_client_that_an_operator_disables_meanwhile_stays_disabled(setup) {
        let world = world_with(setup, |client| client.disabled = true, 1).await;
        let (id, answer) = renamed(&world).await;
        answer.challenge(401, "invalid_token");
        let found = found(&world, &id).await;
        assert_eq!((found.disabled, found.client_name.as_deref()), (true, Some("Mine")));
    }

    async fn what_an_operator_sets_meanwhile_survives_the_change(setup) {
        let world = world_with(setup, |client| client.access_token_lifetime = Some(17), 1).await;
        let (id, answer) = renamed(&world).await;
        answer.is_ok();
        let found = found(&world, &id).await;
        assert_eq!((found.access_token_lifetime, found.client_name.as_deref()), (Some(17), Some("Renamed")));
    }

    async fn a_client_that_changes_all_the_time_is_not_waited_for(setup) {
        let change: fn(&mut Client) = |client| *client.access_token_lifetime.get_or_insert(0) += 1;
        let world = world_with(setup, change, 5).await;
        let (id, answer) = renamed(&world).await;
        answer.refused(503, "temporarily_unavailable");
        assert!(!answer.header("retry-after").is_empty());
        let found = found(&world, &id).await;
        assert_eq!((found.access_token_lifetime, found.client_name.as_deref()), (Some(5), Some("Mine")));
    }
}
