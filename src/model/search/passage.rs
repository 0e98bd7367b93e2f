//! One line of a text around what was looked for, with that marked; and how well a text answers.

use super::entry::has_parts;
use super::query::Term;
use super::stems::stem;
use super::words::{Kind, Token, tokens};

/// Longest passage, in characters.
const LENGTH: usize = 220;
/// Of it before the first find, at most.
const BEFORE: usize = 60;

/// A line of text in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    pub pieces: Vec<Piece>,
}

/// A piece of text; `found` is drawn as a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub found: bool,
}

/// Where the terms are in a text, in bytes: in order and apart.
pub fn finds(text: &str, terms: &[Term]) -> Vec<(usize, usize)> {
    let tokens = tokens(text);
    let mut found: Vec<(usize, usize)> = Vec::new();
    for term in terms {
        places(term, &tokens, |start, end| found.push((start, end)));
    }
    found.sort_unstable();
    let mut apart: Vec<(usize, usize)> = Vec::with_capacity(found.len());
    for (start, end) in found {
        match apart.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => apart.push((start, end)),
        }
    }
    apart
}

/// How well a text answers: more of what was looked for, in fewer words, and closer together.
pub fn score(text: &str, terms: &[Term]) -> u32 {
    let tokens = tokens(text);
    let mut score = 0_u32;
    let mut exact = 0;
    for term in terms {
        let mut times = 0_u32;
        places(term, &tokens, |_, _| times += 1);
        // The second time says less than the first.
        score += (times * 1_000).checked_div(times + 1).unwrap_or(0);
        exact += u32::from(is_exact(term, &tokens));
    }
    let words = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    score + exact * 200 + 2_000_u32.checked_div(words.saturating_add(4)).unwrap_or(0)
}

fn is_exact(term: &Term, tokens: &[Token]) -> bool {
    match term {
        Term::Word(word) => tokens.iter().any(|token| token.text == *word),
        Term::Prefix(_) => false,
        Term::Phrase(_) | Term::Run(_) => true,
    }
}

fn places(term: &Term, tokens: &[Token], mut found: impl FnMut(usize, usize)) {
    match term {
        Term::Word(word) => {
            let wanted = stem(word);
            for token in tokens.iter().filter(|token| token.kind == Kind::Word) {
                if stem(&token.text) == wanted {
                    found(token.start, token.end);
                } else {
                    within(token, word, &mut found);
                }
            }
        }
        Term::Prefix(word) => {
            for token in tokens.iter().filter(|token| token.kind == Kind::Word) {
                if token.text.starts_with(word.as_str()) {
                    found(token.start, token.end);
                } else {
                    within(token, word, &mut found);
                }
            }
        }
        Term::Phrase(words) => {
            let is_same = |(token, word): (&Token, &Token)| match word.kind {
                Kind::Dense => token.kind == Kind::Dense && token.text.contains(&word.text),
                Kind::Word | Kind::Sign => token.text == word.text,
            };
            for window in tokens.windows(words.len().max(1)) {
                if let ([first, ..], [.., last]) = (window, window)
                    && window.iter().zip(words).all(is_same)
                {
                    found(first.start, last.end);
                }
            }
        }
        Term::Run(run) => {
            for token in tokens.iter().filter(|token| token.kind == Kind::Dense) {
                every_part(token, run, &mut found);
            }
        }
    }
}

fn within(token: &Token, word: &str, found: &mut impl FnMut(usize, usize)) {
    if has_parts(token) {
        every_part(token, word, found);
    }
}

/// Letters within a word. Where letters and bytes of the text do not go together, the whole word.
fn every_part(token: &Token, part: &str, found: &mut impl FnMut(usize, usize)) {
    let is_literal = token.end - token.start == token.text.len();
    for (at, _) in token.text.match_indices(part) {
        match is_literal {
            true => found(token.start + at, token.start + at + part.len()),
            false => found(token.start, token.end),
        }
    }
}

impl Passage {
    /// The text around its first find; its beginning if there is none.
    pub fn of(text: &str, terms: &[Term]) -> Self {
        let finds = finds(text, terms);
        let first = finds.first().map_or(0, |(start, _)| *start);
        let start = beginning(text, first);
        let end = text
            .get(start..)
            .and_then(|rest| rest.char_indices().nth(LENGTH))
            .map_or(text.len(), |(length, _)| start + length);
        let mut passage = Passage::default();
        if start > 0 {
            passage.add("…", false);
        }
        let mut at = start;
        for (from, to) in finds.into_iter().filter(|(from, to)| *from >= start && *to <= end) {
            passage.add(text.get(at..from).unwrap_or_default(), false);
            passage.add(text.get(from..to).unwrap_or_default(), true);
            at = to;
        }
        passage.add(text.get(at..end).unwrap_or_default(), false);
        if end < text.len() {
            passage.add("…", false);
        }
        passage
    }

    /// Whether anything is marked.
    pub fn has_finds(&self) -> bool {
        self.pieces.iter().any(|piece| piece.found)
    }

    fn add(&mut self, text: &str, found: bool) {
        if text.is_empty() {
            return;
        }
        let mut line = String::with_capacity(text.len());
        for c in text.chars() {
            match c.is_whitespace() {
                true if line.ends_with(' ') => {}
                true => line.push(' '),
                false => line.push(c),
            }
        }
        self.pieces.push(Piece { text: line, found });
    }
}

/// A few words before the first find.
fn beginning(text: &str, first: usize) -> usize {
    let before = text.get(..first).unwrap_or_default();
    let Some((from, _)) = before.char_indices().rev().nth(BEFORE) else { return 0 };
    // At the beginning of a word, where there is one.
    match before.get(from..).and_then(|rest| rest.find(char::is_whitespace)) {
        Some(space) => from + space,
        None => from,
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::Query;
    use super::*;

    fn drawn(text: &str, typed: &str) -> String {
        let passage = Passage::of(text, &Query::parse(typed).terms);
        let piece = |piece: &Piece| match piece.found {
            true => format!("[{}]", piece.text),
            false => piece.text.clone(),
        };
        passage.pieces.iter().map(piece).collect()
    }

    #[test]
    fn what_was_looked_for_is_marked() {
        assert_eq!(drawn("We DEPLOYED it,\n twice", "deploys it"), "We [DEPLOYED] [it], twice");
        assert_eq!(drawn("the userIdMap here", "idma"), "the user[IdMa]p here");
        assert_eq!(drawn("这个模型很好", "模型"), "这个[模型]很好");
        assert_eq!(drawn("a b c a b", "\"a b\""), "[a b] c [a b]");
        assert_eq!(drawn("crème brûlée", "brul*"), "crème [brûlée]");
        assert_eq!(drawn("<b>bold</b>", "bold"), "<b>[bold]</b>");
        assert_eq!(drawn("nothing", "else"), "nothing");
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_find() {
        let text = format!("{}needle {}", "hay ".repeat(200), "straw ".repeat(200));
        let line = drawn(&text, "needle");
        assert!(line.starts_with("… hay") && line.ends_with('…') && line.contains("[needle]"));
        assert!(line.chars().count() < LENGTH + 10);
    }

    #[test]
    fn better_answers_score_higher() {
        let terms = Query::parse("deploy server").terms;
        let of = |text| score(text, &terms);
        assert!(of("deploy server") > of("deployed some servers"));
        assert!(of("deploy the server") > of(&format!("deploy the server {}", "x ".repeat(60))));
    }
}
