//! What the sidebars of people show of an event. Everything goes to one person's own pages: a
//! count, and whether a room is listed at all, is nobody else's business.

use std::collections::HashSet;

use super::Announcer;
use crate::error::Result;
use crate::live::{Frame, Topic};
use crate::model::room::ping_title;
use crate::model::{Involvement, Message, RoomId, RoomKind, UserId};
use crate::queries;
use crate::views::draw;
use crate::views::involvements::{Bell, BellFrame};
use crate::views::room_settings::{RoomArchivedFrame, RoomRenamedFrame, RoomRestoredFrame};
use crate::views::sidebar::{
    OtherRoom, OtherRoomFrame, SidebarPing, SidebarPingFrame, SidebarRoom, SidebarRoomFrame,
    SidebarRoomGoneFrame,
};

impl Announcer {
    /// One person's line of the sidebar as it is now: there with its count, or not there.
    pub(super) fn sidebar_entry(&self, room_id: RoomId, user_id: UserId) -> Result<()> {
        self.entry(room_id, user_id, false, None)
    }

    /// A new message: unread counts to members who are elsewhere. A ping goes to the front of
    /// everybody's list, also of those who look at it.
    pub(super) fn sidebars_of_message(&self, message: &Message) -> Result<()> {
        let room_id = message.room_id;
        let is_ping = self.access.room_kind(room_id) == Some(RoomKind::Direct);
        let members = self.access.listing_members(room_id);
        let elsewhere = self.publisher.listening_elsewhere(room_id, &members);
        if elsewhere.is_empty() && !is_ping {
            return Ok(());
        }
        for user_id in members {
            let looks_elsewhere = user_id != message.author.id && elsewhere.contains(&user_id);
            if looks_elsewhere {
                self.entry(room_id, user_id, is_ping, None)?;
            } else if is_ping {
                // Who looks is reading it; that is only not written down yet.
                self.entry(room_id, user_id, true, Some(0))?;
            }
        }
        Ok(())
    }

    /// A room or ping that is new in one person's list.
    pub(super) fn room_entered(&self, room_id: RoomId, user_id: UserId) -> Result<()> {
        self.entry(room_id, user_id, true, None)
    }

    /// A new name or kind, for those who are in the room and, where it is or was open to all, for
    /// those who may join it or no longer may.
    pub(super) fn room_changed(&self, room_id: RoomId, is_public: bool) -> Result<()> {
        if let Some(name) = self.reader.read(|db| queries::rooms::name(db, room_id))? {
            self.tell(Topic::Room(room_id), &RoomRenamedFrame { room_id, name: &name })?;
        }
        for user_id in self.access.members(room_id) {
            self.entry(room_id, user_id, true, None)?;
        }
        if is_public { self.others(room_id) } else { Ok(()) }
    }

    /// A ping is called after the people in it, by each of them otherwise.
    pub(super) fn ping_of_renamed(&self, room_id: RoomId) -> Result<()> {
        if self.access.room_kind(room_id) != Some(RoomKind::Direct) {
            return Ok(());
        }
        for user_id in self.access.listing_members(room_id) {
            self.sidebar_entry(room_id, user_id)?;
        }
        for user_id in self.access.members(room_id) {
            if !self.publisher.is_listening(user_id) {
                continue;
            }
            let names: Vec<String> = self.reader.read(|db| {
                let mut people = queries::sidebar::people_in(db, user_id, &[room_id])?;
                let people = people.remove(&room_id).unwrap_or_default();
                Ok(people.into_iter().map(|person| person.name).collect())
            })?;
            self.publisher.tell(Topic::User(user_id), None, || {
                draw(&RoomRenamedFrame { room_id, name: &ping_title(&names) })
            })?;
        }
        Ok(())
    }

    /// The bell of a room on the pages of whoever pressed it, wherever that was.
    pub(super) fn bell(
        &self,
        room_id: RoomId,
        user_id: UserId,
        involvement: Involvement,
    ) -> Result<()> {
        if let Some(kind) = self.access.room_kind(room_id)
            && self.publisher.is_listening(user_id)
        {
            let bell = Bell { room_id, kind, involvement, on_profile: false };
            self.tell(Topic::User(user_id), &BellFrame { bell })?;
        }
        Ok(())
    }

    pub(super) fn room_archived(&self, room_id: RoomId, kind: RoomKind) -> Result<()> {
        self.tell(Topic::Room(room_id), &RoomArchivedFrame)?;
        let members = self.access.members(room_id);
        self.gone(room_id, kind, &members)
    }

