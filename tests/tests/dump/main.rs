//! STO-017: after everything that can be done has been done once, no secret that crossed the wire is
//! in what the stores have written, in no spelling.

mod browser;
mod machines;
mod needles;

use std::{fmt::Write as _, sync::Arc};

use async_trait::async_trait;
use browser::Browser;
use needles::{Heap, Secrets};
use oauth_core::{
    model::{Client, Digest, RefreshPolicy, Rotation, Secret, SecretHash, Subject, Tenant},
    store::{ClientStore, GrantStore, StoreError, Users},
};
use oauth_core_pages::{Applications, Pages};
use oauth_core_tests::{
    Setup, World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, ISSUER, Tokens, VERIFIER, authz_of, code_for, params, refresh_for, with},
};

const PASSWORD: &str = "correct horse & battery/staple+\u{e9}";
const WRONG_PASSWORD: &str = "incorrect horse & battery/staple";

/// `alice`, and nobody else.
#[derive(Debug)]
struct Alice;

#[async_trait]
impl Users for Alice {
    async fn sign_in(
        &self,
        _: &Tenant,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        let known = username == "alice" && password.expose() == PASSWORD;
        Ok(known.then(|| Subject::from(username)))
    }
}

fn client(id: &str) -> oauth_core::model::ClientBuilder {
    Client::confidential(id, SecretHash::of_generated(&Secret::new(SECRET)))
}

/// The usual server, with all pages below `/pages`, and the grants that need a switch.
async fn start(setup: Setup) -> World {
    let rotation = Rotation::RotateWithGrace { grace: 30, retries: 3 };
    let graceful = client("graceful")
        .redirect_uri(CALLBACK)
        .scope("read")
        .refresh_policy(RefreshPolicy { rotation, ..RefreshPolicy::default() });
    let legacy = client("legacy").grant_types([]).scope("read").dangerous_password_grant();
    let setup = setup.client(graceful.build().expect("a sound client"));
    let setup = setup.client(legacy.build().expect("a sound client"));
    machines::clients(setup)
        .start_as(|base| {
            let users = Arc::new(Alice);
            let applications = Applications::new(base.store.clone());
            let applications = applications.scope("read write".parse().expect("a scope"));
            let pages = Pages::new(Arc::clone(&users)).applications(applications);
            machines::server(base.builder(ISSUER), &base.store)
                .dangerous_password_grant(users)
                .with(pages.below("/pages"))
                .build()
                .expect("a server")
        })
        .await
}

