//! Makes our styles smaller: what only their authors read is left out.

/// The same rules without comments, indentation and spaces that separate nothing. What stands in
/// quotes stays as it is.
pub fn smaller(css: &str) -> String {
    let mut small = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        let taken = if let Some(comment) = rest.strip_prefix("/*") {
            4 + comment.find("*/").unwrap_or(comment.len().saturating_sub(2))
        } else if c == '"' {
            let end = rest[1..].find('"').map_or(rest.len(), |at| at + 2);
            small.push_str(&rest[..end]);
            end
        } else if c.is_whitespace() {
            // After a colon comes a value; before one, a space means "inside".
            if !small.ends_with([' ', '{', '}', ';', ',', ':']) {
                small.push(' ');
            }
            c.len_utf8()
        } else {
            if matches!(c, '{' | '}' | ';' | ',') && small.ends_with(' ') {
                small.pop();
            }
            if c == '}' && small.ends_with(';') {
                small.pop();
            }
            small.push(c);
            c.len_utf8()
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    small
}
