//! Words within a line: which characters stay, and where the links and mentions in them are.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::autolink::{self, Found};
use super::links::Href;
use super::mentions::People;
use crate::model::UserId;

/// A part of a run of words.
pub enum Piece<'a> {
    Text(&'a str),
    Link(&'a str, Href),
    Mention(UserId, &'a str),
}

/// Characters that may be in a body. Control characters may not, nor those that turn the reading
/// direction by force; `strict` (links and code, where order is meaning) drops all that touch it.
pub fn is_kept(c: char, strict: bool) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{202D}'
        | '\u{202E}'
        | '\u{FEFF}'
        | '\u{FDD0}'..='\u{FDEF}'
        | '\u{FFF9}'..='\u{FFFB}' => false,
        '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{202A}'..='\u{202C}' | '\u{2066}'..='\u{2069}' => {
            !strict
        }
        c => !c.is_control() && (c as u32) & 0xFFFE != 0xFFFE,
    }
}

/// White space that HTML folds into one space.
pub fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{C}')
}

/// Leaves a trace on the page.
pub fn is_seen(c: char) -> bool {
    !c.is_whitespace()
        && !crate::model::text::is_invisible(c)
        && !matches!(c, '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180E}'
            | '\u{200D}' | '\u{2061}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The words with single spaces between them, as a browser shows them, in composed letters as
/// names are.
pub fn collapse(run: &str) -> String {
    let mut words = String::with_capacity(run.len());
    for word in run.split(is_blank).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    if is_nfc(&words) { words } else { words.nfc().collect() }
}

/// Cuts a run into its links, mentions and the rest. Without `people` it is all text.
pub fn pieces<'a>(text: &'a str, people: Option<&'a People>) -> Vec<Piece<'a>> {
    let Some(people) = people else { return vec![Piece::Text(text)] };
    let mut pieces = Vec::new();
    let (mut from, mut i) = (0, 0);
    while let Some(next) = text[i..].find(['h', 'H', 'w', 'W', '@']) {
        i += next;
        match autolink::at(text, i, from) {
            Some(Found::Link(range, href)) => {
                pieces.push(Piece::Text(&text[from..range.start]));
                pieces.push(Piece::Link(&text[range.clone()], href));
                (from, i) = (range.end, range.end);
                continue;
            }
            Some(Found::Nothing(range)) => {
                i = range.end;
                continue;
            }
            None => {}
        }
        match people.mentioned_at(text, i, from) {
            Some((id, end)) if text[i..].starts_with('@') => {
                pieces.push(Piece::Text(&text[from..i]));
                pieces.push(Piece::Mention(id, people.name_of(id).unwrap_or_default()));
                (from, i) = (end, end);
            }
            _ => i += 1,
        }
    }
    pieces.push(Piece::Text(&text[from..]));
    pieces.retain(|piece| !matches!(piece, Piece::Text("")));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_characters_are_kept() {
        let kept = |text: &str, strict| -> String {
            text.chars().filter(|c| is_kept(*c, strict)).collect()
        };
        assert_eq!(kept("a\u{202E}b\u{0}c\u{85}d\u{FDD0}\u{1F4A9}", false), "abcd\u{1F4A9}");
        assert_eq!(kept("\u{2067}שלום\u{2069}", false), "\u{2067}שלום\u{2069}");
        assert_eq!(kept("\u{2067}שלום\u{2069}", true), "שלום");
        assert!(!"\u{200B}\u{A0}\u{FE0F}\u{2060}".chars().any(is_seen));
    }

    #[test]
    fn a_run_is_cut_where_something_can_be_followed() {
        let people = People::new([(UserId(7), "Ada")]);
        let text = "hi @Ada, www.x.org or a@x.org";
        let cut: Vec<String> = pieces(text, Some(&people))
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => (*text).to_owned(),
                Piece::Link(text, href) => format!("[{text}|{}]", href.value),
                Piece::Mention(id, _) => format!("[@{id}]"),
            })
            .collect();
        assert_eq!(
            cut.concat(),
            "hi [@7], [www.x.org|http://www.x.org] or [a@x.org|mailto:a@x.org]"
        );
    }
}
