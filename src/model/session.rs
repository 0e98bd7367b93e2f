//! A signed-in browser: how long it lasts and what its owner is told about it.

use serde::{Deserialize, Serialize};

use super::timestamp::{DAY_MS, HOUR_MS};
use super::{SessionId, Timestamp, UserId};
use crate::words;

/// A session without activity ends after 30 days.
pub const IDLE_MS: i64 = 30 * DAY_MS;
/// A session ends after 180 days whatever happens.
pub const ABSOLUTE_MS: i64 = 180 * DAY_MS;
/// Activity is written down at most once an hour.
pub const TOUCH_EVERY_MS: i64 = HOUR_MS;

/// After somebody came in by a link that was made for them, they may set a new password without
/// knowing the old one for this long.
pub const RECOVERY_MS: i64 = HOUR_MS;

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

impl Session {
    /// The browser and the system it says it is, in words: `Firefox on Android`.
    pub fn device(&self) -> String {
        device(&self.user_agent)
    }
}

/// What stands in a user agent, and what it is called. The first that is found counts: most
/// browsers also claim to be the ones they want to be treated like.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

pub(super) fn device(user_agent: &str) -> String {
    let named = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => words::browser_on(browser, system).to_string(),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => words::a_browser_on(system).to_string(),
        (None, None) => words::unknown_browser().to_owned(),
    }
}

/// Whether a session with these times still counts at `now`.
pub fn is_alive(created_at: Timestamp, last_active_at: Timestamp, now: Timestamp) -> bool {
    now.ms_since(created_at) < ABSOLUTE_MS && now.ms_since(last_active_at) < IDLE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_names() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(device(chrome), "Chrome on Linux");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device(safari), "Safari on iPhone");
        assert_eq!(device("curl/8.1"), "An unknown browser");
    }

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
