//! Open and closed rooms: made, changed, archived, deleted.

use super::attachments::GRACE_MS;
use super::messages::make_unfindable;
use super::messages::removal::stored_files;
use super::{Tx, audit_log, jobs, memberships};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{Deed, Job, Role, Room, RoomId, RoomKind, RoomName, UserId};
use crate::queries;

/// Messages or changes of a deleted room that are removed by one command. Small enough that
/// whoever posts meanwhile does not notice.
const REMOVED_AT_ONCE: i64 = 250;

/// Who is to be in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// An open room: everybody active, now and in future.
    Everyone,
    /// A closed room: these people and nobody else.
    Chosen(Vec<UserId>),
}

impl Audience {
    fn kind(&self) -> RoomKind {
        match self {
            Audience::Everyone => RoomKind::Open,
            Audience::Chosen(_) => RoomKind::Closed,
        }
    }
}

/// Makes an open or closed room; its creator is always in it. `Forbidden` where only
/// administrators make rooms.
pub struct CreateRoom {
    pub creator_id: UserId,
    pub name: RoomName,
    pub audience: Audience,
}

impl Command<Event> for CreateRoom {
    type Output = RoomId;

    fn apply(self, tx: &mut Tx<'_>) -> Result<RoomId> {
        let creator = queries::users::by_id(tx, self.creator_id)?;
        let account = queries::accounts::account(tx)?.ok_or(Error::NotFound)?;
        if !creator.is_active() || creator.role == Role::Bot {
            return Err(Error::Forbidden);
        }
        if account.restrict_room_creation && !creator.is_administrator() {
            return Err(Error::Forbidden);
        }
        let kind = self.audience.kind();
        tx.execute(
            "insert into rooms (kind, name, creator_id, created_at, active_at) values (?1, ?2, ?3, ?4, ?4)",
            (kind, self.name.as_str(), self.creator_id, tx.now),
        )?;
        let room_id = RoomId(tx.last_insert_rowid());
        tx.record(Event::RoomCreated { room_id, kind });
        admit(tx, room_id, self.creator_id, &self.audience)?;
        Ok(room_id)
    }
}

/// Renames a room and decides anew who is in it; this is also how open and closed rooms turn into
/// each other. `NotFound` for pings and for who is not in the room, `Forbidden` for members who
/// neither made it nor administer the account, and while the room is archived.
pub struct UpdateRoom {
    pub room_id: RoomId,
    pub by: UserId,
    pub name: RoomName,
    pub audience: Audience,
}

impl Command<Event> for UpdateRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let room = changeable(tx, self.room_id, self.by)?;
        if room.archived_at.is_some() {
            return Err(Error::Forbidden);
        }
        let kind = self.audience.kind();
        let renamed = room.name.as_deref() != Some(self.name.as_str());
        if renamed || room.kind != kind {
            tx.execute(
                "update rooms set name = ?2, kind = ?3 where id = ?1",
                (room.id, self.name.as_str(), kind),
            )?;
            tx.record(Event::RoomChanged { room_id: room.id, kind, was: room.kind });
        }
        admit(tx, room.id, room.creator_id, &self.audience)?;
        if let Audience::Chosen(chosen) = &self.audience {
            memberships::revoke_all_but(tx, &room, chosen)?;
        }
        audit_log::note_room(tx, self.by, Deed::ChangeRoom, &room)
    }
}

/// Lets in everybody the audience names, and the creator.
fn admit(tx: &mut Tx<'_>, room_id: RoomId, creator_id: UserId, audience: &Audience) -> Result<()> {
    match audience {
        Audience::Everyone => memberships::grant_everybody(tx, room_id),
        Audience::Chosen(chosen) => {
            memberships::grant_chosen(tx, room_id, chosen)?;
            memberships::grant_unless_left(tx, room_id, RoomKind::Closed, creator_id)
        }
    }
}

/// Makes a room read-only and takes it out of everybody's sidebar. Archived already: nothing
/// changes. Refusals as for `UpdateRoom`.
pub struct ArchiveRoom {
    pub room_id: RoomId,
    pub by: UserId,
}

impl Command<Event> for ArchiveRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let room = changeable(tx, self.room_id, self.by)?;
        let archived = tx.execute(
            "update rooms set archived_at = ?2 where id = ?1 and archived_at is null",
            (room.id, tx.now),
        )?;
        if archived > 0 {
            tx.record(Event::RoomArchived { room_id: room.id, kind: room.kind });
            audit_log::note_room(tx, self.by, Deed::ArchiveRoom, &room)?;
        }
        Ok(())
    }
}

