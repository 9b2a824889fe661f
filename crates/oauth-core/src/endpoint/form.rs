//! A form that an authenticated client posts: what token, revocation and introspection endpoint
//! have in common.

use std::sync::Arc;

use http::{HeaderMap, header};

use crate::{
    client_auth::{AuthenticatedClient, ClientAuth, ClientRequest, authenticate},
    context::Context,
    error::Error,
    http_types::{Request, Response},
    model::ClientId,
    wire::{Metadata, Params, media_type::is_declared},
};

const NO_FORM: Error = Error::invalid_request("the body is application/x-www-form-urlencoded");

/// Whether the body is declared to be a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    is_declared(headers, b"application/x-www-form-urlencoded")
}

/// Reads the body of a form post.
///
/// # Errors
/// `invalid_request` if it is no form, or names a parameter twice that must be named once.
pub fn params(request: &Request) -> Result<Params<'_>, Error> {
    if !is_form(request.headers()) {
        return Err(NO_FORM);
    }
    read(request)
}

/// As [`params`], of a client that may be forgiven a missing `Content-Type`. Whether it is, is asked
/// when it has [proven](Callers::authenticate) who it is.
pub(super) fn params_of_client(request: &Request) -> Result<Params<'_>, Error> {
    let declared = request.headers().contains_key(header::CONTENT_TYPE);
    if declared { params(request) } else { read(request) }
}

fn read(request: &Request) -> Result<Params<'_>, Error> {
    let params = Params::parse(request.body())?;
    if params.has_repeated() {
        return Err(Error::invalid_request("a parameter was sent more than once"));
    }
    Ok(params)
}

/// Tells the operator and the client why a form was not answered as asked.
pub(super) fn refuse(context: &Context, known: Option<&ClientId>, error: &Error) -> Response {
    context.record_error(known, error);
    error.to_json(context.issuer())
}

/// The ways in which clients prove who they are.
#[derive(Clone, Debug)]
pub(crate) struct Callers {
    methods: Arc<[Arc<dyn ClientAuth>]>,
}

impl Callers {
    pub(crate) fn new(methods: Vec<Arc<dyn ClientAuth>>) -> Self {
        Self { methods: methods.into() }
    }

    /// Finds out which client posted the form, and whether it is forgiven that it did not say that
    /// it is one.
    pub(super) async fn authenticate(
        &self,
        context: &Context,
        request: &Request,
        params: &Params<'_>,
        known: &mut Option<ClientId>,
    ) -> Result<AuthenticatedClient, Error> {
        let headers = request.headers();
        let request = ClientRequest { headers, params };
        let client = authenticate(context, &self.methods, &request, known).await?;
        if is_form(headers) {
            return Ok(client);
        }
        if !client.dialect.form_without_content_type {
            return Err(NO_FORM);
        }
        context.forgave(&client, "form_without_content_type");
        Ok(client)
    }

    /// Names the methods in a member of the metadata document.
    pub(super) fn describe(&self, member: &str, public: bool, metadata: &mut Metadata) {
        metadata.add(member, self.methods.iter().map(|method| method.method()));
        let algorithms = self.methods.iter().flat_map(|method| method.signing_algorithms());
        let mut algorithms = algorithms.copied().peekable();
        if algorithms.peek().is_some() {
            metadata.add(&member.replace("methods", "signing_alg_values"), algorithms);
        }
        if public {
            metadata.add(member, ["none"]);
        }
    }
}
