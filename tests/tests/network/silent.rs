//! Connections that stay and say nothing: a store that hangs, or a network whose other end is gone
//! without a word. They stay silent for ever, and the server does without them.

use oauth_core_tests::world::{As, Tokens, code_for, params, race};

use crate::{
    network::Fault::{Silent, Swallowed},
    over_a_network, over_a_slow_network,
    rig::MANY,
};

/// More trips than a redemption takes.
const TRIPS: u32 = 20;

/// How often everybody goes away.
const TIMES: u32 = 3;

over_a_slow_network! {
    async fn sto_009_a_redemption_that_is_never_answered_ends_and_is_all_or_nothing(rig) {
        let mut lost = 0;
        for fault in [Swallowed, Silent, Silent, Silent] {
            if lost > 0 {
                break;
            }
            for nth in 1..=TRIPS {
                rig.warm_up().await;
                let code = rig.witness.code().await;
                let redemption = || rig.server.form("/token", As::Basic("web"), &code_for(&code));
                rig.network.fault(nth, fault);
                let answer = rig.send(redemption()).await;
                let met = rig.network.no_fault();
                let spent = rig.book().is_spent(&code).await;
                let again = rig.insist(redemption).await;
                if met {
                    answer.refused(503, "temporarily_unavailable");
                    lost += u32::from(spent);
                    assert_eq!(again.status == 200, !spent, "{nth} {fault:?}");
                }
                let replay = rig.insist(redemption).await;
                replay.refused(400, "invalid_grant");
                assert_eq!(rig.live_grants().await, 0);
                if !met {
                    break;
                }
            }
            assert!(fault == Silent || lost == 0, "{lost} were done that nobody asked for");
        }
        assert!(lost > 0, "no answer of a redemption got lost");
        rig.book().check().await;
    }

    async fn sto_009_a_network_that_fell_silent_is_done_without(rig) {
        rig.warm_up().await;
        let (code, tokens) = (rig.witness.code().await, rig.witness.tokens().await);
        let token = params([("token", &tokens.access)]);
        rig.network.silence();
        let asking = (0..MANY).map(|_| rig.server.form("/introspect", As::Basic("rs"), &token));
        let redemption = || rig.server.form("/token", As::Basic("web"), &code_for(&code));
        for answer in race(asking.chain([redemption()])).await {
            answer.refused(503, "temporarily_unavailable");
        }
        assert!(!rig.book().is_spent(&code).await);
        rig.network.lift();
        assert!(rig.are_live(&Tokens::of(rig.insist(redemption).await.is_ok())).await);
        for _ in 0..MANY {
            let asking = || rig.server.form("/introspect", As::Basic("rs"), &token);
            assert_eq!(rig.insist(asking).await.is_ok().json()["active"], true);
        }
    }
}

over_a_network! {
    async fn sto_006_clients_that_go_away_while_the_store_hangs_take_no_connection_with_them(rig) {
        for _ in 0..TIMES {
            rig.warm_up().await;
            let mut codes = Vec::new();
            for _ in 0..MANY {
                codes.push(code_for(&rig.witness.code().await));
            }
            rig.network.silence();
            let redemptions = codes.iter().map(|code| rig.server.form("/token", As::Basic("web"), code));
            let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), race(redemptions));
            assert!(waiting.await.is_err(), "somebody was answered");
            rig.network.lift();
            for code in &codes {
                let redemption = || rig.server.form("/token", As::Basic("web"), code);
                rig.insist(redemption).await.is_ok();
            }
        }
        rig.book().check().await;
    }
}
