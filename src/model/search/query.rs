//! What was typed into the search box, understood. Anything can be typed: what means nothing
//! special is a word to look for, and no input is an error.

use super::entry::{SHORTEST_PART, part_of_word};
use super::stems::stem;
use super::words::{Kind, Token, pairs, tokens, triples};

/// What somebody looks for: every term, and every filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub terms: Vec<Term>,
    pub filters: Vec<Filter>,
    /// Values of filters that mean nothing, as typed.
    pub not_understood: Vec<String>,
}

/// One thing that has to be in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Any word of the same stem, or a longer word or identifier with this in it.
    Word(String),
    /// Words that begin like this.
    Prefix(String),
    /// These words in this order, exactly so. A run is a word of it.
    Phrase(Vec<Token>),
    /// A run of a script without spaces, anywhere in the text.
    Run(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A person by a part of the name, or `me`.
    From(String),
    /// A room by a part of the name.
    In(String),
    /// Said before this day began, in UTC.
    Before(Day),
    /// Said on this day or later, in UTC.
    After(Day),
    HasFile,
    HasLink,
}

/// A day as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    Date { year: i16, month: i8, day: i8 },
    Today,
    Yesterday,
}

impl Query {
    /// Reads what was typed. Quotes hold phrases together, `*` ends a prefix, and `from:`, `in:`,
    /// `before:`, `after:`, `has:` are filters.
    pub fn parse(typed: &str) -> Self {
        let mut query = Query::default();
        for piece in pieces(typed) {
            match piece {
                Typed::Quoted(text) => query.add_phrase(&text),
                Typed::Bare(text) => query.add_bare(&text),
                Typed::Filter(key, value) => match filter(key, &value) {
                    Some(filter) => query.filters.push(filter),
                    None => query.not_understood.push(format!("{key}:{value}")),
                },
            }
        }
        query
    }

    /// Nothing to look for came out of what was typed.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.filters.is_empty()
    }

    fn add_phrase(&mut self, text: &str) {
        let words = tokens(text);
        if !words.is_empty() {
            self.terms.push(Term::Phrase(words));
        }
    }

    /// Text without a space in it may still be several words: `snake_case` is a phrase of two.
    fn add_bare(&mut self, text: &str) {
        let mut words = Vec::new();
        let found = tokens(text);
        let last = found.len().saturating_sub(1);
        for (at, token) in found.into_iter().enumerate() {
            if at == last && is_prefix(text, &token) {
                self.add_words(&mut words);
                self.terms.push(Term::Prefix(token.text));
            } else if token.kind == Kind::Dense {
                self.add_words(&mut words);
                self.terms.push(Term::Run(token.text));
            } else {
                words.push(token);
            }
        }
        self.add_words(&mut words);
    }

    fn add_words(&mut self, words: &mut Vec<Token>) {
        match words.as_slice() {
            [] => {}
            [one] if one.kind == Kind::Word => self.terms.push(Term::Word(one.text.clone())),
            _ => self.terms.push(Term::Phrase(words.clone())),
        }
        words.clear();
    }
}

impl Term {
    /// The term in the language of the index. Every token stands in quotes, and tokens hold
    /// letters, digits and pictures only, so nothing typed can be an operator of it.
    pub fn expression(&self) -> String {
        match self {
            Term::Word(word) => match inside(word) {
                Some(inside) => format!("({} OR {inside})", quoted(&stem(word))),
                None => quoted(&stem(word)),
            },
            Term::Prefix(word) => match inside(word) {
                Some(inside) => format!("({{words}} : {} * OR {inside})", quoted(word)),
                None => format!("{{words}} : {} *", quoted(word)),
            },
            Term::Phrase(words) => {
                let mut all = Vec::new();
                for word in words {
                    match word.kind {
                        Kind::Dense => all.extend(pairs(&word.text)),
                        Kind::Word | Kind::Sign => all.push(word.text.clone()),
                    }
                }
                format!("{{words}} : {}", quoted(&all.join(" ")))
            }
            Term::Run(run) => match run.chars().nth(1) {
                None => quoted(run),
                Some(_) => format!("{{words}} : {}", quoted(&pairs(run).join(" "))),
            },
        }
    }
}

/// The letters of a word within longer words.
fn inside(word: &str) -> Option<String> {
    if word.chars().count() < SHORTEST_PART {
        return None;
    }
    let letters: Vec<String> = triples(word).iter().map(|part| part_of_word(part)).collect();
    Some(format!("{{parts}} : {}", quoted(&letters.join(" "))))
}

fn quoted(tokens: &str) -> String {
    format!("\"{tokens}\"")
}

/// Whether a star follows. What begins with one or two letters is a part of all that was ever
/// said and would take seconds to gather, so those are words.
fn is_prefix(text: &str, token: &Token) -> bool {
    token.kind == Kind::Word
        && token.text.chars().count() >= SHORTEST_PART
        && text.get(token.end..).is_some_and(|rest| rest.starts_with('*'))
}

fn filter(key: &str, value: &str) -> Option<Filter> {
    let value = value.trim();
    let name = || (!value.is_empty()).then(|| value.trim_start_matches(['@', '#']).to_owned());
    match key {
        "from" => name().map(Filter::From),
        "in" => name().map(Filter::In),
        "before" => Day::parse(value).map(Filter::Before),
        "after" => Day::parse(value).map(Filter::After),
        _ => match value.to_lowercase().as_str() {
            "file" | "files" => Some(Filter::HasFile),
            "link" | "links" => Some(Filter::HasLink),
            _ => None,
        },
    }
}

