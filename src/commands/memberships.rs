//! Who is in a room, and how far they have read.

use std::collections::HashSet;

use super::Tx;
use super::rooms::of_active_member;
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{Involvement, MessageId, Room, RoomId, RoomKind, UserId};
use crate::queries;
use crate::words::{self, sentence};

/// Moves a member's read position up to a message. Never moves it back; says nothing when it
/// already was there or the membership is gone.
pub struct ReadRoom {
    pub room_id: RoomId,
    pub user_id: UserId,
    pub up_to: MessageId,
}

impl Command<Event> for ReadRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let moved = tx
            .prepare_cached(
                "update memberships set last_read_message_id = ?3
                 where room_id = ?1 and user_id = ?2 and last_read_message_id < ?3",
            )?
            .execute((self.room_id, self.user_id, self.up_to))?;
        if moved > 0 {
            tx.record(Event::RoomRead {
                room_id: self.room_id,
                user_id: self.user_id,
                last_read_message_id: self.up_to,
            });
        }
        Ok(())
    }
}

/// Sets a member's read position back to just before a message of the room.
pub struct MarkUnread {
    pub room_id: RoomId,
    pub user_id: UserId,
    pub from: MessageId,
}

impl Command<Event> for MarkUnread {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        of_active_member(tx, self.room_id, self.user_id)?;
        queries::messages::by_id(tx, self.room_id, self.from)?;
        let position = MessageId(self.from.0 - 1);
        tx.execute(
            "update memberships set last_read_message_id = ?3 where room_id = ?1 and user_id = ?2",
            (self.room_id, self.user_id, position),
        )?;
        tx.record(Event::RoomMarkedUnread {
            room_id: self.room_id,
            user_id: self.user_id,
            last_read_message_id: position,
        });
        Ok(())
    }
}

/// Moves all of a person's read positions to the end.
pub struct ReadEverything {
    pub user_id: UserId,
}

impl Command<Event> for ReadEverything {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        for (room_id, up_to) in queries::memberships::unread_rooms(tx, self.user_id)? {
            ReadRoom { room_id, user_id: self.user_id, up_to }.apply(tx)?;
        }
        Ok(())
    }
}

/// Chooses how much of a room reaches a member. Pings know fewer levels than rooms: the others
/// are refused. What was said while a room was invisible counts as read.
pub struct ChangeInvolvement {
    pub room_id: RoomId,
    pub user_id: UserId,
    pub involvement: Involvement,
}

impl Command<Event> for ChangeInvolvement {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let (room_id, user_id, involvement) = (self.room_id, self.user_id, self.involvement);
        let (room, _) = of_active_member(tx, room_id, user_id)?;
        if !Involvement::cycle(room.kind).contains(&involvement) {
            return Err(Error::invalid("involvement", sentence(words::ping_has_no_such_level)));
        }
        let before = queries::memberships::involvement(tx, room_id, user_id)?;
        if before == involvement {
            return Ok(());
        }
        tx.execute(
            "update memberships set involvement = ?3 where room_id = ?1 and user_id = ?2",
            (room_id, user_id, involvement),
        )?;
        if before == Involvement::Invisible {
            tx.execute(
                "update memberships set last_read_message_id =
                     (select last_message_id from rooms where id = ?1)
                 where room_id = ?1 and user_id = ?2",
                (room_id, user_id),
            )?;
        }
        tx.record(Event::InvolvementChanged { room_id, user_id, involvement });
        Ok(())
    }
}

/// Takes a member out of an open or closed room at their own wish; they stay out until they or
/// somebody who chooses them lets them in again. `NotFound` for pings; `Forbidden` for the creator
/// of a closed room, who is always in it.
pub struct LeaveRoom {
    pub room_id: RoomId,
    pub user_id: UserId,
}

impl Command<Event> for LeaveRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let (room, _) = of_active_member(tx, self.room_id, self.user_id)?;
        match room.kind {
            RoomKind::Direct => return Err(Error::NotFound),
            RoomKind::Closed if room.creator_id == self.user_id => return Err(Error::Forbidden),
            RoomKind::Open | RoomKind::Closed => {}
        }
        tx.execute(
            "insert into departures (user_id, room_id, left_at) values (?1, ?2, ?3)
             on conflict do nothing",
            (self.user_id, self.room_id, tx.now),
        )?;
        revoke(tx, self.room_id, self.user_id)
    }
}

