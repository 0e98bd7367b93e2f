//! Bodies that a Campfire stored: Trix's HTML, with attachments of its own for mentions and cards.
//!
//! They go through the same two walls as everything that is posted here. Before that, mentions
//! become links to people and cards are taken out, as this server keeps them beside the body.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::mentions::{self, People};
use super::tokens::{self, Token, escape_text_into, escape_value_into};
use super::{lone_link, markdown, plain_text, sanitize, shape};
use crate::model::{Body, BodyFormat, UserId};

/// Longest body that is read as HTML, in bytes; Campfire has no limit. A longer one becomes text.
const MAX_HTML: usize = 256 * 1024;
/// What stands for somebody who is not there.
const NOBODY: &str = "☒";
const ATTACHMENT: &str = "action-text-attachment";
const MENTION: &str = "application/vnd.campfire.mention";
const CARD: &str = "application/vnd.actiontext.opengraph-embed";
/// How a person is named inside a signed id.
const PERSON: &str = "gid://campfire/User/";

/// Both alphabets are made one before; padding may be there or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

static LIST: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut list = sanitize::list();
    list.add_tags([ATTACHMENT]).add_tag_attributes(
        ATTACHMENT,
        ["sgid", "content-type", "href", "filename", "caption", "url"],
    );
    list
});

/// A body from a Campfire, as this server keeps it.
#[derive(Debug, PartialEq, Eq)]
pub struct Imported {
    pub body: Body,
    /// Each person once, in the order of the text.
    pub mentions: Vec<UserId>,
    pub cards: Vec<Card>,
    /// Mentions that lead to nobody.
    pub lost_mentions: usize,
    /// It could not be read as formatted text.
    pub is_fallback: bool,
}

/// A link card inside a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub url: String,
    pub title: String,
    pub description: String,
    /// It showed a picture, from another machine.
    pub has_picture: bool,
}

/// Reads a stored body. `name_of` gives the names of those who came along.
pub fn body(html: &str, name_of: &impl Fn(UserId) -> Option<String>) -> Imported {
    if html.len() > MAX_HTML || sanitize::accept_html(html).is_err() {
        return as_text(html);
    }
    let mut rewriter = Rewriter::new(name_of);
    for token in tokens::read(&LIST.clean(html).to_string()) {
        rewriter.take(&token);
    }
    let people = People::new(rewriter.named);
    let shaped = shape::shape(&rewriter.html, &people);
    let plain_text = plain_text::of(&shaped.html);
    let lone_link = lone_link::find(&shaped.html, &rewriter.html);
    Imported {
        body: Body {
            source: rewriter.html,
            format: BodyFormat::Html,
            html: shaped.html,
            plain_text,
            lone_link,
        },
        mentions: shaped.mentions,
        cards: rewriter.cards,
        lost_mentions: rewriter.lost_mentions,
        is_fallback: false,
    }
}

/// A file name or anything else that was never HTML.
pub fn as_text(text: &str) -> Imported {
    let source = markdown::literally(text);
    let shaped = shape::shape(&source, &People::none());
    let plain_text = plain_text::of(&shaped.html);
    Imported {
        body: Body {
            source,
            format: BodyFormat::Html,
            html: shaped.html,
            plain_text,
            lone_link: None,
        },
        mentions: Vec::new(),
        cards: Vec::new(),
        lost_mentions: 0,
        is_fallback: true,
    }
}

/// What stands in a message for a file that could not be brought along.
pub fn lost_file(filename: &str) -> Body {
    as_text(&format!("{filename} (this file was lost before it got here)")).body
}

/// Writes a body anew without its attachments.
struct Rewriter<'n, N> {
    name_of: &'n N,
    html: String,
    named: Vec<(UserId, String)>,
    cards: Vec<Card>,
    /// Addresses that can be read in the body.
    linked: HashSet<String>,
    lost_mentions: usize,
    /// Attachments that are open; what is in one is not part of the body.
    attachments: usize,
}

