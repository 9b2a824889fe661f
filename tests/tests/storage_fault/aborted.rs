//! Clients that go away in the middle: whatever was begun is done, or was never begun.

use std::pin::pin;

use axum::{body::Bytes, http};
use oauth_core_tests::{
    World,
    clients::SECRET,
    scenarios,
    world::{As, Tokens, basic, code_for},
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::live_grants;

fn body(code: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(code_for(code)).finish()
}

/// The token request for a code, as bytes on the wire.
fn wire(code: &str) -> String {
    let (authorization, body) = (basic("web", SECRET), body(code));
    format!(
        "POST /token HTTP/1.1\r\nhost: as.example\r\nauthorization: {authorization}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Begins to serve the token request for a code, and gives up after `polls` turns.
async fn give_up_after(world: &World, code: &str, polls: usize) {
    let mount = world.server.mounts().into_iter().find(|mount| mount.path() == "/token");
    let mount = mount.expect("a token endpoint");
    let request = http::Request::post("/token")
        .header("authorization", basic("web", SECRET))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(body(code)))
        .expect("a request");
    let mut serving = pin!(mount.serve(request));
    let turns = async {
        for _ in 0..polls {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = &mut serving => {}
        () = turns => {}
    }
}

scenarios! {
    async fn sto_006_a_request_given_up_at_any_moment_leaves_nothing_by_halves(setup) {
        let world = setup.start().await;
        for polls in (0..40).chain([60, 100, 200]) {
            let code = world.code().await;
            give_up_after(&world, &code, polls).await;
            let again = world.token(As::Basic("web"), &code_for(&code)).await;
            if again.status == 200 {
                let tokens = Tokens::of(&again);
                assert!(world.is_active(&tokens.access).await);
                assert!(world.is_live("web", &tokens.refresh).await);
                assert_eq!(live_grants(&world).await, 1);
                let replay = world.token(As::Basic("web"), &code_for(&code)).await;
                replay.refused(400, "invalid_grant");
            } else {
                // It was done, and nobody heard: this was a replay.
                again.refused(400, "invalid_grant");
            }
            assert_eq!(live_grants(&world).await, 0);
        }
    }

    async fn sto_006_a_connection_closed_before_the_body_has_arrived_spends_nothing(setup) {
        let world = setup.start().await;
        for missing in [1, 20, 60] {
            let code = world.code().await;
            let wire = wire(&code);
            let mut connection = TcpStream::connect(world.address()).await.expect("a connection");
            let part = &wire.as_bytes()[..wire.len() - missing];
            connection.write_all(part).await.expect("written");
            drop(connection);
            world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        }
    }

    async fn sto_006_a_connection_closed_before_the_answer_ends_one_way_or_the_other(setup) {
        let world = setup.start().await;
        for _ in 0..20 {
            let code = world.code().await;
            let mut connection = TcpStream::connect(world.address()).await.expect("a connection");
            connection.write_all(wire(&code).as_bytes()).await.expect("written");
            drop(connection);
            let again = world.token(As::Basic("web"), &code_for(&code)).await;
            assert!([200, 400].contains(&again.status.as_u16()), "{again:?}");
            // By now it has been spent, by whomever; this is a replay in every case.
            let replay = world.token(As::Basic("web"), &code_for(&code)).await;
            replay.refused(400, "invalid_grant");
            assert_eq!(live_grants(&world).await, 0);
        }
        let tokens = world.tokens().await;
        assert!(world.is_active(&tokens.access).await);
    }
}