/// Brings an archived room back. Refusals as for `UpdateRoom`.
pub struct RestoreRoom {
    pub room_id: RoomId,
    pub by: UserId,
}

impl Command<Event> for RestoreRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let room = changeable(tx, self.room_id, self.by)?;
        let restored = tx.execute(
            "update rooms set archived_at = null where id = ?1 and archived_at is not null",
            [room.id],
        )?;
        if restored > 0 {
            tx.record(Event::RoomRestored { room_id: room.id, kind: room.kind });
            audit_log::note_room(tx, self.by, Deed::RestoreRoom, &room)?;
        }
        Ok(())
    }
}

/// Deletes a room for everybody, at once: nobody is in it any more, so nothing of it can be
/// reached. Its content is removed by a job, a piece at a time, as a long history would keep
/// everybody else waiting. Refusals as for `UpdateRoom`; a ping may be deleted
/// by anybody in it.
pub struct DeleteRoom {
    pub room_id: RoomId,
    pub by: UserId,
}

impl Command<Event> for DeleteRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let (room, is_administrator) = of_active_member(tx, self.room_id, self.by)?;
        let allowed =
            room.kind == RoomKind::Direct || room.may_be_changed_by(self.by, is_administrator);
        if !allowed {
            return Err(Error::Forbidden);
        }
        audit_log::note_room(tx, self.by, Deed::DeleteRoom, &room)?;
        let member_ids = queries::memberships::member_ids(tx, room.id)?;
        tx.execute("delete from memberships where room_id = ?1", [room.id])?;
        tx.execute("delete from departures where room_id = ?1", [room.id])?;
        // A ping gives up its key, so that the same people can start another one at once.
        tx.execute(
            "update rooms set deleted_at = ?2, kind = 'closed', name = 'Deleted', direct_key = null
             where id = ?1",
            (room.id, tx.now),
        )?;
        tx.record(Event::RoomDeleted { room_id: room.id, kind: room.kind, member_ids });
        jobs::enqueue(tx, &Job::EmptyDeletedRoom { room_id: room.id })?;
        Ok(())
    }
}

/// Removes a piece of what a deleted room still holds, and at last the room itself. Answers
/// whether there is more to do. A room that is not deleted is left alone.
pub struct EmptyDeletedRoom {
    pub room_id: RoomId,
}

impl Command<Event> for EmptyDeletedRoom {
    type Output = bool;

    fn apply(self, tx: &mut Tx<'_>) -> Result<bool> {
        if !queries::rooms::is_deleted(tx, self.room_id)? {
            return Ok(false);
        }
        let messages = queries::messages::oldest(tx, self.room_id, REMOVED_AT_ONCE)?;
        if !messages.is_empty() {
            let mut keys = Vec::new();
            for id in messages {
                make_unfindable(tx, id)?;
                keys.extend(stored_files(tx, id)?);
                tx.prepare_cached("delete from messages where id = ?1")?.execute([id])?;
            }
            if !keys.is_empty() {
                jobs::enqueue_later(tx, &Job::RemoveFiles { keys }, GRACE_MS)?;
            }
            return Ok(true);
        }
        let changes = tx.execute(
            "delete from changes where id in
                 (select id from changes where room_id = ?1 order by id limit ?2)",
            (self.room_id, REMOVED_AT_ONCE * 4),
        )?;
        if changes > 0 {
            return Ok(true);
        }
        tx.execute("delete from rooms where id = ?1", [self.room_id])?;
        Ok(false)
    }
}

/// The room, if this person may change it.
fn changeable(tx: &Tx<'_>, room_id: RoomId, by: UserId) -> Result<Room> {
    let (room, is_administrator) = of_active_member(tx, room_id, by)?;
    if room.kind == RoomKind::Direct {
        return Err(Error::NotFound);
    }
    if !room.may_be_changed_by(by, is_administrator) {
        return Err(Error::Forbidden);
    }
    Ok(room)
}

/// The room of an active member, and whether that member administers the account. `NotFound` for
/// everybody else.
pub(super) fn of_active_member(
    tx: &Tx<'_>,
    room_id: RoomId,
    user_id: UserId,
) -> Result<(Room, bool)> {
    let room = queries::rooms::of_member(tx, room_id, user_id)?;
    let user = queries::users::by_id(tx, user_id)?;
    if !user.is_active() {
        return Err(Error::NotFound);
    }
    Ok((room, user.is_administrator()))
}