impl<'n, N: Fn(UserId) -> Option<String>> Rewriter<'n, N> {
    fn new(name_of: &'n N) -> Self {
        Self {
            name_of,
            html: String::new(),
            named: Vec::new(),
            cards: Vec::new(),
            linked: HashSet::new(),
            lost_mentions: 0,
            attachments: 0,
        }
    }

    fn take(&mut self, token: &Token<'_>) {
        match token {
            Token::Open { name, .. } if *name == ATTACHMENT => {
                if self.attachments == 0 {
                    self.attachment(token);
                }
                self.attachments += 1;
            }
            Token::Close { name } if *name == ATTACHMENT => {
                self.attachments = self.attachments.saturating_sub(1);
            }
            _ if self.attachments > 0 => {}
            Token::Open { name, attributes } => {
                self.html.push('<');
                self.html.push_str(name);
                for (key, value) in attributes {
                    self.html.push(' ');
                    self.html.push_str(key);
                    self.html.push_str("=\"");
                    escape_value_into(&mut self.html, value);
                    self.html.push('"');
                }
                self.html.push('>');
                if let Some(address) = token.attribute("href") {
                    self.linked.insert(address.to_owned());
                }
            }
            Token::Close { name } => {
                self.html.push_str("</");
                self.html.push_str(name);
                self.html.push('>');
            }
            Token::Text(text) => {
                let words = text.split_whitespace().filter(|word| word.contains("://"));
                self.linked.extend(words.map(str::to_owned));
                escape_text_into(&mut self.html, text);
            }
        }
    }

    fn attachment(&mut self, token: &Token<'_>) {
        match token.attribute("content-type") {
            Some(MENTION) => self.mention(token.attribute("sgid").unwrap_or_default()),
            Some(CARD) => self.card(token),
            // Campfire shows nothing else inside a body.
            _ => {}
        }
    }

    fn mention(&mut self, signed_id: &str) {
        let person = person_in(signed_id).and_then(|id| Some((id, (self.name_of)(id)?)));
        match person {
            Some((id, name)) => {
                mentions::write(&mut self.html, id, &name);
                self.named.push((id, name));
            }
            None => {
                self.html.push_str(NOBODY);
                self.lost_mentions += 1;
            }
        }
    }

    fn card(&mut self, token: &Token<'_>) {
        let said = |name| token.attribute(name).unwrap_or_default().trim().to_owned();
        let card = Card {
            url: said("href"),
            title: said("filename"),
            description: said("caption"),
            has_picture: !said("url").is_empty(),
        };
        if card.url.is_empty() {
            return;
        }
        // The page stays reachable when the card does not.
        if !self.linked.contains(&card.url) {
            self.html.push_str("<div><a href=\"");
            escape_value_into(&mut self.html, &card.url);
            self.html.push_str("\">");
            escape_text_into(&mut self.html, &card.url);
            self.html.push_str("</a></div>");
        }
        self.cards.push(card);
    }
}

/// The person in a signed id. The signature is not looked at: the server that could check it is
/// gone, and a body was checked when it was stored.
fn person_in(signed_id: &str) -> Option<UserId> {
    let payload = signed_id.rsplit_once("--").map_or(signed_id, |(payload, _)| payload);
    let json: Value = serde_json::from_slice(&decode(payload)?).ok()?;
    let rails = json.get("_rails")?;
    if let Some(data) = rails.get("data").and_then(Value::as_str) {
        return person_named(data.as_bytes());
    }
    // Older ids hold a marshalled string; the name is found in it without reading the rest.
    person_named(&decode(rails.get("message")?.as_str()?)?)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.trim().replace('-', "+").replace('_', "/")).ok()
}

