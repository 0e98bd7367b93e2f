//! The archive that an export leaves: pages that open from a disk, without a server or script.

use askama::Template;

use crate::model::attachment::Kind;
use crate::model::{Message, Role};
use crate::richtext::refresh_mentions;

/// The page that leads to all rooms.
#[derive(Clone, Debug, Template)]
#[template(path = "export/index.html")]
pub struct ArchiveIndex<'a> {
    pub account_name: &'a str,
    /// When the archive was made, in words.
    pub made_on: &'a str,
    pub rooms: &'a [ArchivedRoom],
}

/// A room in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedRoom {
    pub title: String,
    pub href: String,
    /// What kind of room it is and how much is in it.
    pub about: String,
}

/// Some hundred messages of a room.
#[derive(Clone, Debug, Template)]
#[template(path = "export/room.html")]
pub struct ArchivePage<'a> {
    pub account_name: &'a str,
    pub room: &'a ArchivedRoom,
    pub page: u64,
    pub pages: u64,
    pub earlier: Option<&'a str>,
    pub later: Option<&'a str>,
    pub messages: &'a [ArchivedMessage],
}

/// A message, and where what belongs to it lies in the archive.
#[derive(Clone, Debug)]
pub struct ArchivedMessage {
    pub message: Message,
    pub files: Vec<ArchivedFile>,
    /// Where the message is that this one answers.
    pub original: Option<String>,
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedFile {
    pub name: String,
    /// In words.
    pub size: String,
    pub kind: Kind,
    /// None when it is missing.
    pub href: Option<String>,
}

impl ArchivedMessage {
    /// The body with today's names, without the links that only a server can follow.
    fn body(&self) -> String {
        let known = &self.message.mentioned;
        let name_of = |id| known.iter().find(|(who, _)| *who == id).map(|(_, name)| name.clone());
        without_own_links(&refresh_mentions(&self.message.body_html, name_of))
    }

    /// Each boost once, with the names of who gave it.
    fn boosts(&self) -> Vec<(String, String)> {
        let mut chips: Vec<(String, String)> = Vec::new();
        for boost in &self.message.boosts {
            match chips.iter_mut().find(|(content, _)| *content == boost.content) {
                Some((_, names)) => {
                    names.push_str(", ");
                    names.push_str(&boost.booster_name);
                }
                None => chips.push((boost.content.clone(), boost.booster_name.clone())),
            }
        }
        chips
    }
}

/// Bodies are written by us, with every value in quotes: what leads to a path of this server is
/// taken off its link.
fn without_own_links(html: &str) -> String {
    let mut parts = html.split(" href=\"/");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
    }
    kept
}

/// The stylesheet of the archive.
#[derive(Clone, Debug, Template)]
#[template(path = "export/style.css", escape = "none")]
pub struct ArchiveStyle;

#[cfg(test)]
mod tests {
    use super::without_own_links;

    #[test]
    fn links_to_this_server_become_text_and_others_stay() {
        let html = "<p><a class=\"mention\" href=\"/users/7\">@Ada</a> <a href=\"https://x.org/\">x</a></p>";
        let kept = "<p><a class=\"mention\">@Ada</a> <a href=\"https://x.org/\">x</a></p>";
        assert_eq!(without_own_links(html), kept);
        assert_eq!(without_own_links("<p> href=/x</p>"), "<p> href=/x</p>");
    }
}
