//! An error in one line, for whoever operates the server.

use std::{error::Error, iter};

/// What it says, and what its causes say.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
