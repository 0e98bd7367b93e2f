//! The room page: header, messages, composer; and what is shown when there is no room.

use askama::Template;

use super::boosts::chips;
use super::messages::{Shown, line_of, shown};
use super::sidebar::{Sidebar, counted};
use super::{Flash, Site, Tone, Viewer, assets, qr_code_url};
use crate::model::boost::{MAX_BOOST, MAX_BOOST_CODE_POINTS, QUICK_BOOSTS};
use crate::model::message::MAX_BODY;
use crate::model::{
    ClientMessageId, Cursor, Message, MessageId, NamedUser, Original, Role, Room, RoomId, RoomKind,
};

/// A room with one page of its messages.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/show.html")]
pub struct RoomPage {
    pub site: Site,
    pub viewer: Viewer,
    pub room: Room,
    /// The room's name, or the people in a ping.
    pub title: String,
    /// Active people and bots in the room.
    pub member_count: i64,
    /// Who looks at the room just now.
    pub present: Vec<NamedUser>,
    pub sidebar: Sidebar,
    pub list: MessageList,
    /// Fresh for every page, so that sending the form twice posts once.
    pub client_message_id: ClientMessageId,
    /// The message that what is written next will answer.
    pub reply_to: Option<(MessageId, Original)>,
    /// Shown while the first room is nearly empty.
    pub invite: Option<Invite>,
    /// The viewer may change this room's settings.
    pub may_administer: bool,
    /// What stands in the text box: empty, or what was refused.
    pub draft: String,
    /// Why the draft was refused, as a sentence.
    pub problem: Option<String>,
    pub flash: Option<Flash>,
}

/// One page of a room's messages, oldest first.
#[derive(Clone, Debug)]
pub struct MessageList {
    pub room_id: RoomId,
    pub messages: Vec<Message>,
    /// The room's last change that these messages include.
    pub cursor: Cursor,
    /// There are messages before the first of these.
    pub has_older: bool,
    /// There are messages after the last of these.
    pub has_newer: bool,
    /// The message a permalink asked for; it is highlighted and scrolled to.
    pub marked: Option<MessageId>,
}

impl MessageList {
    pub(super) fn is_marked(&self, message: &Message) -> bool {
        self.marked == Some(message.id)
    }
}

/// The link that lets people join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Absolute, so that it can be pasted anywhere.
    pub join_url: String,
}

impl Invite {
    pub(super) fn qr_code_url(&self) -> String {
        qr_code_url(&self.join_url)
    }
}

/// What a person without any room sees.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/welcome.html")]
pub struct EmptyWelcomePage {
    pub site: Site,
    pub viewer: Viewer,
    pub sidebar: Sidebar,
    pub flash: Option<Flash>,
}
