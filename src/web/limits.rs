//! How often one person or address may do a thing. Counted in memory; a restart forgets.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::Switch;
use crate::error::{Error, Result};
use crate::model::UserId;
use crate::words::{self, sentence};

/// Keys kept before those that are at rest are dropped.
const KEYS: usize = 100_000;

/// Said to programs, in English.
const BOT_POSTING: words::Word = || "A bot may change at most 5 things a second, 40 at once. Wait as Retry-After says, then go on.";

/// One limit for each thing that can be done too often.
pub struct Limits {
    enforced: bool,
    sign_in_by_address: Limit<IpAddr>,
    sign_in_by_account: Limit<String>,
    join: Limit<IpAddr>,
    unfurl: Limit<IpAddr>,
    posting: Limit<UserId>,
    subscribing: Limit<UserId>,
    bot_posting: Limit<UserId>,
}

impl Limits {
    pub fn new(switch: Switch) -> Self {
        Self {
            enforced: switch == Switch::On,
            sign_in_by_address: Limit::new(10, Duration::from_secs(180), words::sign_in_limit),
            sign_in_by_account: Limit::new(10, Duration::from_secs(180), words::sign_in_limit),
            join: Limit::new(10, Duration::from_secs(60), words::join_limit),
            unfurl: Limit::new(10, Duration::from_secs(60), words::unfurl_limit),
            // 20 a second, bursts of 40.
            posting: Limit::new(40, Duration::from_secs(2), words::posting_limit),
            subscribing: Limit::new(10, Duration::from_secs(60 * 60), words::subscribing_limit),
            // 5 a second, bursts of 40.
            bot_posting: Limit::new(40, Duration::from_secs(8), BOT_POSTING),
        }
    }

    /// An attempt to sign in: counted by address and by the account that is tried.
    ///
    /// # Errors
    /// `TooMany` with the time to wait.
    pub fn sign_in(&self, address: IpAddr, account: &str) -> Result<()> {
        self.check(&self.sign_in_by_address, &address)?;
        self.check(&self.sign_in_by_account, &account.to_owned())
    }

    /// An attempt to join or to make the account.
    pub fn join(&self, address: IpAddr) -> Result<()> {
        self.check(&self.join, &address)
    }

    /// A page that is looked up while somebody writes.
    pub fn unfurl(&self, address: IpAddr) -> Result<()> {
        self.check(&self.unfurl, &address)
    }

    /// A message by a person.
    pub fn post(&self, user_id: UserId) -> Result<()> {
        self.check(&self.posting, &user_id)
    }

    /// A device that wants to be told of messages.
    pub fn subscribe(&self, user_id: UserId) -> Result<()> {
        self.check(&self.subscribing, &user_id)
    }

    /// Anything that a bot posts or changes.
    pub fn bot_post(&self, bot_id: UserId) -> Result<()> {
        self.check(&self.bot_posting, &bot_id)
    }

    fn check<K: Hash + Eq + Clone>(&self, limit: &Limit<K>, key: &K) -> Result<()> {
        if self.enforced { limit.check(key) } else { Ok(()) }
    }
}

struct Limit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    sentence: words::Word,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    /// `times` at once, and as many again over `period`.
    fn new(times: u32, period: Duration, sentence: words::Word) -> Self {
        let burst = NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(period / burst.get())
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        Self { limiter: RateLimiter::keyed(quota), sentence }
    }

    fn check(&self, key: &K) -> Result<()> {
        if self.limiter.len() > KEYS {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|until| Error::TooMany {
            wait: until.wait_time_from(DefaultClock::default().now()),
            limit: sentence(self.sentence),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_attempt_has_to_wait_and_others_do_not() {
        let limits = Limits::new(Switch::On);
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        for n in 0..10 {
            assert!(limits.sign_in(here, &format!("{n}@example.org")).is_ok());
        }
        assert!(
            matches!(limits.sign_in(here, "x@example.org"), Err(Error::TooMany { wait, .. }) if wait.as_secs() <= 18)
        );
        assert!(limits.sign_in(there, "x@example.org").is_ok());
    }

    #[test]
    fn switched_off_nothing_is_counted() {
        let limits = Limits::new(Switch::Off);
        assert!((0..1_000).all(|_| limits.post(UserId(1)).is_ok()));
    }
}
