//! Request in, response out. Every endpoint exists once, here; adapters carry it over.

pub mod authorize;
pub(crate) mod cors;
mod dialect;
pub(crate) mod edge;
mod form;
mod introspect;
mod jwks;
mod metadata;
pub mod registration;
mod resource_metadata;
mod revoke;
mod token;

use std::fmt::Debug;

use async_trait::async_trait;
use http::Method;

pub use self::form::params as form_params;
pub(crate) use self::{
    form::Callers, introspect::IntrospectionEndpoint, jwks::JwksEndpoint,
    metadata::MetadataEndpoint, resource_metadata::ResourceMetadataEndpoint,
    revoke::RevocationEndpoint, token::TokenEndpoint,
};
use crate::{
    context::Context,
    http_types::{BODY_LIMIT, Request, Response},
    wire::Metadata,
};

/// Something that is mounted below the issuer's path. Hosts and companion crates add their own.
#[async_trait]
pub trait Endpoint: Debug + Send + Sync + 'static {
    /// Its name in events.
    fn name(&self) -> &'static str;

    /// Where it is mounted, below the issuer's path: `/token`.
    fn path(&self) -> &str;

    /// The methods that it answers; others get 405 with `Allow`.
    fn methods(&self) -> &[Method];

    /// Whether browser applications of the allowed origins may read its answers (CORS).
    fn cross_origin(&self) -> bool;

    /// The largest request body that it accepts, in bytes; up to 64 KiB.
    fn body_limit(&self) -> usize {
        BODY_LIMIT
    }

    /// Says in the metadata document what it offers. `url` is its own.
    fn describe(&self, url: String, metadata: &mut Metadata);

    /// Answers. Whatever goes wrong is an answer, too.
    ///
    /// The future holds the request twice. What it awaits is better put into a box of its own if it
    /// is large: beyond 1 KiB allocators leave their fast path.
    async fn serve(&self, context: Context, request: Request) -> Response;
}
