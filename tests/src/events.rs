//! Events, kept to be looked at.

use std::sync::{Arc, Mutex, PoisonError};

use oauth_core::events::{Event, Events, Occasion};

/// Keeps what was recorded, as text. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct RecordedEvents(Arc<Mutex<Vec<String>>>);

impl RecordedEvents {
    /// Everything so far: endpoint and event, in their debug spelling.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether an event so far has `part` in its spelling.
    pub fn heard(&self, part: &str) -> bool {
        self.all().iter().any(|event| event.contains(part))
    }
}

impl Events for RecordedEvents {
    fn record(&self, occasion: &Occasion<'_>, event: &Event<'_>) {
        let line = format!("{occasion:?} {event:?}");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}
