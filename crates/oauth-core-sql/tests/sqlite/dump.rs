//! What a thief of the file gets.

use oauth_core::{
    model::{Client, Secret, SecretHash},
    store::{ClientRegistry as _, Exchange, GrantStore as _},
};
use oauth_core_sql::{Durability, SqliteStore};

use crate::{
    fixtures::{NOW, ONCE, access, code, grant, tenant},
    rig::Directory,
};

const SECRETS: [&str; 3] = ["code-5rQnLwqCkB0", "access-8mZ2PdXv1Yc", "client-J3tUeW6aSgH"];

#[tokio::test(flavor = "multi_thread")]
async fn sto_017_a_dump_of_the_files_holds_no_live_secret() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let options = SqliteStore::options().durability(Durability::Normal);
    let store = options.open(&path).await.unwrap();
    let grant = grant("a name that can be found");
    store.issue(&tenant(), &grant, &[code(SECRETS[0], &grant)]).await.unwrap();
    let code_key = Secret::new(SECRETS[0]).digest();
    let traded = access(SECRETS[1], &grant);
    let done =
        store.exchange(&tenant(), &code_key, &ONCE, std::slice::from_ref(&traded), NOW).await;
    assert_eq!(done.unwrap(), Exchange::Done);
    let hash = SecretHash::of_generated(&Secret::new(SECRETS[2]));
    let client = Client::confidential("web", hash).redirect_uri("https://client.example/cb");
    store.register(&tenant(), &client.build().unwrap()).await.unwrap();

    let mut dump = Vec::new();
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.clone().into_os_string();
        file.push(suffix);
        dump.extend(std::fs::read(file).unwrap());
    }
    let holds = |bytes: &[u8]| dump.windows(bytes.len()).any(|window| window == bytes);
    assert!(holds(traded.key.as_bytes()), "the search finds what is there: the digest");
    assert!(holds(b"https://client.example/cb"), "the search finds what is there: a client");
    for secret in SECRETS {
        assert!(!holds(secret.as_bytes()), "the files hold the live secret {secret}");
    }
    let shown = format!("{store:?}");
    assert!(shown.contains(&path.display().to_string()), "{shown}");
}
