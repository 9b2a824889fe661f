//! Text that a careless store stumbles over.

use oauth_core::{
    model::{ClientId, Grant, Issued, Subject, Tenant},
    store::{GrantStore, Revoke},
};

use super::fixtures::{NOW, access, grant, key, ok};

/// Strings that mean something to a database, a pattern or a parser.
pub(super) fn hostile() -> Vec<String> {
    let short = [
        "",
        "' OR 1=1 --",
        "'; DROP TABLE grants; --",
        "\"quoted\"",
        "back\\slash \\' \\0 \\n",
        "$1 ?1 :name @name %s {} {0} ${x}",
        "100%_[a-z]*?",
        "a:b/c|d,e;f",
        "null",
        "line\r\nbreak\ttab\u{b}",
        "Zoë \u{1f33b} \u{202e}abc 漢字 \u{feff}",
        "</script><!--",
        "{\"json\":[1,2]}",
    ];
    let mut all: Vec<String> = short.iter().map(|text| (*text).to_owned()).collect();
    all.push("long ".repeat(400));
    all
}

/// Identifiers are data: tenants, subjects and clients with any text in them come back byte by
/// byte, and every verb finds exactly them.
pub async fn hostile_strings_come_back<S: GrantStore>(store: S) {
    let all = hostile();
    for (number, text) in all.iter().enumerate() {
        let (grant, item) = named(number, text);
        ok(store.issue(&Tenant::from(text), &grant, &[item]).await, "issue");
    }
    for (number, text) in all.iter().enumerate() {
        let (grant, item) = named(number, text);
        let tenant = Tenant::from(text);
        let found = ok(GrantStore::find(&store, &tenant, &item.key).await, "find");
        let found = found.map(|found| found.grant);
        assert_eq!(
            found.as_deref(),
            Some(&grant),
            "the grant of a tenant, subject and client {text:?}"
        );
        let subject = Subject::from(text);
        let grants = ok(store.grants(&tenant, &subject, NOW).await, "grants");
        assert_eq!(grants, [grant], "grants of the subject {text:?}");
        let what = Revoke::SubjectClient(subject, ClientId::from(text));
        let count = ok(store.revoke(&tenant, &what, NOW).await, "revoke");
        assert_eq!(count, 1, "grants ended by {what:?}");
    }
}

fn named(number: usize, text: &str) -> (Grant, Issued) {
    let name = format!("grant {number}");
    let (client_id, subject) = (ClientId::from(text), Some(Subject::from(text)));
    let grant = Grant { client_id, subject, ..grant(&name) };
    let item = access(&name, &grant);
    (grant, item)
}

/// Identifiers are compared byte by byte: case, spaces, accents and separators tell them apart, and
/// the empty subject is not no subject.
pub async fn similar_strings_are_different<S: GrantStore>(store: S) {
    let similar = [
        "ann", "Ann", "ann ", " ann", "an", "ann_", "a%", "\u{e9}", "e\u{301}", "", "0", "0.0",
        "00",
    ];
    let tenant = Tenant::from("tenant");
    for (number, text) in similar.iter().enumerate() {
        let grant = Grant { subject: Some(Subject::from(text)), ..grant(number) };
        ok(store.issue(&tenant, &grant, &[]).await, "issue");
    }
    ok(store.issue(&tenant, &Grant { subject: None, ..grant("none") }, &[]).await, "issue");
    for (number, text) in similar.iter().enumerate() {
        let grants = ok(store.grants(&tenant, &Subject::from(text), NOW).await, "grants");
        let ids: Vec<_> = grants.iter().map(|grant| grant.id).collect();
        assert_eq!(ids, [grant(number).id], "grants of the subject {text:?} and no other");
    }
    let of = |subject: &str| Grant { subject: Some(Subject::from(subject)), ..grant("joined") };
    let (left, right) = (Tenant::from("a"), Tenant::from("a:b"));
    ok(store.issue(&left, &of("b:c"), &[access("joined", &of("b:c"))]).await, "issue");
    let grants = ok(store.grants(&right, &Subject::from("c"), NOW).await, "grants");
    assert_eq!(grants, [], "tenant `a:b`, subject `c` is not tenant `a`, subject `b:c`");
    let found = ok(GrantStore::find(&store, &right, &key("joined")).await, "find");
    assert!(found.is_none(), "tenant `a:b` is not tenant `a`");
}
