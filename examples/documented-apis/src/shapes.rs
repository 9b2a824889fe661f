//! How two of the systems spell the type of their tokens.

use oauth_core::{
    model::Client,
    wire::{ShapeTokenResponse, TokenResponse},
};
use serde_json::{Map, Value};

/// `bearer`, where RFC 6750 §6.1.1 has `Bearer`, for the one client that compares the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LowerCaseBearer(pub(crate) &'static str);

impl ShapeTokenResponse for LowerCaseBearer {
    fn shape(&self, client: &Client, _: &TokenResponse, members: &mut Map<String, Value>) {
        if client.client_id.as_str() == self.0 {
            members.insert("token_type".to_owned(), "bearer".into());
        }
    }
}
