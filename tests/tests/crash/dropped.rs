//! STO-006: the client hangs up in the middle of a redemption, and the framework drops the future
//! that answers. The code is spent and its tokens exist, or neither.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use axum::{body::Bytes, http};
use oauth_core::{
    http_types::Request,
    model::{Digest, Tenant},
    random::{Random, RandomFailed, SystemRandom},
    server::Mount,
    store::GrantStore as _,
    wire::{Opaque, TokenFormat as _},
};
use oauth_core_tests::{
    Adapter, Engine, Setup, World,
    clients::SECRET,
    postgres, redis,
    world::{As, basic, code_for},
};

/// Redemptions are polled less often than this before they are dropped.
const POLLS: u32 = 14;

/// How many are dropped after each number of polls.
const TIMES: u32 = 16;

/// Remembers what it drew, so that tokens which nobody was told can be looked for.
#[derive(Clone, Debug, Default)]
struct Remembering(Arc<Mutex<Vec<[u8; 32]>>>);

impl Remembering {
    fn take(&self) -> Vec<[u8; 32]> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Random for Remembering {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        SystemRandom.fill(bytes)?;
        if let Ok(drawn) = <[u8; 32]>::try_from(&*bytes) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(drawn);
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_006_a_redemption_dropped_at_any_point_is_all_or_nothing_in_memory() {
    dropped_at_any_point(Engine::Memory).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_006_a_redemption_dropped_at_any_point_is_all_or_nothing_in_sqlite() {
    dropped_at_any_point(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_006_a_redemption_dropped_at_any_point_is_all_or_nothing_in_postgres() {
    if postgres::is_there() {
        dropped_at_any_point(Engine::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_006_a_redemption_dropped_at_any_point_is_all_or_nothing_in_redis() {
    if redis::is_there() {
        dropped_at_any_point(Engine::Redis).await;
    }
}

async fn dropped_at_any_point(engine: Engine) {
    let random = Remembering::default();
    let drawing = random.clone();
    let setup = Setup::new(Adapter::Axum, engine).server(|builder| builder.random(drawing));
    let world = setup.start().await;
    let mounts = world.server.mounts();
    let token = mounts.iter().find(|mount| mount.path() == "/token").expect("the token endpoint");
    // How often a redemption waits depends on how fast the store is: so not once, but many times.
    let mut counts = [[0; 2]; 2];
    for polls in (0..TIMES).flat_map(|_| 0..POLLS) {
        let code = world.code().await;
        random.take();
        let answered = dropped_after(polls, token, &code).await;
        let drawn = random.take();

        // Asking again waits for whatever is still being done, and tells what it was.
        let again = world.token(As::Basic("web"), &code_for(&code)).await;
        let happened = again.status != 200;
        if happened {
            again.refused(400, "invalid_grant");
        }
        assert!(happened || !answered, "answered after {polls} polls, and not spent");
        assert!(!happened || drawn.len() == 2, "spent after {polls} polls, and nothing drawn");
        for (format, bytes) in [Opaque::new("oat"), Opaque::new("ort")].iter().zip(&drawn) {
            let exists = exists(&world, format.encode(bytes).digest()).await;
            assert_eq!(exists, happened, "by halves after {polls} polls");
        }
        counts[usize::from(happened)][usize::from(answered)] += 1;
    }
    let [[undone, _], [unheard, answered]] = counts;
    println!("{engine:?}: {undone} not done, {unheard} done unheard, {answered} answered");
    assert!(undone > 0 && answered > 0, "dropped too late or too early");
}

/// Polls the redemption at most `polls` times and then drops it; whether it was answered by then.
async fn dropped_after(polls: u32, token: &Mount, code: &str) -> bool {
    let mut answer = pin!(token.serve(redemption(code)));
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match answer.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn redemption(code: &str) -> Request {
    let body =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(code_for(code)).finish();
    let request = http::Request::post("/token")
        .header("authorization", basic("web", SECRET))
        .header("content-type", "application/x-www-form-urlencoded");
    request.body(Bytes::from(body)).expect("a request")
}

async fn exists(world: &World, key: Digest) -> bool {
    world.store.find(&Tenant::default(), &key).await.expect("the store").is_some()
}