    pub(super) fn room_restored(&self, room_id: RoomId, kind: RoomKind) -> Result<()> {
        self.tell(Topic::Room(room_id), &RoomRestoredFrame { room_id })?;
        for user_id in self.access.members(room_id) {
            self.sidebar_entry(room_id, user_id)?;
        }
        if kind == RoomKind::Open { self.others(room_id) } else { Ok(()) }
    }

    pub(super) fn room_deleted(
        &self,
        room_id: RoomId,
        kind: RoomKind,
        member_ids: &[UserId],
    ) -> Result<()> {
        self.gone(room_id, kind, member_ids)
    }

    /// Out of one person's list; an open room is offered to them again.
    pub(super) fn room_left(&self, room_id: RoomId, user_id: UserId) -> Result<()> {
        self.other(room_id, user_id)
    }

    fn gone(&self, room_id: RoomId, kind: RoomKind, members: &[UserId]) -> Result<()> {
        let frame = Frame::unnumbered(draw(&SidebarRoomGoneFrame { room_id })?);
        let mut affected: HashSet<UserId> = members.iter().copied().collect();
        if kind == RoomKind::Open {
            // To the others it was offered.
            affected.extend(self.publisher.listening());
        }
        for user_id in affected {
            self.publisher.publish(Topic::User(user_id), &frame);
        }
        Ok(())
    }

    /// What people who are not in this room but may know of it are shown.
    fn others(&self, room_id: RoomId) -> Result<()> {
        let members: HashSet<UserId> = self.access.members(room_id).into_iter().collect();
        for user_id in self.publisher.listening().difference(&members) {
            self.other(room_id, *user_id)?;
        }
        Ok(())
    }

    fn other(&self, room_id: RoomId, user_id: UserId) -> Result<()> {
        if !self.publisher.is_listening(user_id) {
            return Ok(());
        }
        let found = self.reader.read(|db| queries::sidebar::other_room(db, user_id, room_id))?;
        let topic = Topic::User(user_id);
        match found {
            Some((room_id, name)) => {
                self.tell(topic, &OtherRoomFrame { room: &OtherRoom { room_id, name } })
            }
            None => self.tell(topic, &SidebarRoomGoneFrame { room_id }),
        }
    }

    /// `moved`: the entry belongs in another place than before. `unread`: known better here than
    /// in the database.
    fn entry(
        &self,
        room_id: RoomId,
        user_id: UserId,
        moved: bool,
        unread: Option<i64>,
    ) -> Result<()> {
        if !self.publisher.is_listening(user_id) {
            return Ok(());
        }
        let is_listed = match self.access.room_kind(room_id) {
            Some(RoomKind::Direct) => self.ping_entry(room_id, user_id, moved, unread)?,
            Some(RoomKind::Open | RoomKind::Closed) => {
                self.room_entry(room_id, user_id, moved, unread)?
            }
            None => false,
        };
        if is_listed {
            return Ok(());
        }
        self.tell(Topic::User(user_id), &SidebarRoomGoneFrame { room_id })
    }

    fn room_entry(
        &self,
        room_id: RoomId,
        user_id: UserId,
        moved: bool,
        unread: Option<i64>,
    ) -> Result<bool> {
        let found = self.reader.read(|db| queries::sidebar::room(db, user_id, room_id))?;
        let Some(found) = found else { return Ok(false) };
        let room = SidebarRoom {
            room_id,
            name: found.name,
            unread: unread.unwrap_or(found.unread),
            current: false,
        };
        self.tell(Topic::User(user_id), &SidebarRoomFrame { room: &room, moved })?;
        Ok(true)
    }

    fn ping_entry(
        &self,
        room_id: RoomId,
        user_id: UserId,
        moved: bool,
        unread: Option<i64>,
    ) -> Result<bool> {
        let found = self.reader.read(|db| queries::sidebar::ping(db, user_id, room_id))?;
        let Some(found) = found else { return Ok(false) };
        let unread = unread.unwrap_or(found.unread);
        // It is called after those in it, which is said differently in every language.
        self.publisher.tell(Topic::User(user_id), None, || {
            let ping = SidebarPing::new(room_id, found.people.clone(), unread)
                .with_dot(|partner| self.signals.online.is(partner));
            draw(&SidebarPingFrame { ping: &ping, moved })
        })?;
        Ok(true)
    }
}
