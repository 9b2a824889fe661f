//! Where the pages are, and what leads from one to the other.

use async_trait::async_trait;
use http::{Request, StatusCode, header};
use oauth_core::{
    AuthorizationServer,
    server::ResolveTenant,
    store::{MemoryStore, StoreError},
};
use oauth_core_pages::{Applications, Pages};

use super::{entered, scene, shown, with_applications};
use crate::scene::{
    Browser, ISSUER, Scene, TwoUsers, answer, authorize, field, location, pages, store, text,
};

fn mounted(scene: &Scene) -> Vec<String> {
    let mut paths: Vec<_> = scene.server.mounts().iter().map(|m| m.path().to_owned()).collect();
    paths.retain(|path| {
        let core = ["/token", "/revoke", "/introspect"];
        !core.contains(&&**path) && !path.contains("well-known")
    });
    paths.sort();
    paths
}

#[tokio::test]
async fn the_paths_are_those_that_are_mounted() {
    let store = store().await;
    let all = || with_applications(pages(), Applications::new(store.clone()));
    let variants: [fn(Pages) -> Pages; 5] = [
        |pages| pages,
        |pages| pages.below("/oauth2"),
        |pages| pages.below("a/b/").without_consent(),
        |pages| pages.below("/").without_connected_apps(),
        |pages| pages.without_sign_in("/login"),
    ];
    for variant in variants {
        let mut paths = variant(all()).paths();
        paths.sort();
        let scene = Scene::over(store.clone(), ISSUER, variant(all()), |builder| builder);
        assert_eq!(paths, mounted(&scene));
    }
    let paths = all().below("oauth2").paths();
    for path in ["/oauth2/sign-in", "/oauth2/authorize", "/oauth2/apps/new"] {
        assert!(paths.iter().any(|own| own == path), "{path}");
    }
    assert_eq!(pages().paths().len(), 4);
}

