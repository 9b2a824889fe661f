//! What they carry away: tokens, and the one write that makes them so.

mod access_token;
mod issuing;
mod minting;
mod successor;

pub(crate) use issuing::{DRAWS, Issuance, has_refresh_token, issue};
pub(crate) use minting::access_token_lifetime;
