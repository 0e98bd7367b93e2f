//! When a socket is asked for a sign of life, and when its peer counts as gone.

use std::time::{Duration, Instant};

/// How often a peer is asked for a sign.
const PING_EVERY: Duration = Duration::from_secs(25);
/// Without a sign for this long the peer is gone.
const GONE_AFTER: Duration = Duration::from_secs(60);

/// The pulse of one socket. It asks no clock: it is told the time.
#[derive(Debug)]
pub struct Heartbeat {
    last_sign: Instant,
    next_ping: Instant,
}

/// What is to be done when a beat is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Nothing yet: ask later.
    Wait,
    /// Ask for a sign.
    Ping,
    /// The peer has been silent for too long.
    Gone,
}

impl Heartbeat {
    pub fn starting(now: Instant) -> Self {
        Self { last_sign: now, next_ping: now + PING_EVERY }
    }

    /// The peer has said something, a pong at least.
    pub fn sign(&mut self, now: Instant) {
        self.last_sign = now;
    }

    /// When the next beat is due.
    pub fn due(&self) -> Instant {
        self.next_ping.min(self.gone_at())
    }

    /// When the peer counts as gone if it says nothing until then.
    pub fn gone_at(&self) -> Instant {
        self.last_sign + GONE_AFTER
    }

    /// What is due now.
    pub fn beat(&mut self, now: Instant) -> Beat {
        if now >= self.gone_at() {
            return Beat::Gone;
        }
        if now < self.next_ping {
            return Beat::Wait;
        }
        self.next_ping = now + PING_EVERY;
        Beat::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which each beat falls due, until the peer is gone or two minutes have passed.
    fn beats(answers: impl Fn(u64) -> bool) -> Vec<(u64, Beat)> {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::starting(start);
        let mut seen = Vec::new();
        while heartbeat.due() <= start + Duration::from_secs(120) {
            let now = heartbeat.due();
            let at = (now - start).as_secs();
            let beat = heartbeat.beat(now);
            seen.push((at, beat));
            if beat == Beat::Gone {
                break;
            }
            if answers(at) {
                heartbeat.sign(now);
            }
        }
        seen
    }

    #[test]
    fn who_never_answers_is_gone_after_a_minute() {
        assert_eq!(beats(|_| false), [(25, Beat::Ping), (50, Beat::Ping), (60, Beat::Gone)]);
    }

    #[test]
    fn who_answers_stays() {
        let all = [25, 50, 75, 100].map(|at| (at, Beat::Ping));
        assert_eq!(beats(|_| true), all);
    }

    #[test]
    fn who_stops_answering_is_gone_a_minute_after_the_last_sign() {
        let expected = [(25, Beat::Ping), (50, Beat::Ping), (75, Beat::Ping), (85, Beat::Gone)];
        assert_eq!(beats(|at| at == 25), expected);
    }
}
