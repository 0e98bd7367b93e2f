//! What a page says of itself, shown under the message that links to it.

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::text::clean_line;

/// Longest title that is shown, in characters; what is longer ends in an ellipsis.
pub const MAX_TITLE: usize = 280;
/// Longest description that is shown, in characters.
pub const MAX_DESCRIPTION: usize = 560;

/// A card under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    /// As the message links to it.
    pub url: String,
    /// Where the card leads: http or https.
    pub page_url: String,
    /// Plain text, cleaned and cut.
    pub title: String,
    pub description: String,
    pub picture: Option<CardPicture>,
}

/// The picture of a card, kept by this server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPicture {
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// Of a person: shown small and round.
    pub is_portrait: bool,
    /// When it was stored; its address changes with it.
    pub stored_at: Timestamp,
}

impl LinkPreview {
    /// The name of the machine that the card leads to, as people know it.
    pub fn site(&self) -> &str {
        site_of(&self.page_url)
    }

    /// Whether this text is the link and nothing else.
    pub fn is_all_of(&self, plain_text: &str) -> bool {
        let text = plain_text.trim();
        text == self.url || self.url.strip_prefix("http://") == Some(text)
    }
}

/// The host of an address, without `www.` and a port.
pub fn site_of(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or(host) };
    host.strip_prefix("www.").unwrap_or(host)
}

/// Plain text of at most `most` characters: without tags, controls and what nobody sees, white
/// space folded.
pub fn plain(text: &str, most: usize) -> String {
    let line = clean_line(&without_tags(text));
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// Drops `<b>`, `</b>`, `<!-- -->` and the like; a lonely `<` stays.
fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        kept.push_str(before);
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        match tag.find('>').filter(|_| is_tag) {
            Some(end) => rest = &tag[end + 1..],
            None if is_tag => return kept,
            None => {
                kept.push('<');
                rest = &tag[1..];
            }
        }
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_says_becomes_plain_and_short() {
        for (said, shown) in [
            ("  Hello \n world ", "Hello world"),
            ("<b>Bold</b> & <script>alert(1)</script>", "Bold & alert(1)"),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("a<!-- b -->c<img src=x onerror=y", "ac"),
            ("\u{202E}evil\u{2066}\u{200B}\u{0007}", "evil"),
            ("", ""),
        ] {
            assert_eq!(plain(said, 100), shown, "{said:?}");
        }
        assert_eq!(plain(&"é".repeat(300), MAX_TITLE), format!("{}…", "é".repeat(280)));
    }

    #[test]
    fn a_site_is_a_host() {
        assert_eq!(site_of("https://www.example.org:8443/x?y"), "example.org");
        assert_eq!(site_of("http://[2606::1]/"), "[2606::1]");
        assert_eq!(site_of("https://a@b.example/"), "b.example");
    }
}
