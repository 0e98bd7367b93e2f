//! What another app handed over, and where it can be sent.

use askama::Template;

use super::{Site, Viewer, assets};
use crate::model::message::MAX_BODY;
use crate::model::{Attachment, ClientMessageId, RoomId};
use crate::words;

/// A room or ping to send it to.
#[derive(Clone, Debug)]
pub struct ShareTarget {
    pub room_id: RoomId,
    pub name: String,
}

/// The page: one form that each room's button sends to that room.
#[derive(Clone, Debug, Template)]
#[template(path = "shares/show.html")]
pub struct SharePage {
    pub site: Site,
    pub viewer: Viewer,
    /// So that sending the form twice posts once.
    pub client_message_id: ClientMessageId,
    pub text: String,
    /// Sent ahead and not posted yet.
    pub files: Vec<Attachment>,
    pub targets: Vec<ShareTarget>,
    /// Why files were not taken, as a sentence.
    pub problem: Option<String>,
}
