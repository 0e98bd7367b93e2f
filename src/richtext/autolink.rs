//! Finds web and email addresses in running text. One pass, linear.

use std::ops::Range;

use super::links::{self, Href};

/// What is found at a place in a text.
pub enum Found {
    /// An address, and what it links to.
    Link(Range<usize>, Href),
    /// Something that began like an address and is none; not to be looked at again.
    Nothing(Range<usize>),
}

/// Characters of an email address before the `@`, at most.
const MAX_LOCAL_PART: usize = 64;
/// Characters of a host name, at most.
const MAX_DOMAIN: usize = 253;

/// A letter, digit or mark of a script that separates words by spaces. Next to one of these an
/// address or a mention does not begin or end.
pub fn is_word(c: char) -> bool {
    (c.is_alphanumeric() && !is_unspaced(c)) || c == '_' || ('\u{300}'..='\u{36F}').contains(&c)
}

/// Scripts written without spaces between words, where a name is followed directly by text.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{3FFFF}')
}

/// Looks for an address that begins at `at` (or, for email, whose `@` is there). Nothing before
/// `from` belongs to it.
pub fn at(text: &str, at: usize, from: usize) -> Option<Found> {
    let rest = &text[at..];
    match rest.as_bytes().first()? {
        b'h' | b'H' => {
            url(text, at, from, ["https://", "http://"].iter().find_map(|p| starts(rest, p))?)
        }
        b'w' | b'W' => url(text, at, from, starts(rest, "www.")?),
        b'@' => email(text, at, from),
        _ => None,
    }
}

fn starts(text: &str, prefix: &str) -> Option<usize> {
    text.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).map(str::len)
}

fn url(text: &str, at: usize, from: usize, prefix: usize) -> Option<Found> {
    let before = text[from..at].chars().next_back();
    let rest = &text[at + prefix..];
    let hostlike = rest.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '[');
    if before.is_some_and(|c| is_word(c) || "/.-@:=&#%?\\".contains(c)) || !hostlike {
        return None;
    }
    let end = at + prefix + rest.find(ends_url).unwrap_or(rest.len());
    let range = at..at + trimmed(&text[at..end]);
    let authority = text[range.clone()].split(['/', '?', '#']).nth(if prefix == 4 { 0 } else { 2 });
    let plausible = authority.is_some_and(|a| {
        !a.contains('@') && (prefix > 4 || a.get(4..).is_some_and(|name| name.contains('.')))
    });
    Some(match links::accept(&text[range.clone()]).filter(|_| plausible) {
        Some(href) => Found::Link(range, href),
        None => Found::Nothing(at..end),
    })
}

/// White space, quotes, brackets of markup, and the punctuation of scripts that write on directly.
fn ends_url(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '“' | '”' | '„' | '«' | '»' | '‹' | '›' | '¡' | '¿')
        || matches!(c, '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{301F}' | '\u{FE10}'..='\u{FE6F}')
        || matches!(c, '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}')
}

/// Length without the punctuation that belongs to the sentence: `.,:;!?'*_~…’`, an entity-like
/// rest, and closing brackets that were not opened inside.
fn trimmed(url: &str) -> usize {
    let mut open = [0i32; 3];
    for c in url.chars() {
        count_bracket(&mut open, c, 1);
    }
    let mut end = url.len();
    while let Some(last) = url[..end].chars().next_back() {
        let unmatched = match last {
            ')' => open[0] < 0,
            ']' => open[1] < 0,
            '}' => open[2] < 0,
            '(' | '[' | '{' => true,
            _ => matches!(
                last,
                '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '_' | '~' | '|' | '…' | '’' | '‘'
            ),
        };
        if !unmatched {
            break;
        }
        count_bracket(&mut open, last, -1);
        end -= last.len_utf8();
    }
    end
}

fn count_bracket(open: &mut [i32; 3], c: char, step: i32) {
    match c {
        '(' => open[0] += step,
        ')' => open[0] -= step,
        '[' => open[1] += step,
        ']' => open[1] -= step,
        '{' => open[2] += step,
        '}' => open[2] -= step,
        _ => {}
    }
}

fn email(text: &str, at: usize, from: usize) -> Option<Found> {
    let local_byte = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    let before = &text.as_bytes()[from..at];
    let length = before.iter().rev().take(MAX_LOCAL_PART + 1).take_while(|b| local_byte(b)).count();
    let local = text[at - length..at].trim_start_matches(['.', '-', '%', '+']);
    let start = at - local.len();
    let outside = text[from..start].chars().next_back();
    if local.is_empty()
        || length > MAX_LOCAL_PART
        || outside.is_some_and(|c| is_word(c) || "/:=@".contains(c))
    {
        return None;
    }
    let after = &text.as_bytes()[at + 1..];
    let length = after
        .iter()
        .take(MAX_DOMAIN + 1)
        .take_while(|b| b.is_ascii_alphanumeric() || b"-.".contains(b))
        .count();
    let domain = text[at + 1..at + 1 + length].trim_end_matches(['.', '-']);
    let (names, last) = domain.rsplit_once('.')?;
    let named = names.split('.').all(|n| !n.is_empty() && !n.starts_with('-') && !n.ends_with('-'));
    let range = start..at + 1 + domain.len();
    let next = text[range.end..].chars().next();
    if !named
        || last.len() < 2
        || !last.bytes().all(|b| b.is_ascii_alphabetic())
        || next.is_some_and(|c| is_word(c) || c == '@')
    {
        return None;
    }
    let href = links::accept(&format!("mailto:{}", &text[range.clone()]))?;
    Some(Found::Link(range, href))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let (mut links, mut i, mut from) = (Vec::new(), 0, 0);
        while i < text.len() {
            match text.is_char_boundary(i).then(|| at(text, i, from)).flatten() {
                Some(Found::Link(range, _)) => {
                    links.push(text[range.clone()].to_owned());
                    i = range.end;
                    from = range.end;
                }
                Some(Found::Nothing(range)) => i = range.end,
                None => i += 1,
            }
        }
        links
    }

    #[test]
    fn punctuation_of_the_sentence_stays_outside() {
        for (text, expected) in [
            ("see https://example.com.", "https://example.com"),
            ("(https://example.com/a_(b))", "https://example.com/a_(b)"),
            ("https://example.com/?q=1, then", "https://example.com/?q=1"),
            ("“https://example.com”", "https://example.com"),
            ("HTTPS://EXAMPLE.COM!", "HTTPS://EXAMPLE.COM"),
            ("www.example.com/x;", "www.example.com/x"),
            ("http://localhost:3000/rooms/1", "http://localhost:3000/rooms/1"),
            ("https://example.com/#a-b.", "https://example.com/#a-b"),
            ("参照https://example.com/a。次", "https://example.com/a"),
            ("mail ada.l+x@example.co.uk.", "ada.l+x@example.co.uk"),
            ("<ada@example.com>", "ada@example.com"),
        ] {
            assert_eq!(found(text), [expected], "{text:?}");
        }
    }

    #[test]
    fn what_only_looks_like_an_address_is_left_alone() {
        for text in [
            "http://",
            "https:// x",
            "www.",
            "www.x",
            "xhttp://x.org",
            "ftp://www.x.org",
            "a@b",
            "@ada",
            "a@b.c1",
            "a@@b.org",
            "é@b.org@",
            "https://bank.com@evil.example",
            "http://.",
            "1@2.3",
            "a@-b-.org",
        ] {
            assert_eq!(found(text), [""; 0], "{text:?}");
        }
    }
}
