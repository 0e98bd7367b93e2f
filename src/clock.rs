//! The one clock. Commands do not ask it: they use the moment of their transaction.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Timestamp;

/// Now, in milliseconds UTC.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