fn person_named(bytes: &[u8]) -> Option<UserId> {
    let start = bytes.windows(PERSON.len()).position(|window| window == PERSON.as_bytes())?;
    let digits = &bytes[start + PERSON.len()..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn names(id: UserId) -> Option<String> {
        (id == UserId(7)).then(|| "Zoë Q".to_owned())
    }

    fn mention(signed_id: &str) -> String {
        format!(
            "<action-text-attachment sgid=\"{signed_id}\" content-type=\"{MENTION}\"></action-text-attachment>"
        )
    }

    #[test]
    fn a_mention_is_read_from_both_kinds_of_signed_ids() {
        let newer = r#"{"_rails":{"data":"gid://campfire/User/7?expires_in","pur":"attachable"}}"#;
        let marshalled = STANDARD.encode(b"\x04\x08I\"\x1agid://campfire/User/7\x06:\x06ET");
        let older =
            format!(r#"{{"_rails":{{"message":"{marshalled}","exp":null,"pur":"attachable"}}}}"#);
        for payload in [
            STANDARD.encode(newer),
            URL_SAFE_NO_PAD.encode(newer),
            STANDARD.encode(&older),
            URL_SAFE_NO_PAD.encode(&older),
        ] {
            let html = format!("<div>Hi {}, look</div>", mention(&format!("{payload}--0123abcd")));
            let imported = body(&html, &names);
            assert_eq!(imported.mentions, [UserId(7)], "{payload}");
            assert_eq!(imported.body.plain_text, "Hi @Zoë Q, look");
            assert!(imported.body.html.contains("href=\"/users/7\">@Zoë Q</a>"), "{imported:?}");
        }
    }

    #[test]
    fn a_mention_of_nobody_is_said_to_be_one() {
        let room = STANDARD.encode(r#"{"_rails":{"data":"gid://campfire/Room/7"}}"#);
        let stranger = STANDARD.encode(r#"{"_rails":{"data":"gid://campfire/User/8"}}"#);
        for lost in [format!("{room}--x"), format!("{stranger}--x"), "!!--x".into(), String::new()]
        {
            let imported = body(&format!("<div>Hi {}</div>", mention(&lost)), &names);
            assert_eq!(imported.body.plain_text, "Hi ☒");
            assert_eq!((imported.mentions.len(), imported.lost_mentions), (0, 1));
        }
    }

    #[test]
    fn a_card_is_taken_out_and_its_page_stays_linked_once() {
        let card = format!(
            "<action-text-attachment content-type=\"{CARD}\" href=\"https://x.org/a\" url=\"https://x.org/i.png\" \
             filename=\"A &amp; B\" caption=\"About it\"><figure>drawn</figure></action-text-attachment>"
        );
        let with_link = body(&format!("<div>https://x.org/a {card}</div>"), &names);
        let expected = Card {
            url: "https://x.org/a".into(),
            title: "A & B".into(),
            description: "About it".into(),
            has_picture: true,
        };
        assert_eq!(with_link.cards, [expected]);
        assert_eq!(with_link.body.plain_text, "https://x.org/a");
        let alone = body(&format!("<div>{card}</div>"), &names);
        assert_eq!(alone.body.plain_text, "https://x.org/a");
        assert!(!alone.body.html.contains("drawn"));
    }

    #[test]
    fn replies_sounds_and_code_keep_what_they_say() {
        let reply = "<blockquote>Once<br>more</blockquote><cite>Ada <a href=\"/rooms/3/@9\">#</a></cite><div>Yes</div>";
        let said = body(reply, &names).body;
        assert!(
            said.html.contains("<blockquote>") && said.html.contains("/rooms/3/@9"),
            "{}",
            said.html
        );
        assert_eq!(body("<div>/play bell</div>", &names).body.plain_text, "/play bell");
        assert!(body("<pre>a\n  b</pre>", &names).body.html.contains("a\n  b"));
    }

    #[test]
    fn what_cannot_be_read_safely_becomes_text() {
        let deep = "<div>".repeat(200) + "deep";
        assert!(body(&deep, &names).body.plain_text.contains("deep"));
        let long = "long ".repeat(MAX_HTML / 4);
        assert_eq!(body(&long, &names).body.plain_text, long.trim());
        let nasty = body("<div onclick=\"x\">a<script>alert(1)</script><img src=x></div>", &names);
        assert_eq!(nasty.body.html, "<div>a</div>");
    }
}
