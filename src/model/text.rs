//! Rules that all short texts share: what is trimmed, what is refused, how length is counted.

use unicode_normalization::UnicodeNormalization;

use crate::words::{self, Sentence, sentence};

/// Why a text from a form was refused. The sentence is shown beside the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub Sentence);

/// Cleans a one-line text: NFC, without control, bidi and zero-width characters, white space
/// folded, trimmed. Zero-width joiners between emoji are kept.
pub fn clean_line(text: &str) -> String {
    let kept: String = text.nfc().filter(|c| !is_invisible(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A cleaned line of 1 to `max` characters.
pub fn required_line(what: words::Word, text: &str, max: usize) -> Result<String, Refused> {
    let line = clean_line(text);
    if line.is_empty() {
        return Err(Refused(sentence(|| words::cannot_be_empty(what()))));
    }
    within(what, line, max)
}

/// A cleaned line of at most `max` characters; nothing when it is empty.
pub fn optional_line(what: words::Word, text: &str, max: usize) -> Result<Option<String>, Refused> {
    let line = clean_line(text);
    if line.is_empty() {
        return Ok(None);
    }
    within(what, line, max).map(Some)
}

fn within(what: words::Word, line: String, max: usize) -> Result<String, Refused> {
    if line.chars().count() > max {
        return Err(Refused(sentence(|| words::can_be_at_most(what(), max))));
    }
    Ok(line)
}

/// Characters that only serve to deceive in a name: C0 and C1 controls, bidi controls,
/// zero-width spaces and the byte order mark. (Tabs and line ends count as white space first.)
pub fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2060}'
            | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{0085}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_folded_trimmed_and_rid_of_tricks() {
        assert_eq!(clean_line("  Ada\t \u{202E}Love\u{200B}lace\n"), "Ada Lovelace");
        assert_eq!(clean_line("e\u{301}"), "é");
        assert_eq!(clean_line("👩‍🚀"), "👩‍🚀");
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(required_line(words::name, &"é".repeat(100), 100).is_ok());
        assert_eq!(
            required_line(words::name, &"é".repeat(101), 100)
                .map_err(|refused| refused.to_string()),
            Err("Name can be at most 100 characters long.".to_owned())
        );
        assert!(required_line(words::name, " \u{200B} ", 100).is_err());
    }
}
