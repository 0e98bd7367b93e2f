//! The list of pings and rooms: beside a room, as a page of its own, and entry by entry.

use std::hash::{DefaultHasher, Hash, Hasher};

use askama::Template;

use super::{Site, Viewer, assets};
use crate::model::room::{ping_label, ping_title};
use crate::model::{Author, RoomId, User, UserId};
use crate::words;

/// Everything the viewer can go to.
#[derive(Clone, Debug, Default, Hash)]
pub struct Sidebar {
    /// Newest first.
    pub pings: Vec<SidebarPing>,
    /// By name.
    pub rooms: Vec<SidebarRoom>,
    /// Open rooms the viewer is not in, by name.
    pub other_rooms: Vec<OtherRoom>,
    /// People the viewer might want to ping.
    pub suggestions: Vec<Author>,
    /// Messages that called the viewer and were not read yet.
    pub calls: i64,
    /// The viewer may make open and closed rooms.
    pub can_create_rooms: bool,
}

/// A direct room as one of the people in it sees it.
#[derive(Clone, Debug, Hash)]
pub struct SidebarPing {
    pub room_id: RoomId,
    /// The names of the others, in full.
    pub title: String,
    /// The same where there is little room.
    pub label: String,
    /// Messages not yet read.
    pub unread: i64,
    /// The others; the first four are drawn.
    pub people: Vec<Author>,
    /// The other one of a ping of two has a page open and visible.
    pub online: bool,
    /// This is the room on the page.
    pub current: bool,
}

/// An open or closed room.
#[derive(Clone, Debug, Hash)]
pub struct SidebarRoom {
    pub room_id: RoomId,
    pub name: String,
    /// Messages not yet read.
    pub unread: i64,
    /// This is the room on the page.
    pub current: bool,
}

/// An open room the viewer may join.
#[derive(Clone, Debug, Hash)]
pub struct OtherRoom {
    pub room_id: RoomId,
    pub name: String,
}

impl Sidebar {
    /// Equal for sidebars that list the same: a page names the one it was drawn with.
    pub fn version(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

impl SidebarPing {
    /// `people` are the others by name; alone: oneself.
    pub fn new(room_id: RoomId, people: Vec<Author>, unread: i64) -> Self {
        let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        let (title, label) = (ping_title(&names), ping_label(&names));
        Self { room_id, title, label, unread, people, online: false, current: false }
    }

    /// Whose dot is shown: the other one of a ping of two.
    pub fn partner(&self) -> Option<UserId> {
        match self.people.as_slice() {
            [one] => Some(one.id),
            _ => None,
        }
    }

    /// The same, with the dot as it is now.
    pub fn with_dot(mut self, is_online: impl FnOnce(UserId) -> bool) -> Self {
        self.online = self.partner().is_some_and(is_online);
        self
    }

    /// The short label says less than the title.
    pub(super) fn is_shortened(&self) -> bool {
        self.label != self.title
    }

    pub(super) fn faces(&self) -> &[Author] {
        self.people.get(..4).unwrap_or(&self.people)
    }
}

impl SidebarRoom {
    pub(super) fn sort_key(&self) -> String {
        by_name(&self.name, self.room_id)
    }
}

impl OtherRoom {
    pub(super) fn sort_key(&self) -> String {
        by_name(&self.name, self.room_id)
    }
}

/// The sidebar as a page: what narrow screens without script go to.
#[derive(Clone, Debug, Template)]
#[template(path = "sidebar/show.html")]
pub struct SidebarPage {
    pub site: Site,
    pub viewer: Viewer,
    pub sidebar: Sidebar,
}

/// The lists alone, in place of those on the page: for a page that was cut off for a while.
#[derive(Clone, Debug, Template)]
#[template(path = "sidebar/lists_frame.html")]
pub struct SidebarListsFrame {
    pub sidebar: Sidebar,
}

/// Pushed: puts one room into the list, or replaces its entry.
#[derive(Clone, Debug, Template)]
#[template(path = "sidebar/room_frame.html")]
pub struct SidebarRoomFrame<'a> {
    pub room: &'a SidebarRoom,
    /// The name is another one, so the entry belongs in another place.
    pub moved: bool,
}

/// Pushed: puts one ping into the list, or replaces its entry.
#[derive(Clone, Debug, Template)]
#[template(path = "sidebar/ping_frame.html")]
pub struct SidebarPingFrame<'a> {
    pub ping: &'a SidebarPing,
    /// Something was said: it goes to the front.
    pub moved: bool,
}

/// Pushed: takes a room (or a ping) out of the list.
#[derive(Clone, Debug, Template)]
#[template(path = "sidebar/gone_frame.html")]
pub struct SidebarRoomGoneFrame {
    pub room_id: RoomId,
}

/// Pushed to one person's own pages: their name and picture as they are now.
#[derive(Clone, Debug, Template)]
#[template(path = "sidebar/me_frame.html")]
pub struct MeFrame<'a> {
    pub me: &'a User,
}

/// Pushed: offers an open room to somebody who is not in it.
#[derive(Clone, Debug, Template)]
#[template(path = "sidebar/other_room_frame.html")]
pub struct OtherRoomFrame<'a> {
    pub room: &'a OtherRoom,
}

/// Orders entries: by lower-cased name, then by age.
fn by_name(name: &str, room_id: RoomId) -> String {
    format!("{} {room_id}", name.to_lowercase())
}

/// A count that stays small: `99+` above 99.
pub(super) fn counted(unread: &i64) -> String {
    if *unread > 99 { "99+".into() } else { unread.to_string() }
}
