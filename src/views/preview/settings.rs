//! The pages that make, change and find rooms, in awkward states.

use super::cast::{ada, author, bell, room, sidebar, site};
use super::{Gallery, put};
use crate::model::{Involvement, RoomId, RoomKind, Timestamp};
use crate::views::involvements::{Bell, BellFragment, BellFrame, InvolvementPage};
use crate::views::keys::KeysPage;
use crate::views::room_settings::{
    DirectSettingsPage, MemberCountFrame, NewDirectPage, NewRoomPage, PeopleListFragment,
    PeoplePicker, Pickable, RoomArchivedFrame, RoomForm, RoomRenamedFrame, RoomRestoredFrame,
    RoomSettingsPage,
};
use crate::views::sidebar::{OtherRoom, OtherRoomFrame, SidebarListsFrame, SidebarPingFrame};
use crate::views::switcher::{Found, FoundFragment, FoundRoom, SwitcherPage};
use crate::views::users::ProfileRoom;
use crate::views::{FieldErrors, Site};

pub(super) fn settings(gallery: &mut Gallery) {
    let form = |picker| RoomForm {
        room_id: None,
        name: "New room".into(),
        picker,
        errors: FieldErrors::default(),
    };
    let new = |form| NewRoomPage { site: site(), viewer: ada(), form };
    put(gallery, "room-new-open", new(form(None)));
    put(gallery, "room-new-closed", new(form(Some(picker(9)))));
    let mut refused = RoomForm { name: String::new(), ..form(Some(picker(300))) };
    refused.errors.add("name", "The room's name cannot be empty.");
    put(gallery, "room-new-refused", new(refused));
    let mut page = room_settings();
    put(gallery, "room-settings", page.clone());
    page.form = Some(RoomForm { room_id: Some(RoomId(3)), ..form(Some(picker(40))) });
    page.room.kind = RoomKind::Closed;
    put(gallery, "room-settings-to-change", RoomSettingsPage { may_change: true, ..page.clone() });
    page.form = None;
    page.room.archived_at = Some(Timestamp(1));
    put(gallery, "room-settings-archived", RoomSettingsPage { may_change: true, ..page });
    let new_ping = NewDirectPage { site: site(), viewer: ada(), picker: picker(24) };
    put(gallery, "ping-new", new_ping);
    let people = vec![author(2), author(4), author(3)];
    let title = "Grace Hopper and some others".into();
    let ping = room(RoomKind::Direct, "");
    let ping = DirectSettingsPage { site: site(), viewer: ada(), room: ping, title, people };
    put(gallery, "ping-settings", ping);
    let level = bell(RoomKind::Open, Involvement::Nothing);
    let title = "Allotment".into();
    put(
        gallery,
        "involvement",
        InvolvementPage { site: site(), viewer: ada(), title, bell: level, muted_until: None },
    );
    let keys = KeysPage { site: site(), viewer: ada(), flash: None };
    put(gallery, "keys", keys.clone());
    put(gallery, "keys-off", KeysPage { site: Site { keyless: true, ..site() }, ..keys });
    let query = "all".into();
    put(gallery, "switcher", SwitcherPage { site: site(), viewer: ada(), query, found: found() });
    pieces(gallery);
}

fn pieces(gallery: &mut Gallery) {
    put(gallery, "fragment-found", FoundFragment { found: &found() });
    put(gallery, "fragment-found-nothing", FoundFragment { found: &Found::default() });
    put(gallery, "fragment-people-to-pick", PeopleListFragment { picker: picker(3) });
    put(
        gallery,
        "fragment-bell",
        BellFragment { bell: bell(RoomKind::Direct, Involvement::Everything) },
    );
    put(gallery, "frame-sidebar-lists", SidebarListsFrame { sidebar: sidebar() });
    let ping = sidebar().pings.remove(0);
    put(gallery, "frame-sidebar-ping", SidebarPingFrame { ping: &ping, moved: true });
    let other = OtherRoom { room_id: RoomId(9), name: "Kitchen".into() };
    put(gallery, "frame-sidebar-other-room", OtherRoomFrame { room: &other });
    put(
        gallery,
        "frame-sidebar-renamed-room",
        RoomRenamedFrame { room_id: RoomId(9), name: "A & B" },
    );
    put(gallery, "pushed-member-count", MemberCountFrame { count: 12 });
    let bell = bell(RoomKind::Open, Involvement::Nothing);
    put(gallery, "pushed-bell", BellFrame { bell });
    put(gallery, "frame-sidebar-archived-room", RoomArchivedFrame);
    put(gallery, "frame-sidebar-restored-room", RoomRestoredFrame { room_id: RoomId(9) });
}

fn picker(total: usize) -> PeoplePicker {
    let people =
        (1..=9).map(|id| Pickable { who: author(id), is_chosen: id % 3 == 0, is_fixed: id == 1 });
    PeoplePicker {
        legend: "Who is in this room",
        path: "/rooms/closeds/new".into(),
        people: people.collect(),
        total,
        hidden: total.saturating_sub(100),
        filter: String::new(),
    }
}

fn room_settings() -> RoomSettingsPage {
    RoomSettingsPage {
        site: site(),
        viewer: ada(),
        room: room(RoomKind::Open, "Allotment"),
        name: "Allotment".into(),
        form: None,
        may_change: false,
        may_leave: true,
        members: (1..=9).map(author).collect(),
        member_count: 412,
    }
}

fn found() -> Found {
    let room = |id, name: &str, is_archived| FoundRoom {
        room_id: RoomId(id),
        name: name.into(),
        is_archived,
    };
    Found {
        pings: sidebar().pings,
        rooms: vec![room(3, "All Talk", false), room(4, "Small <talk>", true)],
        people: vec![author(5), author(9)],
    }
}

pub(super) fn profile_rooms() -> Vec<ProfileRoom> {
    let levels = [Involvement::Mentions, Involvement::Everything, Involvement::Invisible];
    let rooms = levels.into_iter().zip(3..).map(|(involvement, id)| ProfileRoom {
        title: format!("Room number {id}"),
        bell: Bell { room_id: RoomId(id), on_profile: true, ..bell(RoomKind::Open, involvement) },
        is_archived: id == 5,
    });
    rooms.collect()
}
