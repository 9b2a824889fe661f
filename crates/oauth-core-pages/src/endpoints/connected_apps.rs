//! Connected applications: what the person has allowed, and taking it back.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use oauth_core::{
    clock::Timestamp,
    context::Context,
    endpoint::{Endpoint, form_params},
    error::Error,
    http_types::{Request, Response},
    model::{ClientId, Scope},
    server::Grants,
    wire::{Metadata, Params, see_other},
};

use crate::{
    moment,
    response::page,
    same_origin,
    sessions::SignedIn,
    setup::{CONNECTED_APPS, SIGN_OUT, Setup},
    views::{self, ConnectedApp, Here, SignOut},
};

#[derive(Debug)]
pub(crate) struct ConnectedAppsEndpoint {
    setup: Arc<Setup>,
    path: String,
}

/// What was allowed one client, all grants together.
struct App {
    client_id: ClientId,
    name: String,
    scope: Scope,
    since: Timestamp,
}

impl ConnectedAppsEndpoint {
    pub(crate) fn new(setup: Arc<Setup>) -> Self {
        Self { path: setup.below(CONNECTED_APPS), setup }
    }

    async fn get(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let Some(signed_in) = self.setup.signed_in(context, request.headers()).await? else {
            return Ok(self.setup.sign_in_for(context, CONNECTED_APPS));
        };
        let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes())?;
        let apps = apps(context, &signed_in).await?;
        // Anybody can write the address: only a client that there is, and that has no access, is
        // said to have lost it.
        let revoked = query.get("revoked").map(ClientId::from);
        let revoked = match revoked.filter(|id| apps.iter().all(|app| app.client_id != *id)) {
            Some(id) => context.clients().find(context.tenant(), &id).await?,
            None => None,
        };
        let revoked = revoked.as_ref().map(|client| client.display_name());
        self.list(context, &signed_in, &apps, revoked)
    }

    async fn post(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        same_origin::check(context, request.headers())?;
        let form = form_params(request)?;
        let Some(signed_in) = self.setup.signed_in(context, request.headers()).await? else {
            return Ok(self.setup.sign_in_for(context, CONNECTED_APPS));
        };
        self.setup.check_token(context, &signed_in, CONNECTED_APPS, form.get("csrf"))?;
        let client_id = form.get("client_id").ok_or(Error::invalid_request("no client_id"))?;
        let grants = Grants::of(context);
        grants.revoke_subject_client(&signed_in.subject, &client_id.into()).await?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("revoked", client_id).finish();
        Ok(see_other(&format!("{}?{query}", self.setup.path(context, CONNECTED_APPS))))
    }

    fn list(
        &self,
        context: &Context,
        signed_in: &SignedIn,
        apps: &[App],
        revoked: Option<&str>,
    ) -> Result<Response, Error> {
        let setup = &self.setup;
        let sign_out_path = setup.path(context, SIGN_OUT);
        let sign_out_token = setup.token(context, signed_in, SIGN_OUT)?;
        let dates: Vec<_> = apps.iter().map(|app| moment::day(app.since)).collect();
        let view = views::ConnectedApps {
            theme: &setup.theme,
            nav: setup.nav(context, Here::ConnectedApps),
            action: &setup.path(context, CONNECTED_APPS),
            csrf: &setup.token(context, signed_in, CONNECTED_APPS)?,
            account: &signed_in.account,
            sign_out: setup.has_sign_out().then_some(SignOut {
                action: &sign_out_path,
                csrf: &sign_out_token,
                return_to: None,
            }),
            revoked,
            apps: apps
                .iter()
                .zip(&dates)
                .map(|(app, since)| ConnectedApp {
                    client_id: app.client_id.as_str(),
                    name: &app.name,
                    scopes: setup.words.lines(app.scope.iter()),
                    since,
                })
                .collect(),
        };
        Ok(page(StatusCode::OK, &view))
    }
}

/// The applications that have access, the one that got it last first.
async fn apps(context: &Context, signed_in: &SignedIn) -> Result<Vec<App>, Error> {
    let mut apps: Vec<App> = Vec::new();
    for grant in Grants::of(context).of_subject(&signed_in.subject).await? {
        if let Some(app) = apps.iter_mut().find(|app| app.client_id == grant.client_id) {
            app.scope = app.scope.union(&grant.scope);
            app.since = app.since.min(grant.created_at);
            continue;
        }
        let client = context.clients().find(context.tenant(), &grant.client_id).await?;
        // One that is gone has no name any more.
        let name = client.as_ref().map_or(grant.client_id.as_str(), |c| c.display_name());
        apps.push(App {
            name: name.to_owned(),
            scope: grant.scope,
            since: grant.created_at,
            client_id: grant.client_id,
        });
    }
    Ok(apps)
}

#[async_trait]
impl Endpoint for ConnectedAppsEndpoint {
    fn name(&self) -> &'static str {
        "connected_apps"
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn methods(&self) -> &[Method] {
        &[Method::GET, Method::POST]
    }

    fn cross_origin(&self) -> bool {
        false
    }

    fn describe(&self, _: String, _: &mut Metadata) {}

    async fn serve(&self, context: Context, request: Request) -> Response {
        let answer = match *request.method() {
            Method::POST => self.post(&context, &request).await,
            _ => self.get(&context, &request).await,
        };
        answer.unwrap_or_else(|error| context.error_page(&error))
    }
}
