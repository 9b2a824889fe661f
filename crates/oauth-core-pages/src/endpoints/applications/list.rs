//! Own applications, one by one.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use oauth_core::{
    context::Context,
    endpoint::Endpoint,
    error::Error,
    http_types::{Request, Response},
    wire::{Metadata, Params},
};

use super::address;
use crate::{
    applications::{Applications, Kind},
    response::page,
    sessions::SignedIn,
    setup::{APPS, DELETED, EDIT_APP, NEW_APP, SAVED, SIGN_OUT, Setup},
    views::{self, ApplicationLine, Here, Notice, SignOut},
};

#[derive(Debug)]
pub(crate) struct ApplicationsEndpoint {
    setup: Arc<Setup>,
    applications: Arc<Applications>,
    path: String,
}

impl ApplicationsEndpoint {
    pub(crate) fn new(setup: Arc<Setup>, applications: Arc<Applications>) -> Self {
        Self { path: setup.below(APPS), setup, applications }
    }

    async fn get(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let setup = &self.setup;
        let Some(signed_in) = setup.signed_in(context, request.headers()).await? else {
            return Ok(setup.sign_in_for(context, APPS));
        };
        let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes())?;
        let mut own = self.applications.of(context, &signed_in.subject).await?;
        own.sort_by_cached_key(|client| client.display_name().to_lowercase());
        let (sign_out_path, register) =
            (setup.path(context, SIGN_OUT), setup.path(context, NEW_APP));
        let sign_out_token = setup.token(context, &signed_in, SIGN_OUT)?;
        let view = views::Applications {
            theme: &setup.theme,
            nav: setup.nav(context, Here::Applications),
            account: &signed_in.account,
            sign_out: setup.has_sign_out().then_some(SignOut {
                action: &sign_out_path,
                csrf: &sign_out_token,
                return_to: None,
            }),
            notice: self.notice(context, &signed_in, &query),
            register: self.applications.has_room(own.len()).then_some(&*register),
            apps: own
                .iter()
                .map(|client| ApplicationLine {
                    name: client.display_name(),
                    client_id: client.client_id.as_str(),
                    kind: Kind::of(client).label(),
                    disabled: client.disabled,
                    edit: address(setup, context, EDIT_APP, &client.client_id),
                })
                .collect(),
        };
        Ok(page(StatusCode::OK, &view))
    }

    /// What was done just now. Anybody can write the address: it carries a token, as forms do.
    fn notice(
        &self,
        context: &Context,
        signed_in: &SignedIn,
        query: &Params<'_>,
    ) -> Option<Notice> {
        let proven = |name, purpose| {
            let token = query.get(name)?;
            self.setup.check_token(context, signed_in, purpose, Some(token)).ok()
        };
        if proven("saved", SAVED).is_some() {
            return Some(Notice::Saved);
        }
        proven("deleted", DELETED).map(|()| Notice::Deleted)
    }
}

#[async_trait]
impl Endpoint for ApplicationsEndpoint {
    fn name(&self) -> &'static str {
        "applications"
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn methods(&self) -> &[Method] {
        &[Method::GET]
    }

    fn cross_origin(&self) -> bool {
        false
    }

    fn describe(&self, _: String, _: &mut Metadata) {}

    async fn serve(&self, context: Context, request: Request) -> Response {
        let answer = self.get(&context, &request).await;
        answer.unwrap_or_else(|error| context.error_page(&error))
    }
}
