//! What waits for a sign-in.

use std::sync::Arc;

use oauth_core::{
    context::Context,
    error::Error,
    model::{Client, ClientId},
    wire::{Params, ReturnTo},
};

/// The longest user name that means anything, in bytes: four for each character that the form lets
/// in.
pub(crate) const USERNAME_LIMIT: usize = 4 * 256;

/// An authorization request that waits for a sign-in, or nothing.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// The authorization request to go back to.
    pub(crate) return_to: Option<ReturnTo>,
    /// Whose it is.
    pub(crate) client: Option<Arc<Client>>,
    /// Who the client thinks will sign in.
    pub(crate) login_hint: Option<String>,
}

impl Waiting {
    /// Reads what `return_to` says; nothing waits if it is no authorization request of this server.
    pub(crate) async fn read(context: &Context, text: Option<&str>) -> Result<Self, Error> {
        let return_to = text.and_then(|text| context.return_to(text));
        let query = return_to.as_ref().and_then(|to| to.as_str().split_once('?'));
        // Whatever is wrong with the request is said when it comes back.
        let params = query.and_then(|(_, query)| Params::parse(query.as_bytes()).ok());
        let of = |name| params.as_ref().and_then(|params| params.get(name));
        let client = match of("client_id").map(ClientId::from) {
            Some(id) => context.clients().find(context.tenant(), &id).await?,
            None => None,
        };
        let login_hint = of("login_hint").filter(|hint| hint.len() <= USERNAME_LIMIT);
        Ok(Self { client, login_hint: login_hint.map(str::to_owned), return_to })
    }
}
