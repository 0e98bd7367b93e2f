//! Pings: one room for each exact set of people, found or made.

use super::Tx;
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::room::direct_key;
use crate::model::{RoomId, RoomKind, UserId};
use crate::queries;

/// Opens the room of exactly these people and the one who asks. Ids nobody has are ignored. Only
/// one writer, so that it cannot be made twice; the unique key says the same to the database.
pub struct OpenDirect {
    pub by: UserId,
    pub user_ids: Vec<UserId>,
}

impl Command<Event> for OpenDirect {
    type Output = RoomId;

    fn apply(self, tx: &mut Tx<'_>) -> Result<RoomId> {
        if !queries::users::by_id(tx, self.by)?.is_active() {
            return Err(Error::NotFound);
        }
        let mut people = queries::users::existing(tx, &self.user_ids)?;
        people.push(self.by);
        people.sort_unstable();
        people.dedup();
        let key = direct_key(&people);
        if let Some(room_id) = queries::rooms::direct_with_key(tx, &key)? {
            return Ok(room_id);
        }
        let kind = RoomKind::Direct;
        tx.execute(
            "insert into rooms (kind, direct_key, creator_id, created_at, active_at)
             values (?1, ?2, ?3, ?4, ?4)",
            (kind, &key, self.by, tx.now),
        )?;
        let room_id = RoomId(tx.last_insert_rowid());
        tx.record(Event::RoomCreated { room_id, kind });
        for user_id in people {
            super::memberships::grant(tx, room_id, kind, user_id)?;
        }
        Ok(room_id)
    }
}
