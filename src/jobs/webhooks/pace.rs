//! How often one bot's program is told of something: so often a minute, and of the rest later.

use std::collections::VecDeque;

use crate::model::Timestamp;
use crate::model::delivery::MOST_A_MINUTE;
use crate::model::timestamp::MINUTE_MS;

/// When a bot's program was told something during the last minute, the earliest first.
pub struct Pace(VecDeque<Timestamp>);

impl Pace {
    pub fn new(starts: Vec<Timestamp>) -> Self {
        Self(starts.into())
    }

    /// Begins to tell it one thing more and gives 0; or begins nothing, and gives the
    /// milliseconds until it may be told again.
    pub fn begin(&mut self, now: Timestamp) -> i64 {
        // A clock that was put back must not silence anybody.
        self.0.retain(|start| (0..MINUTE_MS).contains(&now.ms_since(*start)));
        match self.0.front() {
            Some(first) if self.0.len() >= MOST_A_MINUTE => {
                first.plus_ms(MINUTE_MS).ms_since(now).max(1)
            }
            _ => {
                self.0.push_back(now);
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_a_minute_begin_and_no_more() {
        let mut pace = Pace::new(vec![Timestamp(-59_000), Timestamp(0)]);
        let begun = (0..100).filter(|_| pace.begin(Timestamp(0)) == 0).count();
        assert_eq!(begun, MOST_A_MINUTE - 2);
        assert_eq!(pace.begin(Timestamp(0)), 1_000, "until the earliest is a minute ago");
        assert_eq!(pace.begin(Timestamp(1_000)), 0);
        assert_eq!(pace.begin(Timestamp(1_000)), 59_000);
        let mut pace = Pace::new(Vec::new());
        let begun = (0..200_000).step_by(10).filter(|ms| pace.begin(Timestamp(*ms)) == 0);
        assert_eq!(begun.count(), 4 * MOST_A_MINUTE);
    }

    #[test]
    fn a_clock_that_is_put_back_silences_nobody() {
        let mut pace = Pace::new(vec![Timestamp(3_600_000); MOST_A_MINUTE]);
        assert_ne!(pace.begin(Timestamp(3_600_000)), 0);
        assert_eq!(pace.begin(Timestamp(0)), 0);
    }
}
