//! The list of pings and rooms: beside a room, as a page of its own, and entry by entry.

use askama::Template;

use super::{Site, Viewer, assets};
use crate::model::{Author, RoomId, User};

/// Everything the viewer can go to.
#[derive(Clone, Debug, Default)]
pub struct Sidebar {
    /// Newest first.
    pub pings: Vec<SidebarPing>,
    /// By name.
    pub rooms: Vec<SidebarRoom>,
    /// The viewer may make open and closed rooms.
    pub can_create_rooms: bool,
}

/// A direct room as one of the people in it sees it.
#[derive(Clone, Debug)]
pub struct SidebarPing {
    pub room_id: RoomId,
    /// The names of the others.
    pub title: String,
    /// Messages not yet read.
    pub unread: i64,
    /// The others; the first four are drawn.
    pub people: Vec<Author>,
    /// This is the room on the page.
    pub current: bool,
}

/// An open or closed room.
#[derive(Clone, Debug)]
pub struct SidebarRoom {
    pub room_id: RoomId,
    pub name: String,
    /// Messages not yet read.
    pub unread: i64,
    /// This is the room on the page.
    pub current: bool,
}

impl SidebarPing {
    pub(super) fn faces(&self) -> &[Author] {
        self.people.get(..4).unwrap_or(&self.people)
    }
}

impl SidebarRoom {
    /// Orders the entries: by lower-cased name, then by age.
    pub(super) fn sort_key(&self) -> String {
        format!("{} {}", self.name.to_lowercase(), self.room_id)
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

/// Pushed: puts one room into the list, or replaces its entry.
#[derive(Clone, Debug, Template)]
#[template(path = "sidebar/room_frame.html")]
pub struct SidebarRoomFrame<'a> {
    pub room: &'a SidebarRoom,
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

/// A count that stays small: `99+` above 99.
pub(super) fn counted(unread: &i64) -> String {
    if *unread > 99 { "99+".into() } else { unread.to_string() }
}
