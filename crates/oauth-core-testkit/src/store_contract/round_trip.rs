//! What goes in comes out.

use oauth_core::{
    model::{AccessToken, Artefact, AuthorizationCode, Grant, Scope},
    store::GrantStore,
};

use super::fixtures::{self, access, code, find, grant, grant_id, issue, issued, key, refresh};

/// What was issued is found again by its key, with every fact bound to it and to its grant,
/// unspent and not revoked; also where optional facts are absent.
pub async fn every_field_comes_back<S: GrantStore>(store: S) {
    let full = grant("full");
    let empty = Grant {
        id: grant_id("empty"),
        subject: None,
        scope: Scope::default(),
        resources: Vec::new(),
        redirect_uri: None,
        claims: serde_json::Map::new(),
        auth_time: None,
        ..grant("full")
    };
    let bare_code = AuthorizationCode { redirect_uri: None, code_challenge: None };
    let bare_access = AccessToken { scope: Scope::default(), audience: Vec::new() };
    let of_full = [
        code("code", &full),
        access("access", &full),
        refresh("refresh", &full),
        fixtures::successor("successor", &full, key("refresh")),
    ];
    let of_empty = [
        issued("bare code", &empty, Artefact::AuthorizationCode(bare_code), 1),
        issued("bare access", &empty, Artefact::AccessToken(bare_access), 1),
    ];
    issue(&store, &full, &of_full).await;
    issue(&store, &empty, &of_empty).await;
    let all = of_full.iter().map(|item| (item, &full));
    for (item, grant) in all.chain(of_empty.iter().map(|item| (item, &empty))) {
        let kind = item.artefact.kind();
        let found = find(&store, &item.key).await;
        assert!(found.is_some(), "find gave None for a {kind} that was issued");
        let Some(found) = found else { return };
        assert_eq!(*found.issued, *item, "the {kind} changed on its way through the store");
        assert_eq!(*found.grant, *grant, "the grant changed on its way through the store");
        assert_eq!(found.spent, None, "a fresh {kind} must not be spent");
        assert_eq!(found.revoked_at, None, "a fresh {kind} must not be revoked");
    }
}

/// A key that was never issued is `Ok(None)`, not an error.
pub async fn an_unknown_key_is_absent<S: GrantStore>(store: S) {
    let before = find(&store, &key("nobody")).await;
    assert!(before.is_none(), "find must give None in an empty store, gave {before:?}");
    let grant = grant("g");
    issue(&store, &grant, &[code("code", &grant)]).await;
    let found = find(&store, &key("nobody")).await;
    assert!(found.is_none(), "find must give None for an unknown key, gave {found:?}");
}
