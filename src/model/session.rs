//! A signed-in browser: how long it lasts and what its owner is told about it.

use serde::{Deserialize, Serialize};

use super::timestamp::{DAY_MS, HOUR_MS};
use super::{SessionId, Timestamp, UserId};

/// A session without activity ends after 30 days.
pub const IDLE_MS: i64 = 30 * DAY_MS;
/// A session ends after 180 days whatever happens.
pub const ABSOLUTE_MS: i64 = 180 * DAY_MS;
/// Activity is written down at most once an hour.
pub const TOUCH_EVERY_MS: i64 = HOUR_MS;

/// One session as its owner sees it in their list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub ip_address: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_active_at: Timestamp,
}

/// Whether a session with these times still counts at `now`.
pub fn is_alive(created_at: Timestamp, last_active_at: Timestamp, now: Timestamp) -> bool {
    now.ms_since(created_at) < ABSOLUTE_MS && now.ms_since(last_active_at) < IDLE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_idleness_or_by_age() {
        let start = Timestamp(0);
        assert!(is_alive(start, start, Timestamp(IDLE_MS - 1)));
        assert!(!is_alive(start, start, Timestamp(IDLE_MS)));
        let busy_until = Timestamp(ABSOLUTE_MS - 1);
        assert!(is_alive(start, busy_until, busy_until));
        assert!(!is_alive(start, busy_until, Timestamp(ABSOLUTE_MS)));
    }
}
