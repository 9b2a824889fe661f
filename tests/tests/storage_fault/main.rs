//! What happens when a store fails, loses an answer, is slow to be heard, or holds nonsense: nothing
//! is done by halves, nothing is admitted unchecked, and a credential stays usable.

mod aborted;
mod clock;
mod each_call;
mod kept;
mod randomness;
mod throttle;
mod witness;

use oauth_core::model::Subject;
use oauth_core_tests::World;

/// How many grants of `alice` are live.
async fn live_grants(world: &World) -> usize {
    let grants = world.server.grants().expect("one server");
    grants.of_subject(&Subject::from("alice")).await.expect("grants").len()
}
