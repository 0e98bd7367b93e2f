//! What called somebody, as a page, and the count of it beside the rooms.

use askama::Template;

use super::searches::FoundMessage;
use super::sidebar::counted;
use super::{Site, Viewer, assets};
use crate::model::MessageId;
use crate::words;

/// One message that called the reader.
#[derive(Clone, Debug)]
pub struct ListedCall {
    pub message: FoundMessage,
    /// In a word or two.
    pub reason: &'static str,
    pub is_unread: bool,
}

/// Some of them, the newest first.
#[derive(Clone, Debug, Default)]
pub struct CallList {
    pub calls: Vec<ListedCall>,
    /// The address where the list goes on.
    pub more: Option<String>,
    /// This is not the beginning of the list.
    pub is_continued: bool,
    /// How far down a page with this list shows it, if that is further than a new one would.
    pub down_to: Option<MessageId>,
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "calls/show.html")]
pub struct CallsPage {
    pub site: Site,
    pub viewer: Viewer,
    pub list: CallList,
}

/// The list alone: when it has changed, and further down.
#[derive(Clone, Debug, Template)]
#[template(path = "calls/list.html")]
pub struct CallsFragment<'a> {
    pub list: &'a CallList,
}

/// Pushed to one person's own pages: how many calls they have not read, and that the list is
/// another one.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "calls/changed_frame.html")]
pub struct CallsChangedFrame {
    pub calls: i64,
}
