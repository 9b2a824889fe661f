//! Work that several want at the same time, done once.

use std::{convert::Infallible, fmt, hash::Hash, sync::Arc};

use async_lock::OnceCell;
use quick_cache::sync::Cache;

/// How many are under way at most, before some are done twice.
const CAPACITY: usize = 1_000;

/// What is under way, by what it is about. Whoever comes meanwhile waits for what comes of it, a failure
/// too: a crowd would otherwise fail one behind the other.
pub(crate) struct Flights<K, T>(Cache<K, Arc<OnceCell<T>>>);

impl<K: Clone + Eq + Hash, T: Clone> Flights<K, T> {
    pub(crate) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// Does the work, unless somebody is at it already. If they give up, the next who waits begins anew.
    pub(crate) async fn join(&self, about: &K, work: impl Future<Output = T>) -> T {
        let fresh = || Ok::<_, Infallible>(Arc::default());
        let Ok(flight) = self.0.get_or_insert_with(about, fresh);
        let done = flight.get_or_init(|| work).await.clone();
        self.0.remove_if(about, |own| Arc::ptr_eq(own, &flight));
        done
    }

    /// Who comes from now on begins anew.
    pub(crate) fn part(&self, about: &K) {
        self.0.remove(about);
    }
}

impl<K: Clone + Eq + Hash, T: Clone> fmt::Debug for Flights<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").field("under_way", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::pending};

    use tokio::{join, select, task::yield_now};

    use super::Flights;

    #[tokio::test]
    async fn who_comes_meanwhile_has_what_came_of_it() {
        let (flights, done) = (Flights::new(), Cell::new(0));
        let work = |own: u32| {
            let done = &done;
            async move {
                yield_now().await;
                done.set(done.get() + 1);
                own
            }
        };
        let told = join!(
            flights.join(&"a", work(1)),
            flights.join(&"a", work(2)),
            flights.join(&"b", work(3))
        );
        assert_eq!((told, done.get()), ((1, 1, 3), 2));
        assert_eq!(flights.join(&"a", work(4)).await, 4, "nothing is kept");
    }

    #[tokio::test]
    async fn who_gives_up_is_not_waited_for() {
        let flights = Flights::new();
        select! {
            biased;
            _ = flights.join(&"a", pending::<u32>()) => unreachable!("it never ends"),
            () = yield_now() => {}
        }
        assert_eq!(flights.join(&"a", async { 1 }).await, 1);
    }

    #[tokio::test]
    async fn who_comes_after_a_parting_begins_anew() {
        let flights = Flights::new();
        let early = flights.join(&"a", async {
            yield_now().await;
            1
        });
        let late = async {
            flights.part(&"a");
            flights.join(&"a", async { 2 }).await
        };
        assert_eq!(join!(early, late), (1, 2));
    }
}
