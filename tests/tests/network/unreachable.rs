//! A store that cannot be reached, or has no time.

use oauth_core_tests::{
    Adapter, Engine, postgres,
    world::{As, Tokens, authz, code_for, params, race, refresh_for},
};
use reqwest::Method;
use sqlx::{Connection as _, Executor as _};

use crate::{
    over_a_network,
    rig::{MANY, Rig},
};

over_a_network! {
    async fn sto_001_while_nobody_listens_everything_waits_and_nothing_is_lost(rig) {
        let (code, tokens) = (rig.witness.code().await, rig.witness.tokens().await);
        let token = params([("token", &tokens.access)]);
        let redemption = || rig.server.form("/token", As::Basic("web"), &code_for(&code));
        for _ in 0..2 {
            rig.network.refuse().await;
            for answer in race([
                redemption(),
                rig.server.form("/token", As::Basic("web"), &refresh_for(&tokens.refresh)),
                rig.server.form("/introspect", As::Basic("rs"), &token),
                rig.server.form("/revoke", As::Basic("web"), &token),
            ])
            .await
            {
                answer.refused(503, "temporarily_unavailable");
            }
            let asked = rig.server.authorization(&authz()).header("x-user", "alice");
            rig.send(asked).await.page(503, "temporarily_unavailable");
            let guarded = rig.server.request(Method::GET, "/resource").bearer_auth(&tokens.access);
            assert_eq!(rig.send(guarded).await.status, 503);
            rig.network.lift();
            let guarded = || rig.server.request(Method::GET, "/resource").bearer_auth(&tokens.access);
            assert_eq!(rig.insist(guarded).await.status, 200);
        }
        assert!(rig.are_live(&Tokens::of(rig.insist(redemption).await.is_ok())).await);
        assert!(rig.are_live(&tokens).await);
        rig.book().check().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_008_while_postgres_has_no_time_an_axum_server_sends_the_crowd_away() {
    the_crowd_is_sent_away(Adapter::Axum).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_008_while_postgres_has_no_time_an_actix_server_sends_the_crowd_away() {
    the_crowd_is_sent_away(Adapter::Actix).await;
}

async fn the_crowd_is_sent_away(adapter: Adapter) {
    if !postgres::is_there() {
        return;
    }
    let rig = Rig::start(adapter, Engine::Postgres).await;
    let mut codes = Vec::new();
    for _ in 0..MANY {
        codes.push(code_for(&rig.witness.code().await));
    }
    let mut other =
        sqlx::PgConnection::connect(&rig.witness.place().url()).await.expect("a connection");
    other.execute("BEGIN; LOCK TABLE oauth_issued").await.expect("a lock");
    let redemptions = codes.iter().map(|code| rig.server.form("/token", As::Basic("web"), code));
    for answer in race(redemptions).await {
        answer.refused(503, "temporarily_unavailable");
    }
    // What needs none of it is answered.
    let document = rig.server.request(Method::GET, "/.well-known/oauth-authorization-server");
    assert_eq!(rig.send(document).await.status, 200);
    other.execute("ROLLBACK").await.expect("no lock");
    for code in &codes {
        let redemption = || rig.server.form("/token", As::Basic("web"), code);
        assert!(rig.are_live(&Tokens::of(rig.insist(redemption).await.is_ok())).await);
    }
    rig.book().check().await;
}
