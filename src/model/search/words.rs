//! Cuts a text into what can be looked for: words in lower case without accents, runs of the
//! scripts that put no spaces between words, and pictures such as emoji.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word that is told apart from others, in characters; the rest of it is looked over.
pub const LONGEST_WORD: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters and digits with something beside them that is neither.
    Word,
    /// A run of characters of a script without spaces between words.
    Dense,
    /// One picture.
    Sign,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it is in the text, in bytes.
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    /// As it is compared.
    pub text: String,
    /// It mixes letters and digits, or large letters stand within it: `userId`, `v12`, `HTTPServer`.
    pub is_mixed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Dense,
    Sign,
    /// Within a word it is left out, as in `don't`.
    Apostrophe,
    /// Belongs to what is before it and is not compared.
    Silent,
    Gap,
}

fn class_of(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            _ if c.is_ascii_alphanumeric() => Class::Letter,
            '\'' => Class::Apostrophe,
            _ => Class::Gap,
        };
    }
    match u32::from(c) {
        0x2019 | 0x02BC => Class::Apostrophe,
        0x00AD | 0x200B..=0x200F | 0x2060 | 0xFE00..=0xFE0F | 0x1F3FB..=0x1F3FF => Class::Silent,
        // Private: the index uses them for marks of its own.
        0xE000..=0xF8FF => Class::Gap,
        // Thai, Lao, Tibetan, Burmese, Khmer, the scripts of China, Japan and Korea.
        0x0E00..=0x0FFF
        | 0x1000..=0x109F
        | 0x1100..=0x11FF
        | 0x1780..=0x17FF
        | 0x2E80..=0x2FDF
        | 0x3005..=0x3007
        | 0x3031..=0x9FFF
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7FF
        | 0xF900..=0xFAFF
        | 0xFF66..=0xFF9F
        | 0x20000..=0x3FFFF
            if c.is_alphanumeric() || is_combining_mark(c) =>
        {
            Class::Dense
        }
        _ if c.is_alphanumeric() || is_combining_mark(c) => Class::Letter,
        0x2190..=0x2BFF | 0x1F000..=0x1FAFF => Class::Sign,
        _ => Class::Gap,
    }
}

/// The pieces of a text in their order.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 6 + 1);
    let mut chars = text.char_indices().peekable();
    while let Some(&(start, c)) = chars.peek() {
        let kind = match class_of(c) {
            Class::Letter => Kind::Word,
            Class::Dense => Kind::Dense,
            Class::Sign => Kind::Sign,
            Class::Apostrophe | Class::Silent | Class::Gap => {
                chars.next();
                continue;
            }
        };
        let mut token = Token { start, end: start, kind, text: String::new(), is_mixed: false };
        let mut before = None;
        let mut length = 0;
        while let Some(&(at, c)) = chars.peek() {
            match (kind, class_of(c)) {
                (_, Class::Silent) => {
                    chars.next();
                    continue;
                }
                (Kind::Word, Class::Apostrophe) => {
                    chars.next();
                    let goes_on = chars.peek().is_some_and(|(_, c)| class_of(*c) == Class::Letter);
                    if !goes_on {
                        break;
                    }
                    continue;
                }
                (Kind::Word, Class::Letter)
                | (Kind::Dense, Class::Dense)
                | (Kind::Sign, Class::Sign) => {}
                _ => break,
            }
            chars.next();
            token.end = at + c.len_utf8();
            if kind == Kind::Word {
                token.is_mixed |= before.is_some_and(|before| is_seam(before, c));
                before = Some(c);
                length += 1;
                if length > LONGEST_WORD {
                    continue;
                }
            }
            fold(c, kind, &mut token.text);
            if kind == Kind::Sign {
                break;
            }
        }
        if !token.text.is_empty() {
            tokens.push(token);
        }
    }
    tokens
}

/// Whether a new part of an identifier begins between two characters.
fn is_seam(before: char, after: char) -> bool {
    (before.is_lowercase() && after.is_uppercase()) || (before.is_numeric() != after.is_numeric())
}

/// Adds a character as it is compared: lower case, without accents, in its usual width.
fn fold(c: char, kind: Kind, folded: &mut String) {
    if c.is_ascii() {
        folded.push(c.to_ascii_lowercase());
        return;
    }
    if kind != Kind::Word {
        folded.extend(std::iter::once(c).nfkc().filter(|c| !c.is_whitespace()));
        return;
    }
    for part in std::iter::once(c).nfkd().flat_map(char::to_lowercase) {
        match u32::from(part) {
            // Accents, and the vowel points of Hebrew and Arabic.
            0x0300..=0x036F | 0x0591..=0x05C7 | 0x064B..=0x065F | 0x0670 => {}
            0x03C2 => folded.push('σ'),
            0x00DF => folded.push_str("ss"),
            _ if part.is_alphanumeric() || is_combining_mark(part) => folded.push(part),
            _ => {}
        }
    }
}

/// The parts of an identifier as it was typed, in lower case: `userId` gives `user` and `id`.
pub(super) fn parts(typed: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut before = None;
    for c in typed.chars() {
        if before.is_some_and(|before| is_seam(before, c)) {
            parts.push(std::mem::take(&mut part));
        }
        fold(c, Kind::Word, &mut part);
        before = Some(c);
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Every pair of neighbours in a run; a single character alone.
pub(super) fn pairs(run: &str) -> Vec<String> {
    windows(run, 2)
}

/// Every three neighbours in a word.
pub(super) fn triples(word: &str) -> Vec<String> {
    windows(word, 3)
}

fn windows(text: &str, size: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= size {
        return vec![text.to_owned()];
    }
    chars.windows(size).map(|window| window.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_are_compared_without_case_accents_and_width() {
        assert_eq!(texts("Crème BRÛLÉE, ＡＢＣ!"), ["creme", "brulee", "abc"]);
        assert_eq!(texts("Straße ΟΔΟΣ й"), ["strasse", "οδοσ", "и"]);
        assert_eq!(texts("don't O’Neill 'quoted'"), ["dont", "oneill", "quoted"]);
        assert_eq!(texts("हिन्दी"), ["हिन्दी"]);
    }

    #[test]
    fn scripts_without_spaces_and_pictures_stand_for_themselves() {
        assert_eq!(texts("GPT模型很好。ok"), ["gpt", "模型很好", "ok"]);
        assert_eq!(texts("👍🏽🎉 done"), ["👍", "🎉", "done"]);
        assert_eq!(pairs("模型很"), ["模型", "型很"]);
        assert_eq!(pairs("模"), ["模"]);
    }

    #[test]
    fn identifiers_are_told_from_words() {
        let mixed = |text: &str| tokens(text)[0].is_mixed;
        assert!(mixed("userId") && mixed("v12") && mixed("HTTPServer2"));
        assert!(!mixed("user") && !mixed("2026") && !mixed("User"));
        assert_eq!(parts("getUserById2"), ["get", "user", "by", "id", "2"]);
    }

    #[test]
    fn places_are_those_in_the_text() {
        for text in ["Crème — 模型 x", "don't 👍🏽!", "\u{0301}a", "ﬁne"] {
            for token in tokens(text) {
                assert!(text.get(token.start..token.end).is_some_and(|piece| !piece.is_empty()));
            }
        }
    }

    #[test]
    fn an_endless_word_is_cut() {
        assert_eq!(tokens(&"x".repeat(9_000))[0].text.chars().count(), LONGEST_WORD);
    }
}
