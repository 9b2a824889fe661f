//! Where things are kept, and for how long.

use oauth_core::{
    model::{Client, Grant, Issued, Registered, Secret, StoredKey, Subject},
    store::{
        ClientRegistry as _, Exchange, GrantStore as _, KeyStore as _, ReplayStore as _, Revoke,
        Spend,
    },
};
use redis::cmd;

use crate::{
    fixtures::{NOW, ONCE, access, code, grant, issue_code, key, tenant},
    rig::Space,
};

/// What lives until it is removed.
const LASTING: [&str; 4] = [":clients:", ":listed:", ":signing:", ":unused"];

/// The slot of a key in a cluster: CRC16 (XMODEM) of what is between the first braces.
fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    let crc = tag.filter(|tag| !tag.is_empty()).unwrap_or(key).bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    });
    crc % 16_384
}

#[test]
fn a_slot_is_what_the_specification_says() {
    assert_eq!(slot("123456789"), 0x31C3);
    assert_eq!(slot("a{123456789}b"), 0x31C3);
}

async fn with_everything(space: &Space) {
    let store = space.store().await;
    let grant = grant("g");
    store.issue(&tenant(), &grant, &[code("code", &grant), access("old", &grant)]).await.unwrap();
    let items = [access("access", &grant)];
    let done = store.exchange(&tenant(), &key("code"), &ONCE, &items, NOW).await;
    assert_eq!(done.unwrap(), Exchange::Done);
    let keep = Spend::Keep { expires_at: NOW.plus(3_000_000) };
    let done = store.exchange(&tenant(), &key("access"), &keep, &[], NOW).await;
    assert_eq!(done.unwrap(), Exchange::Done);
    store.issue(&tenant(), &self::grant("empty"), &[]).await.unwrap();
    assert!(store.first_use(&tenant(), &key("jti"), NOW, NOW.plus(60)).await.unwrap());
    let client = Client::public("web").redirect_uri("https://client.example/cb");
    let client = client.with(|client| {
        let mut registered = Registered::at(NOW);
        registered.unused_until = Some(NOW.plus(60));
        client.registered = Some(registered);
    });
    store.register(&tenant(), &client.build().unwrap()).await.unwrap();
    let signing = StoredKey {
        kid: "kid".into(),
        alg: "ES256".to_owned(),
        material: Secret::new("material"),
        created_at: NOW,
        signs_from: NOW,
    };
    assert!(store.succeed(&tenant(), None, &signing).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_but_clients_and_signing_keys_goes_by_itself() {
    let Some(space) = Space::new() else { return };
    with_everything(&space).await;
    let keys = space.keys().await;
    for kind in
        ["grant", "due", "item", "subject", "client", "used", "clients", "listed", "signing"]
    {
        assert!(keys.iter().any(|key| key.contains(&format!(":{kind}:{{"))), "{kind}: {keys:?}");
    }
    assert!(keys.iter().any(|key| key.ends_with(":unused")), "{keys:?}");
    for name in keys {
        let seconds: i64 = space.run(cmd("TTL").arg(&name)).await;
        if LASTING.iter().any(|kind| name.contains(kind)) {
            assert_eq!(seconds, -1, "{name} must last");
            continue;
        }
        // What it is kept for, by what the names of the items in it are.
        let needed = match name.split(':').nth(1) {
            Some("used") => 60,
            Some("item") if name.contains(&key("code").to_string()) => 600 + 86_400,
            Some("item") if name.contains(&key("access").to_string()) => 3_000_000,
            Some("item") => 600,
            Some("grant" | "due") if name.contains(&grant("g").id.to_string()) => 3_000_000,
            Some("subject" | "client") => 1_000_000 + 86_400,
            _ => 1_000_000,
        };
        assert!(seconds >= needed, "{name} goes after {seconds} seconds, needed are {needed}");
        assert!(seconds <= needed + 300, "{name} stays for {seconds}, needed are {needed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rac_017_the_keys_of_a_grant_share_a_slot() {
    let Some(space) = Space::with("{}:{x}") else { return };
    with_everything(&space).await;
    for name in ["g", "empty"] {
        let id = grant(name).id.to_string();
        let keys = space.keys().await;
        let of_grant: Vec<_> =
            keys.iter().filter(|key| key.ends_with(&format!("/{id}}}"))).collect();
        assert_eq!(of_grant.len(), if name == "g" { 2 } else { 1 }, "{keys:?}");
        assert!(of_grant.iter().all(|key| slot(key) == slot(of_grant[0])), "{of_grant:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_goes_with_the_next_exchange() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    let grant = issue_code(&store, "0").await;
    let (mut at, mut last) = (NOW, key("0"));
    for number in 1..400 {
        let mut next = code(&format!("{number}"), &grant);
        (next.issued_at, next.expires_at) = (at, at.plus(600));
        let told = store.exchange(&tenant(), &last, &ONCE, &[next], at).await;
        assert_eq!(told.unwrap(), Exchange::Done);
        (last, at) = (key(&format!("{number}")), at.plus(590));
    }
    let name = space.keys().await.into_iter().find(|key| key.contains(":grant:")).unwrap();
    let fields: u32 = space.run(cmd("HLEN").arg(name)).await;
    // A code is kept for a day: that is 147 of them, each two fields.
    assert!((290..320).contains(&fields), "{fields}");
    let subject = Subject::from("subject");
    assert_eq!(store.grants(&tenant(), &subject, NOW).await.unwrap(), [grant]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sorted_sets_forget_grants_that_ended() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    for number in 0..50 {
        let mut grant = grant(&format!("{number}"));
        grant.created_at = NOW.plus(number * 20_000);
        grant.expires_at = grant.created_at.plus(5_000);
        store.issue(&tenant(), &grant, &[]).await.unwrap();
    }
    for kind in [":subject:", ":client:"] {
        let name = space.keys().await.into_iter().find(|key| key.contains(kind)).unwrap();
        let members: u32 = space.run(cmd("ZCARD").arg(name)).await;
        // The others ended more than a day ago.
        assert_eq!(members, 5, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_024_prefixes_keep_stores_apart_whatever_they_are() {
    let ends = ["", ":", "{a}", "{", "}", "%7Ba%7D", "*", ":item:{/", "\r\n\0 \u{1f33b}"];
    let mut spaces = Vec::new();
    for end in ends {
        let Some(space) = Space::with(end) else { return };
        issue_code(&space.store().await, end).await;
        spaces.push(space);
    }
    for (space, own) in spaces.iter().zip(ends) {
        let store = space.store().await;
        for name in ends {
            let found = store.find(&tenant(), &key(name)).await.unwrap();
            assert_eq!(found.is_some(), name == own, "{name:?} in {own:?}");
        }
        let told = store.exchange(&tenant(), &key(own), &ONCE, &[], NOW).await;
        assert_eq!(told.unwrap(), Exchange::Done, "{own:?}");
        assert!(format!("{store:?}").len() < 400);
        assert!(!space.prefix().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_revocation_finds_a_grant_as_long_as_its_items_are_kept() {
    for what in [Revoke::Client("client".into()), Revoke::Subject("subject".into())] {
        let Some(space) = Space::new() else { return };
        let store = space.store().await;
        let old = issue_code(&store, "old").await;
        let last = Issued { expires_at: old.expires_at, ..code("last", &old) };
        let done = store.exchange(&tenant(), &key("old"), &ONCE, &[last], NOW).await;
        assert_eq!(done.unwrap(), Exchange::Done);
        let late = old.expires_at.plus(86_000);
        let new = Grant { created_at: late, expires_at: late.plus(600), ..grant("new") };
        store.issue(&tenant(), &new, &[]).await.unwrap();
        assert_eq!(store.revoke(&tenant(), &what, late).await.unwrap(), 2, "{what:?}");
        let found = store.find(&tenant(), &key("last")).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, Some(late), "{what:?}");
    }
}