/// Lets somebody back into an open room. `NotFound` if it is not open, is archived, or is gone.
pub struct RejoinRoom {
    pub room_id: RoomId,
    pub user_id: UserId,
}

impl Command<Event> for RejoinRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let user = queries::users::by_id(tx, self.user_id)?;
        if !user.is_active() || !queries::rooms::can_be_joined(tx, self.room_id)? {
            return Err(Error::NotFound);
        }
        welcome_back(tx, self.room_id, self.user_id)?;
        grant(tx, self.room_id, RoomKind::Open, self.user_id)
    }
}

/// Lets a person into every open room but those they once left: at joining, or when they return.
pub(super) fn grant_open_rooms(tx: &mut Tx<'_>, user_id: UserId) -> Result<()> {
    for room_id in queries::rooms::open_ids(tx)? {
        grant_unless_left(tx, room_id, RoomKind::Open, user_id)?;
    }
    Ok(())
}

/// Lets every active person and bot into a room, but those who once left it.
pub(super) fn grant_everybody(tx: &mut Tx<'_>, room_id: RoomId) -> Result<()> {
    for user_id in queries::users::to_admit(tx, room_id)? {
        grant(tx, room_id, RoomKind::Open, user_id)?;
    }
    Ok(())
}

/// Lets the active ones among these people into a closed room, also those who once left it.
pub(super) fn grant_chosen(tx: &mut Tx<'_>, room_id: RoomId, chosen: &[UserId]) -> Result<()> {
    for user_id in queries::users::active_among(tx, chosen)? {
        welcome_back(tx, room_id, user_id)?;
        grant(tx, room_id, RoomKind::Closed, user_id)?;
    }
    Ok(())
}

/// Lets an active person in who has not left this room of their own accord.
pub(super) fn grant_unless_left(
    tx: &mut Tx<'_>,
    room_id: RoomId,
    kind: RoomKind,
    user_id: UserId,
) -> Result<()> {
    if queries::memberships::has_left(tx, room_id, user_id)?
        || !queries::users::by_id(tx, user_id)?.is_active()
    {
        return Ok(());
    }
    grant(tx, room_id, kind, user_id)
}

/// Takes everybody out of a closed room who was not chosen; its creator stays.
pub(super) fn revoke_all_but(tx: &mut Tx<'_>, room: &Room, chosen: &[UserId]) -> Result<()> {
    let chosen: HashSet<UserId> = chosen.iter().copied().collect();
    for user_id in queries::memberships::member_ids(tx, room.id)? {
        if user_id != room.creator_id && !chosen.contains(&user_id) {
            revoke(tx, room.id, user_id)?;
        }
    }
    Ok(())
}

fn revoke(tx: &mut Tx<'_>, room_id: RoomId, user_id: UserId) -> Result<()> {
    let removed = tx
        .prepare_cached("delete from memberships where room_id = ?1 and user_id = ?2")?
        .execute((room_id, user_id))?;
    if removed > 0 {
        tx.record(Event::MembershipRevoked { room_id, user_id });
    }
    Ok(())
}

fn welcome_back(tx: &Tx<'_>, room_id: RoomId, user_id: UserId) -> Result<()> {
    tx.prepare_cached("delete from departures where user_id = ?1 and room_id = ?2")?
        .execute((user_id, room_id))?;
    Ok(())
}

/// Lets somebody into a room. What was said before counts as read. Already in: nothing changes.
pub(super) fn grant(
    tx: &mut Tx<'_>,
    room_id: RoomId,
    kind: RoomKind,
    user_id: UserId,
) -> Result<()> {
    let involvement = Involvement::default_for(kind);
    let last = queries::rooms::last_message_id(tx, room_id)?;
    let added = tx
        .prepare_cached(
            "insert into memberships (room_id, user_id, involvement, last_read_message_id, created_at)
             values (?1, ?2, ?3, ?4, ?5) on conflict do nothing",
        )?
        .execute((room_id, user_id, involvement, last, tx.now))?;
    if added > 0 {
        tx.record(Event::MembershipGranted { room_id, user_id, involvement });
    }
    Ok(())
}
