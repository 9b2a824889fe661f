//! The workspaces: all classic flows below `/{workspace}`, and what belongs to one workspace is
//! nothing in another.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use oauth_core::{
    Access, AuthorizationServer,
    model::{Client, InvalidClient, Scope, Secret, SecretHash, Tenant},
    server::ResolveTenant,
    store::StoreError,
};
use oauth_core_pages::{Applications, Pages, ScopeWords, Theme};
use serde_json::{Value, json};

use crate::{
    Failure, Host, Store, System,
    forgiving::{Forgiving, documented},
    host::register,
    people::People,
};

/// The application of the document.
pub const CLIENT_ID: &str = "x-pm-local-client";
/// Its secret in the workspace `workflow`.
pub const CLIENT_SECRET: &str = "179ad45c6ce2cb97cf1029e212046e81";
/// The secret of its namesake in the workspace `sales`.
pub const SALES_CLIENT_SECRET: &str = "8d0cf1b29a7e4d53a1c6e8f0b2d4968a";
/// An application in a browser, for the implicit grant.
pub const BROWSER_CLIENT_ID: &str = "x-pm-browser-client";
/// Where the answers for both go.
pub const CALLBACK: &str = "http://localhost:8000/callback";
/// A user of the workspace `workflow`.
pub const USERNAME: &str = "bob";
/// His password.
pub const PASSWORD: &str = "secret";
/// The password of his namesake in the workspace `sales`.
pub const SALES_PASSWORD: &str = "sales-secret";
/// Everything that an application may have.
pub const SCOPE: &str = "view_processes edit_processes";

oauth_core::scope!(
    /// May look.
    pub(crate) ViewProcesses = "view_processes"
);
oauth_core::scope!(
    /// May change.
    pub(crate) EditProcesses = "edit_processes"
);

/// The second one is what the document has in one of its examples.
const TOKEN: [&str; 2] = ["/oauth2/token", "/oauth/2/token"];
const REVOKE: &str = "/oauth2/revoke";
const INTROSPECT: &str = "/oauth2/introspect";

pub(crate) async fn build(host: &Host) -> Result<System, Failure> {
    let store = host.store("workspaces").await?;
    let mut endpoints: Vec<_> = TOKEN.into_iter().chain([REVOKE, INTROSPECT]).collect();
    let mut servers = HashMap::new();
    let mut pages = Vec::new();
    for (name, secret, password) in
        [("workflow", CLIENT_SECRET, PASSWORD), ("sales", SALES_CLIENT_SECRET, SALES_PASSWORD)]
    {
        for client in [application(secret)?, browser_application()?] {
            register(&store, &Tenant::from(name), &client).await?;
        }
        let people = Arc::new(People::new(&[(USERNAME, password)], &[]));
        let own_pages = own_pages(&store, name, Arc::clone(&people))?;
        pages = own_pages.paths();
        servers.insert(name, workspace(host, &store, name, own_pages, people)?);
    }
    endpoints.extend(pages.iter().map(String::as_str));
    let server = AuthorizationServer::per_tenant("/{workspace}", Workspaces { servers })
        .endpoints(endpoints)
        .build()?;
    Ok(System { server, store })
}

/// The pages of one workspace, applications included.
fn own_pages(store: &Arc<dyn Store>, name: &str, people: Arc<People>) -> Result<Pages, Failure> {
    let words = ScopeWords::new()
        .scope("view_processes", "See your processes")
        .scope("edit_processes", "Change your processes");
    let applications =
        Applications::new(Forgiving::new(Arc::clone(store))).scope(Scope::parse(SCOPE)?);
    Ok(Pages::new(people)
        .theme(Theme::builder(format!("Workspace {name}")).build()?)
        .scope_words(words)
        .applications(applications)
        .below("/oauth2"))
}

/// The server of one workspace.
fn workspace(
    host: &Host,
    store: &Arc<dyn Store>,
    name: &str,
    pages: Pages,
    people: Arc<People>,
) -> Result<AuthorizationServer, Failure> {
    let server = host
        .builder(&format!("/{name}"), store)
        .tenant(name)
        .with(pages)
        .paths("token", TOKEN)
        .paths("revocation", [REVOKE])
        .paths("introspection", [INTROSPECT])
        .scopes(Scope::parse(SCOPE)?)
        .dangerous_password_grant(people)
        .dangerous_implicit_grant();
    Ok(server.build()?)
}

/// The application of the document, which may do all that the document shows.
fn application(secret: &str) -> Result<Client, InvalidClient> {
    Client::confidential(CLIENT_ID, SecretHash::of_generated(&Secret::new(secret)))
        .name("Local application")
        .redirect_uri(CALLBACK)
        .grant_types(["authorization_code", "refresh_token", "client_credentials"])
        .scope(SCOPE)
        .dangerous_pkce_optional()
        .dangerous_password_grant()
        .dangerous_implicit_grant()
        .dialect(documented)
        .with(|client| client.owner = Some(USERNAME.into()))
        .build()
}

/// An application that has nothing but the implicit grant.
fn browser_application() -> Result<Client, InvalidClient> {
    Client::public(BROWSER_CLIENT_ID)
        .name("Browser application")
        .redirect_uri(CALLBACK)
        .grant_types([])
        .scope(SCOPE)
        .dangerous_implicit_grant()
        .dialect(|dialect| dialect.wildcard_scope = true)
        .build()
}

#[derive(Debug)]
struct Workspaces {
    servers: HashMap<&'static str, AuthorizationServer>,
}

#[async_trait]
impl ResolveTenant for Workspaces {
    async fn resolve(&self, name: &str) -> Result<Option<AuthorizationServer>, StoreError> {
        Ok(self.servers.get(name).cloned())
    }
}

/// The processes that the token's owner sees.
pub(crate) fn processes(access: &Access) -> Value {
    json!({
        "processes": ["Leave request", "Purchase order"],
        "for": access.subject().map_or(access.client_id().as_str(), |subject| subject.as_str()),
    })
}
