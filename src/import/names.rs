//! Names as they fit here.

use crate::model::text::clean_line;

/// What stands where a person is missing.
pub const SOMEONE: &str = "Someone who left";

/// Text on one line of at most `max` characters; none when nothing is left.
pub fn line(text: &str, max: usize) -> Option<String> {
    let text: String = clean_line(text).chars().take(max).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
