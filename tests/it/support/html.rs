//! Reading our own pages, which are regular enough to be read without a parser.

/// The text between the first `before` and the next `after`.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let length = text[start..].find(after)?;
    Some(&text[start..start + length])
}

/// The value of the first attribute of this name.
pub fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    between(text, &format!(" {name}=\""), "\"")
}

/// Every start tag, from `<` to `>`. Text never holds a bare `<` in our pages.
pub fn tags(page: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let Some(end) = end_of_tag(rest) else { break };
        if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            tags.push(&rest[..=end]);
        }
        rest = &rest[end + 1..];
    }
    tags
}

fn end_of_tag(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|at| at + 2);
    }
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// The text of a page without tags, white space folded, the usual entities resolved.
pub fn text_of(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        text.push(' ');
        rest = &rest[start..];
        rest = end_of_tag(rest).map_or("", |end| &rest[end + 1..]);
    }
    text.push_str(rest);
    unescape(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Resolves the entities that templates write.
pub fn unescape(text: &str) -> String {
    [("&lt;", "<"), ("&#60;", "<"), ("&gt;", ">"), ("&#62;", ">"), ("&quot;", "\"")]
        .into_iter()
        .chain([("&#34;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&"), ("&#38;", "&")])
        .fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

/// The messages of a page or of frames, in the order in which they appear.
pub fn articles(page: &str) -> Vec<&str> {
    page.split("<article ")
        .skip(1)
        .filter(|rest| rest.contains("id=\"message_"))
        .map(|rest| rest.split("</article>").next().unwrap_or(rest))
        .collect()
}

/// A page or frames without what each page says of its own: which messages stand together.
pub fn ungrouped(page: &str) -> String {
    ["grouped continued", "grouped", "continued"].iter().fold(page.to_owned(), |page, classes| {
        page.replace(&format!("class=\"message {classes}\""), "class=\"message\"")
    })
}

/// The numbers of the messages of a page or of frames, in the order in which they appear.
pub fn message_ids(page: &str) -> Vec<i64> {
    articles(page)
        .into_iter()
        .filter_map(|article| between(article, "id=\"message_", "\"")?.parse().ok())
        .collect()
}

/// The texts of the messages, in the order in which they appear.
pub fn message_texts(page: &str) -> Vec<String> {
    articles(page)
        .into_iter()
        .map(|article| {
            let body = article.find("class=\"body\"").map_or("", |at| &article[at..]);
            let body = body.find('>').map_or("", |at| &body[at + 1..]);
            text_of(body.split("</div>").next().unwrap_or(body))
        })
        .collect()
}

/// The cursor that a page or a frame carries.
pub fn cursor(page: &str) -> Option<i64> {
    between(page, "data-cursor=\"", "\"")?.parse().ok()
}

/// Fields that the form with this action would send without anybody's doing: its hidden ones.
pub fn hidden_fields(page: &str, action: &str) -> Vec<(String, String)> {
    let marker = format!("action=\"{action}\"");
    let Some(start) = page.find(&marker) else { panic!("no form with {marker}") };
    let form = page[start..].split("</form>").next().unwrap_or_default();
    tags(form)
        .into_iter()
        .filter(|tag| tag.starts_with("<input") && tag.contains("type=\"hidden\""))
        .filter_map(|tag| {
            let name = attribute(tag, "name")?;
            Some((name.to_owned(), unescape(attribute(tag, "value").unwrap_or_default())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<div id="messages" data-cursor="9"><article id="message_4"
        class="message" data-at="1"><b title="a > b">Ada</b><div class="body" dir="auto"
        hx-ignore><p>1 &lt; 2 &amp; so on</p></div></article><article class="message pending">
        </article><article id="message_7" class="message"><div class="body"><p>Bye</p></div>
        </article></div><form action="/go"><input type="hidden" name="a" value="1&amp;2"></form>"#;

    #[test]
    fn our_pages_can_be_read() {
        assert_eq!(message_ids(PAGE), [4, 7]);
        assert_eq!(message_texts(PAGE), ["1 < 2 & so on", "Bye"]);
        assert_eq!(cursor(PAGE), Some(9));
        assert_eq!(hidden_fields(PAGE, "/go"), [("a".to_owned(), "1&2".to_owned())]);
        assert!(text_of(PAGE).starts_with("Ada 1 < 2"));
        assert_eq!(tags(PAGE).len(), 11);
    }
}
