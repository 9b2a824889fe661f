//! How two of the systems spell the type of their tokens.

use oauth_core::{
    model::Client,
    wire::{ShapeTokenResponse, TokenResponse},
};
use serde_json::{Map, Value};

/// `bearer`, where RFC 6750 §6.1.1 has `Bearer`. Clients that compare the bytes need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LowerCaseBearer;

impl ShapeTokenResponse for LowerCaseBearer {
    fn shape(&self, _: &Client, _: &TokenResponse, members: &mut Map<String, Value>) {
        members.insert("token_type".to_owned(), "bearer".into());
    }
}
