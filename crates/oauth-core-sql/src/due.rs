//! Removing what is due, in steps that look at no more than they may remove.

use oauth_core::store::StoreError;

/// After how many seconds a client that is used is looked at again: its grants may be gone by then.
pub(crate) const USED_AGAIN: u32 = 24 * 60 * 60;

/// Removes up to `limit` records that are due. `step` is told how many it may look at; it moves those
/// of them that must stay to a later moment, removes the others, and says how many of each there
/// were. What stays is so looked at once, and not by every purge anew.
pub(crate) async fn remove<W>(limit: u32, step: impl Fn(u32) -> W) -> Result<u32, StoreError>
where
    W: Future<Output = Result<[u64; 2], StoreError>>,
{
    let mut left = limit;
    while left > 0 {
        let window = left;
        let [kept, removed] = step(window).await?;
        left = left.saturating_sub(u32::try_from(removed).unwrap_or(left));
        if kept.saturating_add(removed) < u64::from(window) {
            break;
        }
    }
    Ok(limit - left)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::remove;

    /// How many were removed, and how many each step was allowed to look at. `due` are the records,
    /// the next to be looked at last; `true` are those that must stay.
    async fn windows(limit: u32, due: &[bool]) -> (u32, Vec<u32>) {
        let (due, windows) = (Mutex::new(due.to_vec()), Mutex::new(Vec::new()));
        let removed = remove(limit, async |window| {
            windows.lock().unwrap().push(window);
            let mut due = due.lock().unwrap();
            let rest = due.len().saturating_sub(window as usize);
            let kept = due[rest..].iter().filter(|stays| **stays).count() as u64;
            let seen = due.drain(rest..).count() as u64;
            Ok([kept, seen - kept])
        });
        (removed.await.unwrap(), windows.into_inner().unwrap())
    }

    #[tokio::test]
    async fn what_stays_is_looked_at_once_and_hides_nothing() {
        let mut due = vec![false; 4];
        due.extend([true; 7]);
        assert_eq!(windows(3, &due).await, (3, vec![3, 3, 3, 1]));
        assert_eq!(windows(9, &due).await, (4, vec![9, 7]));
    }

    #[tokio::test]
    async fn no_more_is_removed_than_may_be() {
        assert_eq!(windows(3, &[false; 8]).await, (3, vec![3]));
        assert_eq!(windows(3, &[false; 2]).await, (2, vec![3]));
        assert_eq!(windows(3, &[]).await, (0, vec![3]));
        assert_eq!(windows(0, &[false]).await, (0, vec![]));
    }
}
