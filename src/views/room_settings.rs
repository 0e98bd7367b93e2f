//! Making and changing rooms and pings: forms, people to pick, and the ways out.

use askama::Template;

use super::{FieldErrors, Site, Viewer, assets};
use crate::model::room::MAX_ROOM_NAME;
use crate::model::{Author, Role, Room, RoomId, RoomKind};
use crate::words;

/// Name and audience of a new or an existing room.
#[derive(Clone, Debug)]
pub struct RoomForm {
    /// None while the room does not exist yet.
    pub room_id: Option<RoomId>,
    pub name: String,
    /// None for an open room: everybody is in it.
    pub picker: Option<PeoplePicker>,
    pub errors: FieldErrors,
}

impl RoomForm {
    fn is_open(&self) -> bool {
        self.picker.is_none()
    }

    fn path(&self) -> String {
        form_path(self.is_open(), self.room_id, "")
    }

    /// The same form for the other kind of room.
    fn other_path(&self) -> String {
        let action = if self.room_id.is_some() { "/edit" } else { "/new" };
        form_path(!self.is_open(), self.room_id, action)
    }

    fn back_path(&self) -> String {
        self.room_id.map_or_else(|| "/".to_owned(), |id| format!("/rooms/{id}"))
    }

    fn submit_label(&self) -> &'static str {
        if self.room_id.is_some() { words::save_changes() } else { words::create_the_room() }
    }
}

/// Where the forms of open and closed rooms are: `/rooms/closeds/7/edit`, `/rooms/opens/new`.
pub fn form_path(is_open: bool, room_id: Option<RoomId>, action: &str) -> String {
    let kind = if is_open { "opens" } else { "closeds" };
    match room_id {
        Some(id) => format!("/rooms/{kind}/{id}{action}"),
        None => format!("/rooms/{kind}{action}"),
    }
}

/// People with a switch each.
#[derive(Clone, Debug)]
pub struct PeoplePicker {
    pub legend: &'static str,
    /// Where the form is sent to be shown again, filtered.
    pub path: String,
    /// Those chosen, and those the filter lets through, by name.
    pub people: Vec<Pickable>,
    /// Everybody there is to choose from.
    pub total: usize,
    /// People who would have been shown if there were fewer.
    pub hidden: usize,
    pub filter: String,
}

/// Above so many people the list can be filtered.
const FILTER_ABOVE: usize = 20;

impl PeoplePicker {
    fn is_long(&self) -> bool {
        self.total > FILTER_ABOVE
    }
}

/// Somebody who can be chosen.
#[derive(Clone, Debug)]
pub struct Pickable {
    pub who: Author,
    pub is_chosen: bool,
    /// Always in the room, so that there is no switch.
    pub is_fixed: bool,
}

/// The list of people alone, after a change of the filter.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/people_list.html")]
pub struct PeopleListFragment {
    pub picker: PeoplePicker,
}

/// Makes an open or closed room.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/new.html")]
pub struct NewRoomPage {
    pub site: Site,
    pub viewer: Viewer,
    pub form: RoomForm,
}

/// The settings of an open or closed room: to change for some, to read for all its members.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/edit.html")]
pub struct RoomSettingsPage {
    pub site: Site,
    pub viewer: Viewer,
    pub room: Room,
    pub name: String,
    /// None for who may only look, and while the room is archived.
    pub form: Option<RoomForm>,
    pub may_change: bool,
    pub may_leave: bool,
    /// The first members by name.
    pub members: Vec<Author>,
    pub member_count: usize,
}

impl RoomSettingsPage {
    fn hidden_members(&self) -> usize {
        self.member_count.saturating_sub(self.members.len())
    }
}

/// Pushed into the pages of a room that has a new name, or of a ping whose people have.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/changed_frame.html")]
pub struct RoomRenamedFrame<'a> {
    pub room_id: RoomId,
    pub name: &'a str,
}

/// Pushed into the pages of a room that somebody has come to or gone from.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/member_count_frame.html")]
pub struct MemberCountFrame {
    /// Active people and bots in the room.
    pub count: usize,
}

/// Pushed into the pages of a room that was archived: it takes no more messages.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/archived_frame.html")]
pub struct RoomArchivedFrame;

/// Pushed into the pages of a room that is no longer archived.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/restored_frame.html")]
pub struct RoomRestoredFrame {
    pub room_id: RoomId,
}

/// Chooses the people of a ping.
#[derive(Clone, Debug, Template)]
#[template(path = "directs/new.html")]
pub struct NewDirectPage {
    pub site: Site,
    pub viewer: Viewer,
    pub picker: PeoplePicker,
}

/// The people of a ping, and the way to delete it.
#[derive(Clone, Debug, Template)]
#[template(path = "directs/edit.html")]
pub struct DirectSettingsPage {
    pub site: Site,
    pub viewer: Viewer,
    pub room: Room,
    pub title: String,
    pub people: Vec<Author>,
}
