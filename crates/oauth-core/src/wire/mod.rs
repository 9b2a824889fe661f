//! Bytes to values and back. Nothing here awaits, and nothing here decides.

pub(crate) mod basic;
pub(crate) mod bearer;
mod browsers;
pub(crate) mod client_metadata;
mod error_code;
mod html;
pub(crate) mod json;
pub(crate) mod media_type;
mod metadata;
mod params;
pub(crate) mod redirect;
mod token_format;
mod token_response;

pub(crate) use browsers::never_framed;
pub use error_code::ErrorCode;
pub use html::{ErrorPage, PlainErrorPage};
pub use metadata::Metadata;
pub use params::{InvalidParams, Params};
pub use redirect::{ReturnTo, see_other};
pub use token_format::{Base64Url, Formats, Hex, Opaque, TokenFormat, Uuid};
pub use token_response::{ShapeTokenResponse, TokenResponse};
