//! A room's page as a browser keeps it: fragments are applied by the ids of elements.

use std::collections::BTreeMap;

/// Messages a page keeps at most.
const KEPT: usize = 1_200;

/// The list of messages of an open page, and how far it has got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Where the socket of this page is, without the cursor.
    live: String,
    /// The number of the last change that is shown.
    pub cursor: i64,
    /// Which database the number is of, where the page says.
    epoch: Option<String>,
    /// Each message's element, by its number, which is the order on the page.
    pub messages: BTreeMap<i64, String>,
}

/// What a frame did.
#[derive(Debug, PartialEq, Eq)]
pub enum Applied {
    /// Nothing that a cursor counts: who is here, who is writing, the sidebar.
    Signal,
    /// Messages were put in, changed or taken out; the cursor stands where the frame says.
    Change { cursor: i64 },
    /// The whole list was replaced.
    Replaced,
}

impl Page {
    /// Opens a page.
    pub fn open(html: &str) -> Page {
        let live = between(html, "hx-ws:connect=\"", "\"").expect("the page names its socket");
        let live = live.replace("&amp;", "&").replace("&#38;", "&");
        let list = html.find("<div id=\"messages\"").expect("the page has a list");
        let mut page = Page { live, ..Page::default() };
        page.take_list(&html[list..]);
        page
    }

    /// The address of this page's socket, from where it stands.
    pub fn socket(&self) -> String {
        let (path, query) = self.live.split_once('?').unwrap_or((&self.live, ""));
        let mut parts: Vec<String> = query
            .split('&')
            .filter(|part| !part.is_empty() && !part.starts_with("cursor="))
            .filter(|part| self.epoch.is_none() || !part.starts_with("epoch="))
            .map(str::to_owned)
            .collect();
        parts.push(format!("cursor={}", self.cursor));
        parts.extend(self.epoch.as_ref().map(|epoch| format!("epoch={epoch}")));
        format!("{path}?{}", parts.join("&"))
    }

    /// Forgets which database the page is of, or remembers another one.
    pub fn set_epoch(&mut self, epoch: &str) -> bool {
        self.epoch.replace(epoch.to_owned()).is_some()
    }

    /// Applies one frame. Only its first tag speaks for it; what people wrote comes later.
    pub fn apply(&mut self, frame: &str) -> Applied {
        let first = frame.trim_start().split('>').next().unwrap_or_default();
        let cursor = attribute(first, "data-cursor").and_then(|number| number.parse().ok());
        let mut replaced = false;
        for (tag, inside) in elements(frame) {
            let target = attribute(tag, "hx-target").unwrap_or_default();
            let swap = attribute(tag, "hx-swap").unwrap_or_default();
            let number = |prefix| target.strip_prefix(prefix)?.parse::<i64>().ok();
            if tag.starts_with("<hx-upsert") && target == "#messages" {
                for (id, article) in articles(inside) {
                    self.messages.insert(id, article);
                }
                // A page that is open for long takes what is far up away, too.
                while self.messages.len() > KEPT {
                    self.messages.pop_first();
                }
            } else if target == "#messages" && swap == "outerHTML" {
                self.take_list(inside);
                replaced = true;
            } else if let Some(id) = number("#message_") {
                self.change(id, swap, inside);
            } else if let Some(id) = number("#boosts_") {
                self.change_boosts(id, inside);
            }
        }
        match cursor {
            _ if replaced => Applied::Replaced,
            None => Applied::Signal,
            Some(cursor) => {
                self.cursor = self.cursor.max(cursor);
                if let Some(epoch) = attribute(first, "data-epoch") {
                    self.epoch = Some(epoch.to_owned());
                }
                Applied::Change { cursor }
            }
        }
    }

    fn take_list(&mut self, html: &str) {
        let tag = html.trim_start().split('>').next().unwrap_or_default();
        self.cursor = attribute(tag, "data-cursor").and_then(|n| n.parse().ok()).unwrap_or(0);
        self.epoch = attribute(tag, "data-epoch").map(str::to_owned);
        self.messages = articles(html).collect();
    }

    fn change(&mut self, id: i64, swap: &str, inside: &str) {
        match swap {
            "delete" => {
                self.messages.remove(&id);
            }
            "outerHTML" => {
                if let Some(shown) = self.messages.get_mut(&id) {
                    *shown =
                        articles(inside).next().map(|(_, article)| article).unwrap_or_default();
                }
            }
            _ => panic!("{swap} of a message is not applied here"),
        }
    }

    fn change_boosts(&mut self, id: i64, inside: &str) {
        let Some(shown) = self.messages.get_mut(&id) else { return };
        let start = shown.find(&format!("<form id=\"boosts_{id}\"")).expect("a place for boosts");
        let end = start + shown[start..].find("</form>").expect("the end of it") + "</form>".len();
        shown.replace_range(start..end, inside.trim());
    }

    /// Where this page and a fresh one differ, as far as they show the same part of the room.
    pub fn difference(&self, fresh: &Page) -> Option<String> {
        let first = |page: &Page| page.messages.keys().next().copied().unwrap_or(0);
        let from = first(self).max(first(fresh));
        let (mut ours, mut theirs) = (self.messages.range(from..), fresh.messages.range(from..));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return None,
                (mine, fresh) if mine == fresh => {}
                (mine, fresh) => return Some(format!("applied: {mine:?}\nfresh page: {fresh:?}")),
            }
        }
    }
}

/// The text between the first `before` and the next `after`.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let length = text[start..].find(after)?;
    Some(&text[start..start + length])
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    between(tag, &format!(" {name}=\""), "\"")
}

/// The elements of htmx's at the top of a frame, each with its tag and what is inside. People
/// cannot write elements of that name.
fn elements(frame: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = frame;
    while let Some(start) = rest.find("<hx-") {
        rest = &rest[start..];
        let name = rest[1..].split([' ', '>']).next().unwrap_or_default();
        let end_tag = format!("</{name}>");
        let Some(tag_end) = rest.find('>') else { break };
        let Some(end) = rest.find(&end_tag) else { break };
        found.push((&rest[..tag_end], &rest[tag_end + 1..end]));
        rest = &rest[end + end_tag.len()..];
    }
    found
}

/// The messages in a piece of HTML, each with its number, without what pages say of their own: which
/// messages stand together.
pub fn articles(html: &str) -> impl Iterator<Item = (i64, String)> {
    const END: &str = "</article>";
    html.match_indices("<article id=\"message_").filter_map(|(start, opening)| {
        let rest = &html[start..];
        let id = rest[opening.len()..].split('"').next()?.parse().ok()?;
        let article = &rest[..rest.find(END)? + END.len()];
        let (tag, inside) = article.split_once('>')?;
        let tag = tag.replace(" grouped", "").replace(" continued", "");
        Some((id, format!("{tag}>{inside}")))
    })
}
