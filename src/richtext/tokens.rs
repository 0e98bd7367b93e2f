//! Reads serialised HTML as a flat list of tags and texts.
//!
//! Only for HTML that a serialiser wrote (ours or the sanitiser's): every tag is closed, every
//! value quoted. Anything else is read as text, so a mistake here shows markup, never runs it.

use std::borrow::Cow;

/// One piece of serialised HTML.
#[derive(Debug, PartialEq, Eq)]
pub enum Token<'a> {
    Open { name: &'a str, attributes: Vec<(&'a str, Cow<'a, str>)> },
    Close { name: &'a str },
    Text(Cow<'a, str>),
}

impl Token<'_> {
    /// The value of an attribute of an opening tag.
    pub fn attribute(&self, wanted: &str) -> Option<&str> {
        match self {
            Token::Open { attributes, .. } => {
                attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| &**value)
            }
            _ => None,
        }
    }
}

/// Reads all of `html`. Linear.
pub fn read(html: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let start = rest.find('<').unwrap_or(rest.len());
        if start > 0 {
            tokens.push(Token::Text(unescape(&rest[..start])));
            rest = &rest[start..];
            continue;
        }
        match tag(rest) {
            Some((token, after)) => {
                tokens.push(token);
                rest = after;
            }
            None => {
                tokens.push(Token::Text(Cow::Borrowed("<")));
                rest = &rest[1..];
            }
        }
    }
    tokens
}

fn tag(text: &str) -> Option<(Token<'_>, &str)> {
    let inside = text.strip_prefix('<')?;
    if let Some(inside) = inside.strip_prefix('/') {
        let (name, rest) = name(inside)?;
        return Some((Token::Close { name }, rest.strip_prefix('>')?));
    }
    let (element, mut rest) = name(inside)?;
    let mut attributes = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix('>') {
            return Some((Token::Open { name: element, attributes }, after));
        }
        let (key, after) = name(rest.strip_prefix(' ')?)?;
        let value = after.strip_prefix("=\"")?;
        let end = value.find('"')?;
        attributes.push((key, unescape(&value[..end])));
        rest = &value[end + 1..];
    }
}

fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find([' ', '>', '=', '"', '<', '/']).unwrap_or(0);
    (end > 0).then(|| text.split_at(end))
}

/// Text as it reads: the five entities that serialisers write, decoded.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')]
            .into_iter()
            .chain([("&nbsp;", '\u{a0}')])
            .find(|(written, _)| rest.starts_with(written));
        match entity {
            Some((written, meant)) => {
                plain.push(meant);
                rest = &rest[written.len()..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Appends the words of an element, written as a browser would write them.
pub fn escape_text_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            c => out.push(c),
        }
    }
}

/// Appends what stands between the quotes of an attribute.
pub fn escape_value_into(out: &mut String, value: &str) {
    for (i, part) in value.split('"').enumerate() {
        if i > 0 {
            out.push_str("&quot;");
        }
        escape_text_into(out, part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_values_and_texts_are_told_apart() {
        let tokens = read(r#"a &lt;b&gt;<a href="/x?a=1&amp;b=2">c<br>d</a>"#);
        assert_eq!(tokens.len(), 6);
        assert_eq!(tokens[0], Token::Text("a <b>".into()));
        assert_eq!(tokens[1].attribute("href"), Some("/x?a=1&b=2"));
        assert_eq!(tokens[5], Token::Close { name: "a" });
    }

    #[test]
    fn what_no_serialiser_writes_is_text() {
        for odd in ["<", "<a", "<a href=x>", "<a href=\"x>", "</>", "< b>", "a<"] {
            assert!(read(odd).iter().all(|t| matches!(t, Token::Text(_))), "{odd:?}");
        }
        assert_eq!(unescape("&amp;lt; &copy; &"), "&lt; &copy; &");
    }
}
