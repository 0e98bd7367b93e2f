//! From the bytes of a page to text, in whatever letters it was written.

use encoding_rs::{Encoding, UTF_8};

/// Where a page says which letters it uses, in bytes from its beginning.
const SAID_WITHIN: usize = 1_024;

/// What a `Content-Type` header says.
pub(super) fn of_header(content_type: &str) -> Option<&'static Encoding> {
    after_charset(content_type.as_bytes())
}

/// The text of a page: by its byte order mark, by the header, by its own words, else UTF-8.
/// Bytes that mean nothing are dropped.
pub(super) fn decode(html: &[u8], said: Option<&'static Encoding>) -> String {
    let start = html.get(..SAID_WITHIN).unwrap_or(html);
    let encoding = said.or_else(|| after_charset(start)).unwrap_or(UTF_8);
    let (text, _, had_errors) = encoding.decode(html);
    if had_errors { text.replace('\u{FFFD}', "") } else { text.into_owned() }
}

/// The encoding named after the first `charset=`.
fn after_charset(text: &[u8]) -> Option<&'static Encoding> {
    let text = text.to_ascii_lowercase();
    let at = text.windows(8).position(|eight| eight == b"charset=")? + 8;
    let name = text.get(at..)?;
    let name = name.strip_prefix(b"\"").or(name.strip_prefix(b"'")).unwrap_or(name);
    let end = name.iter().position(|b| !b.is_ascii_alphanumeric() && !b"-_:.+".contains(b));
    Encoding::for_label(name.get(..end.unwrap_or(name.len()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_as_the_page_says() {
        let latin = b"<meta charset='iso-8859-1'>caf\xe9";
        assert!(decode(latin, None).ends_with("café"));
        assert!(decode(b"caf\xc3\xa9", None).ends_with("café"));
        assert_eq!(decode(b"caf\xe9!", None), "caf!");
        assert_eq!(decode(b"\x93\xfa\x96\x7b", of_header("text/html; charset=Shift_JIS")), "日本");
        assert!(of_header("text/html").is_none() && of_header("x; charset=nonsense").is_none());
    }
}
