//! Removing what is due, in steps that look at a bounded number of records.

use oauth_core::store::StoreError;

/// After how many seconds a client that is used is looked at again: its grants may be gone by then.
pub(crate) const USED_AGAIN: u32 = 24 * 60 * 60;

/// How many steps one call takes at most, as its caller looks at the time only between calls. What is
/// left then is for the next purge.
const STEPS: u32 = 16;

/// How many a step looks at at least, where few may still be removed.
const WINDOW: u32 = 256;

/// What a step of a removal may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// How many of those that are due first it looks at.
    pub(crate) window: u32,
    /// How many of these it removes at most.
    pub(crate) limit: u32,
}

/// Removes up to `limit` records that are due, of which so many are `gone` already, and returns how many
/// it is with these. A step moves those that it looks at and that must stay to
/// a later moment, removes the others, and says how many of each there were. What stays is so looked
/// at once, and not by every purge anew.
pub(crate) async fn remove<W>(
    limit: u32,
    gone: u64,
    step: impl Fn(Step) -> W,
) -> Result<u32, StoreError>
where
    W: Future<Output = Result<[u64; 2], StoreError>>,
{
    let less = |left: u32, gone| left.saturating_sub(u32::try_from(gone).unwrap_or(left));
    let mut left = less(limit, gone);
    for _ in 0..STEPS {
        if left == 0 {
            break;
        }
        let own = Step { window: left.max(WINDOW), limit: left };
        let [kept, removed] = step(own).await?;
        left = less(left, removed);
        if kept.saturating_add(removed) < u64::from(own.window) {
            break;
        }
    }
    Ok(limit - left)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::{STEPS, Step, WINDOW, remove};

    /// How many were removed, and in how many steps. `due` are the records, the next to be looked at
    /// last; `true` are those that must stay.
    async fn removed(limit: u32, due: Vec<bool>) -> (u32, u32) {
        let (due, steps) = (Mutex::new(due), Mutex::new(0));
        let removed = remove(limit, 0, async |Step { window, limit }| {
            *steps.lock().unwrap() += 1;
            let mut due = due.lock().unwrap();
            let rest = due.len().saturating_sub(window as usize);
            let seen = due.split_off(rest);
            let kept = seen.iter().filter(|stays| **stays).count();
            let gone = (seen.len() - kept).min(limit as usize);
            // Those that could have gone are due still.
            due.extend(vec![false; seen.len() - kept - gone]);
            Ok([kept as u64, gone as u64])
        });
        (removed.await.unwrap(), steps.into_inner().unwrap())
    }

    fn of(first: u32, then: u32) -> Vec<bool> {
        [vec![false; then as usize], vec![true; first as usize]].concat()
    }

    #[tokio::test]
    async fn what_stays_is_looked_at_once_and_hides_nothing() {
        assert_eq!(removed(3, of(7, 4)).await, (3, 1));
        assert_eq!(removed(9, of(7, 4)).await, (4, 1));
        assert_eq!(removed(1, of(2 * WINDOW, 4)).await, (1, 3));
        assert_eq!(removed(1_000, of(2_500, 700)).await, (700, 4));
    }

    #[tokio::test]
    async fn no_more_is_removed_than_may_be() {
        assert_eq!(removed(3, of(0, 8)).await, (3, 1));
        assert_eq!(removed(3, of(0, 2)).await, (2, 1));
        assert_eq!(removed(3, of(0, 0)).await, (0, 1));
        assert_eq!(removed(0, of(0, 1)).await, (0, 0));
    }

    #[tokio::test]
    async fn one_call_is_bounded() {
        assert_eq!(removed(10, of(100 * WINDOW, 1)).await, (0, STEPS));
    }
}
