//! Which grant type a token request means, in the dialect of its client.

use std::borrow::Cow;

use crate::{context::Context, error::Error, http_types::Request, model::Client, wire::Params};

/// The name of the grant type: from the body, or for a client with that dialect from the query,
/// but not from both; an alias is replaced by what it stands for.
pub(super) fn grant_type<'a>(
    context: &Context,
    request: &'a Request,
    params: &'a Params<'_>,
    client: &'a Client,
) -> Result<Cow<'a, str>, Error> {
    let named = match (params.get("grant_type"), in_query(request, client)?) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid_request("grant_type was sent more than once"));
        }
        (Some(named), None) => Cow::Borrowed(named),
        (None, Some(named)) => {
            context.forgave(client, "grant_type_in_query");
            Cow::Owned(named)
        }
        (None, None) => return Err(Error::invalid_request("grant_type is missing")),
    };
    match client.dialect.grant_type_aliases.get(&*named) {
        Some(meant) => {
            context.forgave(client, "grant_type_alias");
            Ok(Cow::Borrowed(meant))
        }
        None => Ok(named),
    }
}

/// Nothing but `grant_type` is ever read from the query.
fn in_query(request: &Request, client: &Client) -> Result<Option<String>, Error> {
    if !client.dialect.grant_type_in_query {
        return Ok(None);
    }
    let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes())?;
    if query.is_repeated("grant_type") {
        return Err(Error::invalid_request("grant_type was sent more than once"));
    }
    Ok(query.get("grant_type").map(str::to_owned))
}
