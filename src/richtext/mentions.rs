//! `@Name`: who is meant, how it is written into a body, and how it follows a change of name.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::autolink::is_word;
use super::tokens::escape_text_into;
use crate::model::{Author, UserId};

/// The people who can be mentioned in a body, found by what is typed after an `@`.
///
/// Whole names only, in any case; the longest one that fits is meant. Of two people with the same
/// name the one given first.
#[derive(Clone, Debug, Default)]
pub struct People {
    names: HashMap<UserId, String>,
    /// A trie: from a node by a folded character to the next node.
    steps: HashMap<(u32, char), u32>,
    /// Who is meant when a name ends at a node.
    ends: HashMap<u32, UserId>,
    nodes: u32,
}

impl People {
    /// Nobody: no `@` is a mention.
    pub fn none() -> Self {
        Self::default()
    }

    /// Takes the candidates in order of preference.
    pub fn new<N: Into<String>>(candidates: impl IntoIterator<Item = (UserId, N)>) -> Self {
        let mut people = Self::default();
        for (id, name) in candidates {
            let name: String = name.into();
            let mut node = 0;
            for c in name.nfc().flat_map(fold) {
                let next = people.nodes + 1;
                node = *people.steps.entry((node, c)).or_insert(next);
                people.nodes = people.nodes.max(node);
            }
            if node != 0 {
                people.ends.entry(node).or_insert(id);
                people.names.entry(id).or_insert(name);
            }
        }
        people
    }

    /// The name of a candidate.
    pub fn name_of(&self, id: UserId) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether the `@` at byte `at` begins a mention: who, and where it ends. Nothing before
    /// byte `from` counts. Reads on for at most one longest name.
    pub fn mentioned_at(&self, text: &str, at: usize, from: usize) -> Option<(UserId, usize)> {
        let before = text[from..at].chars().next_back();
        if before.is_some_and(|c| is_word(c) || "@./-".contains(c)) {
            return None;
        }
        let (mut node, mut best) = (0, None);
        let start = at + 1;
        for (offset, c) in text[start..].char_indices() {
            for folded in fold(c) {
                node = match self.steps.get(&(node, folded)) {
                    Some(next) => *next,
                    None => return best,
                };
            }
            let end = start + offset + c.len_utf8();
            if let Some(id) = self.ends.get(&node)
                && text[end..].chars().next().is_none_or(|next| !(is_word(c) && is_word(next)))
            {
                best = Some((*id, end));
            }
        }
        best
    }
}

/// The same letter for every way of writing it.
fn fold(c: char) -> impl Iterator<Item = char> {
    let c = if c.is_whitespace() { ' ' } else { c };
    c.to_lowercase()
}

/// Everyone whose name stands after an `@` in a plain text, each once, in order.
pub fn names_in(text: &str, people: &People) -> Vec<UserId> {
    let mut mentioned = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices('@') {
        if at < from {
            continue;
        }
        if let Some((id, end)) = people.mentioned_at(text, at, from) {
            from = end;
            if !mentioned.contains(&id) {
                mentioned.push(id);
            }
        }
    }
    mentioned
}