/// Does everything once, and returns what nobody else may know.
async fn dance(world: &World) -> (Secrets, [String; 2]) {
    let mut secrets = Secrets::default();
    secrets.add_all(["password", "wrong password", "secret", "verifier"].into_iter().zip([
        PASSWORD,
        WRONG_PASSWORD,
        SECRET,
        VERIFIER,
    ]));
    let mut alice = Browser::new(world);

    // Sign-in, refused at first; consent; a code; a refresh, again within the grace, and a replay.
    let query = |id| {
        let asked = authz_of(id, CALLBACK, "read");
        form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish()
    };
    let address = format!("/pages/authorize?{}", query("graceful"));
    assert_eq!(alice.sign_in(&address, "alice", WRONG_PASSWORD).await.status, 403);
    assert_eq!(alice.sign_in(&address, "alice", PASSWORD).await.status, 303);
    let code = alice.allow(&address).await;
    let id = As::Basic("graceful");
    let mut first = Tokens::of(world.token(id, &code_for(&code)).await.is_ok());
    secrets.add("code", &code);
    secrets.add_tokens(&first);
    for _ in 0..2 {
        let again = Tokens::of(world.token(id, &refresh_for(&first.refresh)).await.is_ok());
        secrets.add_tokens(&again);
        let retried = Tokens::of(world.token(id, &refresh_for(&first.refresh)).await.is_ok());
        assert_eq!(retried.refresh, again.refresh);
        secrets.add_tokens(&retried);
        first = again;
    }
    world.token(id, &code_for(&code)).await.refused(400, "invalid_grant");
    assert!(!world.is_active(&first.access).await);

    // An application of her own: its secret, a new one, and tokens for each.
    let (own, secret) = alice.register().await;
    let rotated = alice.rotate(&own).await;
    assert_ne!(secret, rotated);
    for secret in [&secret, &rotated] {
        secrets.add("application's secret", secret);
        let code = alice.allow(&format!("/pages/authorize?{}", query(&own))).await;
        secrets.add("code", &code);
        let tokens = world.token(As::BasicWith(&own, secret), &code_for(&code)).await;
        secrets.add_tokens(&Tokens::of(tokens.is_ok()));
    }
    secrets.add_all(alice.secrets());

    // Without a page: a machine, and a password.
    secrets.add("access token", &world.machine_token().await);
    let asked = params([("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)]);
    secrets.add_tokens(&Tokens::of(world.token(As::Basic("legacy"), &asked).await.is_ok()));
    let wrong = with(asked, "password", WRONG_PASSWORD);
    world.token(As::Basic("legacy"), &wrong).await.refused(400, "invalid_grant");

    // Tokens that are looked at, revoked, and presented afterwards; what is wrong, presented.
    let tokens = world.tokens().await;
    secrets.add_tokens(&tokens);
    assert!(world.is_active(&tokens.access).await && world.is_live("web", &tokens.refresh).await);
    for token in [&tokens.access, &tokens.refresh] {
        world.post("/revoke", As::Basic("web"), &params([("token", token)])).await.is_ok();
        assert!(!world.is_active(token).await);
    }
    world
        .token(As::Basic("web"), &refresh_for(&tokens.refresh))
        .await
        .refused(400, "invalid_grant");
    let unused = world.code().await;
    secrets.add("unused code", &unused);
    let verifier = "another-verifier-0123456789abcdefghijklmnopqrstuv";
    secrets.add("wrong verifier", verifier);
    let wrong = with(code_for(&unused), "code_verifier", verifier);
    world.token(As::Basic("web"), &wrong).await.refused(400, "invalid_grant");
    let guessed = "another-secret-0123456789abcdefghijklmnopqrstuv";
    secrets.add("wrong secret", guessed);
    let wrong = world.token(As::BasicWith("web", guessed), &code_for(&unused)).await;
    wrong.refused(401, "invalid_client");
    let registered = machines::dance(world, &mut secrets).await;
    (secrets, [own, registered])
}

/// What the store hands out of what it holds: all that can be seen of one in memory.
async fn handed_out(world: &World, secrets: &Secrets, own: &[String; 2]) -> Vec<u8> {
    let (tenant, mut text) = (Tenant::default(), String::new());
    let store = world.store.inner();
    for id in ["web", "graceful", "legacy", "m2m", &own[0], &own[1]] {
        let client = ClientStore::find(store, &tenant, &id.into()).await;
        let client = client.expect("the store").expect("the client");
        text += &serde_json::to_string(&*client).expect("JSON");
    }
    for secret in secrets.texts() {
        let found = GrantStore::find(store, &tenant, &Digest::of(secret)).await;
        if let Some(found) = found.expect("the store") {
            text += &serde_json::to_string(&*found.issued).expect("JSON");
            text += &serde_json::to_string(&*found.grant).expect("JSON");
            write!(text, "{:?}", found.spent).expect("text");
        }
    }
    text.into_bytes()
}

scenarios! {
    async fn sto_017_no_secret_that_crossed_the_wire_is_in_a_dump(setup) {
        let world = start(setup).await;
        let (secrets, own) = dance(&world).await;
        let mut heap = Heap::new(handed_out(&world, &secrets, &own).await);
        for known in ["alice", "Reports", "Registered", CALLBACK, &own[0], &own[1]] {
            assert!(heap.holds(known.as_bytes()), "{known} is handed out");
        }
        secrets.check(&heap);
        let dump = world.dump().await;
        if dump.is_empty() {
            // In memory nothing is written.
            return;
        }
        heap = Heap::new(dump);
        for known in ["alice", "Reports", "graceful", "Registered", CALLBACK, &own[0], &own[1]] {
            assert!(heap.holds(known.as_bytes()), "{known} was written");
        }
        // The material of the signing key is there, and sealed.
        assert!(heap.holds(b"ES256") && !heap.holds(b"PRIVATE KEY"), "keys are sealed");
        // In whatever spelling the digests are there, a secret would be found in it, too.
        let written = |secret: &&str| heap.holds_in_any_spelling(Digest::of(secret).as_bytes());
        let written = secrets.texts().filter(written).count();
        assert!(written > 15, "{written} of the secrets are known by their digests");
        secrets.check(&heap);
    }
}
