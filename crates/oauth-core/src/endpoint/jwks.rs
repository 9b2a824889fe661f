//! The public keys (RFC 7517 §5, RFC 8414 §2 `jwks_uri`).

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};

use super::{Endpoint, edge::bare};
use crate::{
    context::Context,
    error::Error,
    http_types::{Request, Response},
    keys::JWKS_MAX_AGE,
    model::Digest,
    wire::Metadata,
};

/// Serves the keys that verify what this server signs. Everybody may read them, pages of any origin
/// included.
#[derive(Debug)]
pub(crate) struct JwksEndpoint;

async fn document(context: &Context) -> Result<Bytes, Error> {
    match &context.parts().keys {
        Some(keys) => Ok(keys.jwks(context.now()).await?.to_string().into()),
        None => Ok(Bytes::from_static(b"{\"keys\":[]}")),
    }
}

fn answer(request: &Request, document: Bytes) -> Response {
    let tag = format!("\"{}\"", Digest::of(&String::from_utf8_lossy(&document)));
    let asked = request.headers().get_all(header::IF_NONE_MATCH).iter();
    let mut tags = asked.filter_map(|value| value.to_str().ok()).flat_map(|tags| tags.split(','));
    let mut response = if tags
        .any(|own| matches!(own.trim().trim_start_matches("W/"), own if own == tag || own == "*"))
    {
        bare(StatusCode::NOT_MODIFIED)
    } else {
        let mut response = Response::new(document);
        let json = HeaderValue::from_static("application/jwk-set+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    };
    let headers = response.headers_mut();
    let cached = format!("public, max-age={JWKS_MAX_AGE}");
    for (name, value) in [(header::CACHE_CONTROL, cached), (header::ETAG, tag)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

#[async_trait]
impl Endpoint for JwksEndpoint {
    fn name(&self) -> &'static str {
        "jwks"
    }

    fn path(&self) -> &str {
        "/jwks"
    }

    fn methods(&self) -> &[Method] {
        &[Method::GET]
    }

    /// It lets every origin read, so there is none to tell apart.
    fn cross_origin(&self) -> bool {
        false
    }

    fn describe(&self, url: String, metadata: &mut Metadata) {
        metadata.set("jwks_uri", url);
    }

    async fn serve(&self, context: Context, request: Request) -> Response {
        let mut response = match document(&context).await {
            Ok(document) => answer(&request, document),
            Err(error) => {
                context.record_error(None, &error);
                error.to_json(context.issuer())
            }
        };
        let every = HeaderValue::from_static("*");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, every);
        response
    }
}
