//! Where to go by typing a few letters: rooms, pings and people.

use askama::Template;

use super::sidebar::SidebarPing;
use super::{Site, Viewer, assets};
use crate::model::{Author, RoomId};
use crate::words;

/// What fits the letters typed so far.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub pings: Vec<SidebarPing>,
    pub rooms: Vec<FoundRoom>,
    /// People to ping.
    pub people: Vec<Author>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.pings.is_empty() && self.rooms.is_empty() && self.people.is_empty()
    }
}

/// An open or closed room the viewer is in.
#[derive(Clone, Debug)]
pub struct FoundRoom {
    pub room_id: RoomId,
    pub name: String,
    pub is_archived: bool,
}

/// The list alone, for the dialog.
#[derive(Clone, Debug, Template)]
#[template(path = "switcher/found.html")]
pub struct FoundFragment<'a> {
    pub found: &'a Found,
}

/// The same as a page, for browsers without script.
#[derive(Clone, Debug, Template)]
#[template(path = "switcher/show.html")]
pub struct SwitcherPage {
    pub site: Site,
    pub viewer: Viewer,
    pub query: String,
    pub found: Found,
}
