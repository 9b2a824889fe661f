//! Parts that come from other crates.

use super::ServerBuilder;

/// Something that adds itself to a server: a set of pages, an endpoint with what belongs to it.
pub trait Part {
    /// Adds itself.
    fn join(self, builder: ServerBuilder) -> ServerBuilder;
}