/// Those whose names fit what was typed, the likeliest first: a name that begins with it, then one
/// with a word that does, then one that holds it anywhere. Marks above and below letters do not
/// count. Among equals the given order stays.
pub fn best_matches<'a>(people: &'a [Author], typed: &str, limit: usize) -> Vec<&'a Author> {
    let typed = bare(typed.trim());
    let mut found: Vec<(u8, &Author)> = people
        .iter()
        .filter_map(|person| Some((rank(&bare(&person.name), &typed)?, person)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(limit).map(|(_, person)| person).collect()
}

fn rank(name: &str, typed: &str) -> Option<u8> {
    if name.starts_with(typed) {
        return Some(0);
    }
    let mut places = name.match_indices(typed).map(|(at, _)| at).peekable();
    places.peek()?;
    let at_word = |at: usize| !name[..at].chars().next_back().is_some_and(is_word);
    Some(if places.any(at_word) { 1 } else { 2 })
}

fn bare(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(fold).collect()
}

const BEFORE_ID: &str = "<a class=\"mention\" href=\"/users/";
const AFTER_ID: &str = "\">@";
const AFTER_NAME: &str = "</a>";

/// Appends a mention as every body holds it.
pub(super) fn write(out: &mut String, id: UserId, name: &str) {
    out.push_str(BEFORE_ID);
    out.push_str(&id.to_string());
    out.push_str(AFTER_ID);
    escape_text_into(out, name);
    out.push_str(AFTER_NAME);
}

/// Whose page a link leads to, if it is somebody's.
pub(super) fn user_of_href(href: &str) -> Option<UserId> {
    href.strip_prefix("/users/")?.parse().ok()
}

/// A stored body with the names that its mentions have today. Where `name_of` knows nobody, the
/// name that was written stays.
pub fn refresh_mentions(html: &str, mut name_of: impl FnMut(UserId) -> Option<String>) -> String {
    let mut fresh = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(BEFORE_ID) {
        let (before, mention) = rest.split_at(at);
        fresh.push_str(before);
        let end = mention.find(AFTER_NAME).map_or(mention.len(), |end| end + AFTER_NAME.len());
        let (mention, after) = mention.split_at(end);
        let id =
            mention[BEFORE_ID.len()..].split_once(AFTER_ID).and_then(|(id, _)| id.parse().ok());
        match id.and_then(|id| Some((id, name_of(id)?))) {
            Some((id, name)) => write(&mut fresh, id, &name),
            None => fresh.push_str(mention),
        }
        rest = after;
    }
    fresh.push_str(rest);
    fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast() -> People {
        People::new([
            (UserId(7), "Ada Lovelace"),
            (UserId(8), "Ada"),
            (UserId(9), "Łukasz O’Neil"),
            (UserId(10), "田中"),
            (UserId(11), "R2-D2"),
            (UserId(12), "ada"),
        ])
    }

    #[test]
    fn the_longest_whole_name_is_meant() {
        for (text, expected) in [
            ("@Ada Lovelace, hi", vec![7]),
            ("hi @ada", vec![8]),
            ("@ADA LOVELACE and @Ada Byron", vec![7, 8]),
            ("(@łukasz o’neil)", vec![9]),
            ("@田中さん", vec![10]),
            ("見て@田中", vec![10]),
            ("@R2-D2's", vec![11]),
            ("@Ada@Ada", vec![8]),
            ("@Ada @Ada", vec![8]),
            ("@adam @Ada_ x@Ada ada@example.org @@Ada @nobody @", vec![]),
        ] {
            let found: Vec<i64> = names_in(text, &cast()).iter().map(|id| id.0).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn the_likeliest_name_comes_first() {
        let people: Vec<Author> = ["Al Ada", "Ada", "Zoë Adams", "Cascada", "Bob"]
            .into_iter()
            .enumerate()
            .map(|(n, name)| Author {
                id: UserId(n as i64 + 1),
                name: name.into(),
                role: crate::model::Role::Member,
                avatar_changed_at: None,
            })
            .collect();
        let ids =
            |typed| best_matches(&people, typed, 4).iter().map(|p| p.id.0).collect::<Vec<_>>();
        assert_eq!(ids("ADA"), [2, 1, 3, 4]);
        assert_eq!(ids("zoe"), [3]);
        assert_eq!(ids(""), [1, 2, 3, 4]);
        assert_eq!(ids("x"), [0; 0]);
    }

    #[test]
    fn a_stored_mention_follows_the_name() {
        let mut html = "<p>".to_owned();
        write(&mut html, UserId(7), "Ada & Co");
        html.push_str(" and ");
        write(&mut html, UserId(8), "Bob");
        assert_eq!(
            refresh_mentions(&html, |id| (id.0 == 7).then(|| "Ada <King>".to_owned())),
            "<p><a class=\"mention\" href=\"/users/7\">@Ada &lt;King&gt;</a> and \
             <a class=\"mention\" href=\"/users/8\">@Bob</a>"
        );
        assert_eq!(refresh_mentions("no mention", |_| None), "no mention");
    }
}