#[tokio::test]
async fn everything_works_below_a_path() {
    let store = store().await;
    let pages = with_applications(pages(), Applications::new(store.clone())).below("/oauth2");
    let scene = Scene::over(store, ISSUER, pages, |builder| builder);
    let endpoint = scene.server.metadata().unwrap();
    let endpoint = serde_json::to_value(endpoint).unwrap();
    assert_eq!(endpoint["authorization_endpoint"], "https://id.example/oauth2/authorize");
    let mut ada = Browser::default();
    let request = format!("/oauth2{}", authorize("web", "&scope=read"));
    let sign_in = location(&ada.get(&scene, &request).await).to_owned();
    assert!(sign_in.starts_with("/oauth2/sign-in?return_to=%2Foauth2%2Fauthorize"));
    assert_eq!(location(&ada.sign_in(&scene, &sign_in, "ada", "ada").await), request);
    assert!(answer(&ada.decide(&scene, &request, "allow").await, "code").is_some());
    let connected = ada.get(&scene, "/oauth2/connected-apps").await;
    for part in [r#"action="/oauth2/sign-out""#, r#"href="/oauth2/apps""#] {
        assert!(text(&connected).contains(part), "{part}");
    }
    let csrf = field(&ada.get(&scene, "/oauth2/apps/new").await, "csrf");
    let page = ada.post(&scene, "/oauth2/apps/new", &entered("browser", &csrf)).await;
    let id = shown(&page).client_id;
    assert!(text(&page).contains(r#"href="/oauth2/apps""#));
    let page = ada.get(&scene, &format!("/oauth2/apps/edit?client_id={id}")).await;
    assert!(text(&page).contains(r#"action="/oauth2/apps/edit""#));
    let mut nobody = Browser::default();
    let response = nobody.get(&scene, "/oauth2/apps").await;
    assert_eq!(location(&response), "/oauth2/sign-in?return_to=%2Foauth2%2Fapps");
    let sign_in = location(&response).to_owned();
    assert_eq!(location(&nobody.sign_in(&scene, &sign_in, "bob", "bob").await), "/oauth2/apps");
    assert_eq!(location(&nobody.get(&scene, "/oauth2/sign-in").await), "/oauth2/connected-apps");
}

#[tokio::test]
async fn the_pages_lead_to_each_other_if_both_are_there() {
    let both = scene().await;
    let mut ada = Browser::signed_in(&both, "ada").await;
    for (address, here) in [("/connected-apps", "page"), ("/apps", "page"), ("/apps/new", "true")] {
        let page = ada.get(&both, address).await;
        assert!(text(&page).contains(&format!("aria-current=\"{here}\"")), "{address}");
    }
    let store = store().await;
    let only =
        with_applications(pages(), Applications::new(store.clone())).without_connected_apps();
    let scene = Scene::over(store, ISSUER, only, |builder| builder);
    let mut ada = Browser::default();
    let response = ada.sign_in(&scene, "/sign-in", "ada", "ada").await;
    assert_eq!(location(&response), "/apps");
    assert!(!text(&ada.get(&scene, "/apps").await).contains("<nav"));
    let neither = Scene::new().await;
    let mut ada = Browser::signed_in(&neither, "ada").await;
    assert!(!text(&ada.get(&neither, "/connected-apps").await).contains("<nav"));
}

#[tokio::test]
async fn every_page_is_protected() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&ada.get(&scene, "/apps/new").await, "csrf");
    let made = ada.post(&scene, "/apps/new", &entered("server", &csrf)).await;
    let id = shown(&made).client_id;
    let pages = [
        made,
        ada.get(&scene, "/apps").await,
        ada.get(&scene, "/apps/new").await,
        ada.get(&scene, &format!("/apps/edit?client_id={id}")).await,
        ada.get(&scene, &format!("/apps/delete?client_id={id}")).await,
    ];
    for page in pages {
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
        assert!(!text(&page).contains("<script") && !text(&page).contains("style="));
    }
}

#[tokio::test]
async fn tenants_are_apart() {
    let store = store().await;
    let tenant = |name: &'static str| {
        let pages = Pages::new(TwoUsers).session_key([7; 32]);
        let pages = with_applications(pages, Applications::new(store.clone()));
        let issuer = format!("https://id.example/{name}");
        Scene::over(store.clone(), &issuer, pages, |builder| builder.tenant(name))
    };
    let (one, two) = (tenant("t1"), tenant("t2"));
    let mut ada = Browser::default();
    ada.sign_in(&one, "/t1/sign-in", "ada", "ada").await;
    ada.sign_in(&two, "/t2/sign-in", "ada", "ada").await;
    let csrf = field(&ada.get(&one, "/t1/apps/new").await, "csrf");
    let form = entered("server", &csrf);
    assert_eq!(ada.post(&two, "/t2/apps/new", &form).await.status(), StatusCode::FORBIDDEN);
    let id = shown(&ada.post(&one, "/t1/apps/new", &form).await).client_id;
    assert!(text(&ada.get(&one, "/t1/apps").await).contains(&id));
    assert!(!text(&ada.get(&two, "/t2/apps").await).contains(&id));
    let address = format!("/t2/apps/edit?client_id={id}");
    assert_eq!(ada.get(&two, &address).await.status(), StatusCode::NOT_FOUND);
    let sign_in = location(&Browser::default().get(&one, "/t1/apps").await).to_owned();
    assert_eq!(sign_in, "/t1/sign-in?return_to=%2Ft1%2Fapps");
}

/// Every tenant has pages below `/oauth2`, over one store.
#[derive(Debug)]
struct EveryTenant(MemoryStore);

impl EveryTenant {
    fn pages(&self) -> Pages {
        with_applications(pages(), Applications::new(self.0.clone())).below("/oauth2")
    }
}

#[async_trait]
impl ResolveTenant for EveryTenant {
    async fn resolve(&self, tenant: &str) -> Result<Option<AuthorizationServer>, StoreError> {
        let issuer = format!("https://id.example/{tenant}");
        let builder = AuthorizationServer::builder(issuer, self.0.clone(), self.0.clone());
        Ok(Some(builder.tenant(tenant).with(self.pages()).build().unwrap()))
    }
}

#[tokio::test]
async fn many_issuers_have_all_the_pages() {
    let tenants = EveryTenant(MemoryStore::new());
    let paths = tenants.pages().paths();
    let mut builder = AuthorizationServer::per_tenant("/{tenant}", tenants);
    for path in &paths {
        builder = builder.also(path);
    }
    let mounts = builder.build().unwrap().mounts();
    for path in paths {
        let mount = mounts.iter().find(|m| m.path() == format!("/{{tenant}}{path}")).unwrap();
        let request = Request::builder().uri(format!("/t1{path}")).body(Default::default());
        let status = mount.serve(request.unwrap()).await.status();
        assert_ne!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
