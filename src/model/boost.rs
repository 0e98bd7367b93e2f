//! A short reaction on a message.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::text::{Refused, clean_line};
use super::{BoostId, Timestamp, UserId};
use crate::words::{self, sentence};

/// Longest boost, in characters as people count them (grapheme clusters).
pub const MAX_BOOST: usize = 16;
/// Longest boost, in code points: one character as people count them can hold many.
pub const MAX_BOOST_CODE_POINTS: usize = 128;
/// Different boosts that one person can give one message.
pub const MAX_BOOSTS_EACH: usize = 50;

/// The boosts that take one click, and what they are called.
pub const QUICK_BOOSTS: [(&str, words::Word); 8] = [
    ("👍", words::thumbs_up),
    ("👏", words::clapping),
    ("👋", words::waving_hand),
    ("💪", words::muscle),
    ("❤️", words::red_heart),
    ("😂", words::tears_of_joy),
    ("🎉", words::party_popper),
    ("🔥", words::fire),
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boost {
    pub id: BoostId,
    pub content: String,
    pub booster_id: UserId,
    pub booster_name: String,
    pub created_at: Timestamp,
}

/// The text of a boost: one cleaned line of 1 to 16 characters that can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoostContent(String);

impl BoostContent {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        // Far more than can be accepted is not worth cleaning.
        let long = text.len() > 16 * MAX_BOOST_CODE_POINTS;
        let line = if long { text.to_owned() } else { clean_line(text) };
        if long
            || line.graphemes(true).count() > MAX_BOOST
            || line.chars().count() > MAX_BOOST_CODE_POINTS
        {
            return Err(Refused(sentence(|| words::boost_too_long(MAX_BOOST))));
        }
        if line.chars().all(leaves_no_trace) {
            return Err(Refused(sentence(words::boost_is_empty)));
        }
        Ok(Self(line))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Joiners, selectors and fillers that show nothing by themselves.
fn leaves_no_trace(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180F}'
            | '\u{200D}' | '\u{2061}'..='\u{2064}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boosts_are_counted_as_people_count() {
        for fine in ["👍", "  yes please ", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "1234567890123456", "e\u{301}"]
        {
            assert!(BoostContent::parse(fine).is_ok(), "{fine:?}");
        }
        let family = "👩‍👩‍👧‍👦".repeat(16);
        assert!(BoostContent::parse(&family).is_ok());
        let zalgo = format!("a{}", "\u{301}".repeat(300));
        let bad =
            ["", " ", "\u{200B}", "\u{200D}\u{FE0F}", "\u{3164}", "12345678901234567", &zalgo];
        for bad in bad {
            assert!(BoostContent::parse(bad).is_err(), "{bad:?}");
        }
        assert!(BoostContent::parse(&"👍".repeat(17)).is_err());
        assert!(BoostContent::parse(&"x".repeat(1_000_000)).is_err());
        assert_eq!(BoostContent::parse(" so\n\tgood ").unwrap().as_str(), "so good");
        for (quick, _) in QUICK_BOOSTS {
            assert_eq!(BoostContent::parse(quick).unwrap().as_str(), quick);
        }
    }
}
