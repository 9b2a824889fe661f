//! When the records of a tenant can be removed.

use super::records::Records;
use crate::{
    clock::Timestamp,
    model::{Digest, GrantId},
};

/// Records that end within the same this many seconds are purged together.
const BUCKET: i64 = 64;

pub(super) enum Due {
    Item(Digest),
    Grant(GrantId),
}

impl Records {
    pub(super) fn remember(&mut self, end: Timestamp, due: Due) {
        self.due.entry(end.unix() / BUCKET).or_default().push(due);
    }

    /// Removes at most `limit` records that end before `before`, and returns how many.
    pub(super) fn purge(&mut self, before: Timestamp, limit: u32) -> u32 {
        let mut removed = 0;
        let mut later = Vec::new();
        while removed < limit
            && let Some(mut bucket) =
                self.due.first_entry().filter(|b| *b.key() <= before.unix() / BUCKET)
        {
            let Some(due) = bucket.get_mut().pop() else {
                bucket.remove();
                continue;
            };
            match self.sweep(&due, before) {
                Ok(gone) => removed += u32::from(gone),
                Err(end) => later.push((due, end)),
            }
        }
        for (due, end) in later {
            self.remember(end, due);
        }
        removed
    }

    /// Removes what is due, or says when it is due instead.
    fn sweep(&mut self, due: &Due, before: Timestamp) -> Result<bool, Timestamp> {
        match due {
            Due::Item(key) => match self.items.get(key).map(|item| item.issued.keep_until()) {
                Some(end) if end >= before => Err(end),
                Some(_) => {
                    if let Some(empty) = self.remove_item(key) {
                        self.remember(empty.expires_at, Due::Grant(empty.id));
                    }
                    Ok(true)
                }
                None => Ok(false),
            },
            Due::Grant(id) => match self.grants.get(id) {
                // Due once its last item is removed.
                Some(allowed) if allowed.items > 0 => Ok(false),
                Some(allowed) if allowed.grant.expires_at >= before => {
                    Err(allowed.grant.expires_at)
                }
                Some(_) => {
                    self.remove_grant(id);
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }
}
