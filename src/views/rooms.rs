//! The room page: header, messages, composer; and what is shown when there is no room.

use askama::Template;

use super::boosts::chips;
use super::involvements::Bell;
use super::live::MOST_NAMED;
use super::messages::{Shown, line_of, moves, shown};
use super::sidebar::{Sidebar, counted};
use super::{Flash, Site, Tone, Viewer, assets, qr_code_url};
use crate::model::attachment::{Kind, MAX_ATTACHMENTS};
use crate::model::boost::{MAX_BOOST, MAX_BOOST_CODE_POINTS, QUICK_BOOSTS};
use crate::model::message::MAX_BODY;
use crate::model::{
    ClientMessageId, Cursor, Epoch, Message, MessageId, NamedUser, Original, Preview, Role, Room,
    RoomId, RoomKind,
};
use crate::words;

/// Said where a file could be chosen, and to who sends one nevertheless.
pub const FILES_OFF: words::Word = words::files_switched_off;

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
    pub bell: Bell,
    /// Who looks at the room just now.
    pub present: Vec<NamedUser>,
    pub sidebar: Sidebar,
    pub list: MessageList,
    /// Fresh for every page, so that sending the form twice posts once.
    pub client_message_id: ClientMessageId,
    /// The message that what is written next will answer.
    pub reply_to: Option<(MessageId, Original)>,
    /// Messages cannot carry files here.
    pub files_off: bool,
    /// Largest file, in bytes.
    pub largest_file: u64,
    /// Shown while the first room is nearly empty.
    pub invite: Option<Invite>,
    /// The viewer may change this room's settings.
    pub may_administer: bool,
    /// What stands in the text box: empty, or what was refused.
    pub draft: String,
    /// Why the draft was refused, as a sentence.
    pub problem: Option<String>,
    pub flash: Option<Flash>,
    /// Drawn with [`CURSOR_HERE`], [`LIST_HERE`] and [`NUMBER_HERE`] in place of what others see
    /// too and what is new in every answer.
    pub in_parts: bool,
}

/// Where the room's cursor goes on a page that is drawn in parts. Nothing that people write can
/// hold a tag of ours.
pub const CURSOR_HERE: &str = "<!--cursor-->";
/// Where the list of messages goes.
pub const LIST_HERE: &str = "<!--messages-->";
/// Where the number of the form goes.
pub const NUMBER_HERE: &str = "<!--number-->";

/// The list of a room page by itself: the same for everybody who has read as far.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/list.html")]
pub struct ListAlone<'a> {
    pub list: &'a MessageList,
}

/// Messages of one person that are no further apart stand together, in milliseconds.
const GROUPED_FOR_MS: u64 = 5 * 60 * 1000;

/// One page of a room's messages, oldest first.
#[derive(Clone, Debug)]
pub struct MessageList {
    pub room_id: RoomId,
    pub messages: Vec<Message>,
    /// The room's last change that these messages include.
    pub cursor: Cursor,
    /// The start of the server that this cursor is of.
    pub epoch: Epoch,
    /// There are messages before the first of these.
    pub has_older: bool,
    /// There are messages after the last of these.
    pub has_newer: bool,
    /// The message a permalink asked for; it is highlighted and scrolled to.
    pub marked: Option<MessageId>,
    /// Where the viewer had read to, if there was something new when they came.
    pub read_up_to: Option<MessageId>,
}

impl MessageList {
    pub(super) fn is_marked(&self, message: &Message) -> bool {
        self.marked == Some(message.id)
    }

    /// More classes of a message: whether it follows one, and goes before one, of the
    /// same person within a few minutes. `20-messages.js` says the same of what comes later, and
    /// knows where the reader's days begin; drawn here, nothing moves when it comes to that.
    pub(super) fn grouping(&self, message: &Message) -> &'static str {
        let Some(at) = self.messages.iter().position(|other| other.id == message.id) else {
            return "";
        };
        let follows = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| self.messages.get(before));
            before.zip(self.messages.get(at)).is_some_and(|(before, message)| {
                before.author.id == message.author.id
                    && before.created_at.0.abs_diff(message.created_at.0) <= GROUPED_FOR_MS
            })
        };
        match (follows(at), follows(at + 1)) {
            (true, true) => " grouped continued",
            (true, false) => " grouped",
            (false, true) => " continued",
            (false, false) => "",
        }
    }

    /// The line between old and new goes before this message.
    pub(super) fn starts_news(&self, message: &Message) -> bool {
        let Some(read) = self.read_up_to else { return false };
        let first_new = self.messages.iter().position(|other| other.id > read);
        // With a whole page of news the line belongs to an older page.
        let is_here = first_new.is_some_and(|at| at > 0 || !self.has_older);
        let first_new = first_new.filter(|_| is_here).and_then(|at| self.messages.get(at));
        first_new.is_some_and(|first| first.id == message.id)
    }

    /// The line goes below this page: what follows it is all new.
    pub(super) fn ends_before_news(&self) -> bool {
        self.read_up_to.is_some_and(|read| self.messages.iter().all(|other| other.id <= read))
    }

    /// Lets the older page know of the line, unless it is on this one.
    pub(super) fn read_parameter(&self) -> String {
        let Some(read) = self.read_up_to else { return String::new() };
        if self.messages.iter().any(|message| message.id <= read) {
            return String::new();
        }
        format!("&read={read}")
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

/// The settings of a room are where its kind has them.
fn settings_path(room: &Room) -> String {
    let kind = match room.kind {
        RoomKind::Open => "opens",
        RoomKind::Closed => "closeds",
        RoomKind::Direct => "directs",
    };
    format!("/rooms/{kind}/{}/edit", room.id)
}