impl Day {
    /// `2026-05-31`, or a month or a year, which stand for their first day; `today`, `yesterday`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_lowercase().as_str() {
            "today" => return Some(Day::Today),
            "yesterday" => return Some(Day::Yesterday),
            _ => {}
        }
        let mut numbers = text.split(['-', '/', '.']);
        let year = numbers.next().filter(|year| year.len() == 4)?.parse().ok()?;
        let mut next = || numbers.next().map_or(Some(1), |text| text.parse::<i8>().ok());
        let (month, day) = (next()?, next()?);
        if numbers.next().is_some() {
            return None;
        }
        jiff::civil::Date::new(year, month, day).ok()?;
        Some(Day::Date { year, month, day })
    }
}

enum Typed {
    Bare(String),
    Quoted(String),
    Filter(&'static str, String),
}

const KEYS: [&str; 5] = ["from", "in", "before", "after", "has"];

fn pieces(typed: &str) -> Vec<Typed> {
    let mut pieces = Vec::new();
    let mut rest = typed.trim_start();
    while let Some(first) = rest.chars().next() {
        if is_quote(first) {
            let (text, after) = until_quote(rest.get(first.len_utf8()..).unwrap_or_default());
            pieces.push(Typed::Quoted(text.to_owned()));
            rest = after.trim_start();
            continue;
        }
        let key = KEYS.into_iter().find(|key| starts_filter(rest, key));
        if let Some(key) = key {
            let value = rest.get(key.len() + 1..).unwrap_or_default();
            let (value, after) = match value.chars().next().filter(|c| is_quote(*c)) {
                Some(quote) => until_quote(value.get(quote.len_utf8()..).unwrap_or_default()),
                None => until_space(value),
            };
            pieces.push(Typed::Filter(key, value.to_owned()));
            rest = after.trim_start();
            continue;
        }
        // A quote begins a phrase wherever it stands.
        let (word, _) = until_space(rest);
        let end = word.find(is_quote).unwrap_or(word.len());
        pieces.push(Typed::Bare(rest.get(..end).unwrap_or_default().to_owned()));
        rest = rest.get(end..).unwrap_or_default().trim_start();
    }
    pieces
}

fn starts_filter(text: &str, key: &str) -> bool {
    let is_key = text.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key));
    is_key && text.get(key.len()..).is_some_and(|rest| rest.starts_with(':'))
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

fn until_quote(text: &str) -> (&str, &str) {
    match text.char_indices().find(|(_, c)| is_quote(*c)) {
        Some((at, c)) => (&text[..at], text.get(at + c.len_utf8()..).unwrap_or_default()),
        None => (text, ""),
    }
}

fn until_space(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expressions(typed: &str) -> Vec<String> {
        Query::parse(typed).terms.iter().map(Term::expression).collect()
    }

    #[test]
    fn words_phrases_prefixes_and_runs() {
        assert_eq!(
            expressions("running ab"),
            [
                "(\"run\" OR {parts} : \"run\u{E001} unn\u{E001} nni\u{E001} nin\u{E001} ing\u{E001}\")",
                "\"ab\""
            ]
        );
        assert_eq!(expressions("\"Deploy FAILED"), ["{words} : \"deploy failed\""]);
        assert_eq!(expressions("ab*"), ["\"ab\""]);
        assert!(expressions("abc*")[0].starts_with("({words} : \"abc\" * OR "));
        assert_eq!(expressions("snake_case"), ["{words} : \"snake case\""]);
        assert_eq!(expressions("模型很"), ["{words} : \"模型 型很\""]);
        assert_eq!(expressions("模 模型"), ["\"模\"", "{words} : \"模型\""]);
        assert_eq!(expressions("x“y z”"), ["\"x\"", "{words} : \"y z\""]);
    }

    #[test]
    fn filters_are_told_from_words() {
        let query = Query::parse("from:jason IN:\"All Talk\" before:2026-05 has:file after:today");
        assert_eq!(query.terms, []);
        assert_eq!(
            query.filters,
            [
                Filter::From("jason".into()),
                Filter::In("All Talk".into()),
                Filter::Before(Day::Date { year: 2026, month: 5, day: 1 }),
                Filter::HasFile,
                Filter::After(Day::Today),
            ]
        );
        let odd = Query::parse("before:soon has: https://example.com in:");
        assert_eq!(odd.not_understood, ["before:soon", "has:", "in:"]);
        assert_eq!(odd.terms.len(), 1);
    }

    #[test]
    fn what_looks_like_an_operator_is_text() {
        for typed in ["NEAR(", "a AND OR NOT", "^", "col:x", "*", "\"", "(((", "{words} : x", "-x"]
        {
            for expression in expressions(typed) {
                assert_eq!(expression.matches('"').count() % 2, 0, "{typed}: {expression}");
            }
        }
        assert_eq!(expressions("NOT"), ["(\"not\" OR {parts} : \"not\u{E001}\")"]);
        assert!(Query::parse("!!! … ---").is_empty());
    }
}
