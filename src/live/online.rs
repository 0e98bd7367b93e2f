//! Who has a page of ours open and visible, wherever: the dots beside pings.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::hub::{Publisher, Subscriptions};
use super::topic::Topic;
use crate::model::UserId;

/// How long somebody who closed their last page keeps the dot: going from one page to the next
/// must not blink.
const LINGER: Duration = Duration::from_secs(5);

/// How one person's dot is drawn. Handed in, as this floor draws nothing itself.
pub type DrawDot = fn(UserId, bool) -> String;
/// Those whose sidebars show a person's dot: who shares a ping of two with them.
pub type Audience = Box<dyn Fn(UserId) -> Vec<UserId> + Send + Sync>;

/// Everybody who is online, and when they were last seen.
pub struct Online {
    publisher: Publisher,
    subscriptions: Subscriptions,
    draw: DrawDot,
    audience: Audience,
    seen: Mutex<HashMap<UserId, Instant>>,
}

impl Online {
    pub fn new(
        publisher: Publisher,
        subscriptions: Subscriptions,
        draw: DrawDot,
        audience: Audience,
    ) -> Self {
        Self { publisher, subscriptions, draw, audience, seen: Mutex::default() }
    }

    /// Whether somebody is online.
    pub fn is(&self, user_id: UserId) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&user_id)
    }

    /// Somebody no longer looks at a page they have open: there is nothing to wait for, unless
    /// they look at another one.
    pub fn turned_away(&self, user_id: UserId) {
        if self.subscriptions.looking().contains(&user_id) {
            return;
        }
        let known = self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&user_id);
        if known.is_some() {
            self.say(user_id, false);
        }
    }

    /// Looks at who is there and tells those concerned of every change. Called every second.
    pub fn sweep(&self) {
        let there: HashSet<UserId> = self.subscriptions.looking();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let came: Vec<UserId> = there.iter().filter(|id| !seen.contains_key(id)).copied().collect();
        seen.extend(there.iter().map(|id| (*id, Instant::now())));
        let left: Vec<UserId> =
            seen.iter().filter(|(_, at)| at.elapsed() >= LINGER).map(|(id, _)| *id).collect();
        seen.retain(|_, at| at.elapsed() < LINGER);
        drop(seen);
        for (ids, online) in [(came, true), (left, false)] {
            for user_id in ids {
                self.say(user_id, online);
            }
        }
    }

    fn say(&self, user_id: UserId, online: bool) {
        for listener in (self.audience)(user_id) {
            self.publisher.tell_of(Topic::User(listener), || (self.draw)(user_id, online));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Hub;
    use crate::model::SessionId;

    fn dot(user_id: UserId, online: bool) -> String {
        format!("{user_id} {online}")
    }

    #[tokio::test]
    async fn only_those_who_share_a_ping_hear_of_somebody() {
        let (publisher, subscriptions) = Hub::open();
        let audience: Audience = Box::new(|_| vec![UserId(2)]);
        let online = Online::new(publisher, subscriptions.clone(), dot, audience);
        let friend = subscriptions.subscribe(SessionId(2), UserId(2), None);
        let stranger = subscriptions.subscribe(SessionId(3), UserId(3), None);
        friend.set_present(false);
        stranger.set_present(false);
        let _page = subscriptions.subscribe(SessionId(1), UserId(1), None);
        online.sweep();
        online.sweep();
        assert!(online.is(UserId(1)) && !online.is(UserId(2)));
        assert_eq!(friend.next_now().map(|frame| frame.html), Some("1 true".into()));
        assert_eq!((friend.next_now(), stranger.next_now()), (None, None));
    }
}
