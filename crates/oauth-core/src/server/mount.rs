//! What an adapter mounts: paths and the services behind them. It never learns what they are.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{
    FutureExt as _, Stream,
    future::{self, Either},
};
use http::StatusCode;

use super::{resource_server::Document, site::Site, tenants::Tenants};
use crate::{
    endpoint::{Endpoint, edge},
    http_types::{BODY_LIMIT, METADATA_LIMIT, Request, Response},
};

/// A path and what answers there, for every method. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mount {
    path: Arc<str>,
    service: Service,
}

#[derive(Clone, Debug)]
enum Service {
    Endpoint(Arc<Site>, Arc<dyn Endpoint>),
    Tenants(Arc<Tenants>),
    Document(Arc<Document>),
}

impl Mount {
    pub(super) fn of_site(site: &Arc<Site>) -> Vec<Self> {
        let mount = |path: String| {
            let endpoint = Arc::clone(site.endpoint(&path)?);
            let service = Service::Endpoint(Arc::clone(site), endpoint);
            Some(Self { path: path.into(), service })
        };
        site.paths().into_iter().filter_map(mount).collect()
    }

    pub(super) fn of_tenants(tenants: &Arc<Tenants>) -> Vec<Self> {
        let service = Service::Tenants(Arc::clone(tenants));
        let mount = |path: String| Self { path: path.into(), service: service.clone() };
        tenants.paths().all().into_iter().map(mount).collect()
    }

    pub(super) fn of_document(document: &Arc<Document>) -> Self {
        let service = Service::Document(Arc::clone(document));
        Self { path: document.path().into(), service }
    }

    /// The absolute path, in which a parameter is a whole segment in braces: `/{tenant}/token`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Answers. Whatever goes wrong is an answer, too.
    pub fn serve(&self, request: Request) -> impl Future<Output = Response> + Send + '_ {
        match &self.service {
            Service::Endpoint(site, endpoint) => Either::Left(site.serve(&**endpoint, request)),
            // Boxed, as both are rarer, and everybody would carry their futures.
            Service::Document(document) => {
                let answer = edge::public(&request, document.response());
                Either::Right(future::ready(answer).boxed())
            }
            Service::Tenants(tenants) => Either::Right(serve_tenant(tenants, request).boxed()),
        }
    }

    /// The largest request body that is read for what answers here, in bytes.
    pub fn body_limit(&self) -> usize {
        match &self.service {
            Service::Endpoint(_, endpoint) => endpoint.body_limit().min(METADATA_LIMIT),
            // Which endpoint it is, and whether the body is too large for that, its site says.
            Service::Tenants(_) => METADATA_LIMIT,
            Service::Document(_) => BODY_LIMIT,
        }
    }

    /// Reads the body of a request, up to `limit` bytes.
    ///
    /// # Errors
    /// The answer to a body that is longer, or that of the piece that cannot be read.
    pub fn read_body(
        limit: usize,
        pieces: impl Stream<Item = Result<Bytes, Response>> + Unpin,
    ) -> impl Future<Output = Result<Bytes, Response>> {
        edge::read_body(limit, pieces)
    }

    /// The answer to a body that is longer than it may be.
    pub fn payload_too_large() -> Response {
        edge::payload_too_large()
    }

    /// The answer to a body that takes longer than
    /// [`BODY_DEADLINE`](crate::http_types::BODY_DEADLINE).
    pub fn request_timeout() -> Response {
        edge::request_timeout()
    }

    /// The answer to a body that cannot be read: its chunks are broken, or it ends too early.
    pub fn unreadable_body() -> Response {
        edge::unreadable_body()
    }
}

async fn serve_tenant(tenants: &Tenants, request: Request) -> Response {
    match tenants.site(request.uri().path()).await {
        Ok(site) => match site.endpoint(request.uri().path()) {
            Some(endpoint) => site.serve(&**endpoint, request).await,
            None => edge::bare(StatusCode::NOT_FOUND),
        },
        Err(response) => response,
    }
}
