//! The account: made once, by whoever comes first.

use super::Tx;
use super::users::insert_user;
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::account::FIRST_ROOM_NAME;
use crate::model::{EmailAddress, JoinCode, Role, RoomId, RoomKind, UserId, UserName};
use crate::queries;

/// Makes the account, its first administrator and its first room. `Conflict` if there is one.
pub struct CreateAccount {
    pub account_name: String,
    pub join_code: JoinCode,
    pub name: UserName,
    pub email_address: EmailAddress,
    pub password_digest: String,
    /// Key of the stored file of their picture, if they chose one.
    pub avatar_key: Option<String>,
}

impl Command<Event> for CreateAccount {
    type Output = (UserId, RoomId);

    fn apply(self, tx: &mut Tx<'_>) -> Result<(UserId, RoomId)> {
        if queries::accounts::account(tx)?.is_some() {
            return Err(Error::Conflict);
        }
        tx.execute(
            "insert into accounts (id, name, join_code, created_at) values (1, ?1, ?2, ?3)",
            (&self.account_name, self.join_code.as_str(), tx.now),
        )?;
        let user_id = insert_user(
            tx,
            &self.name,
            &self.email_address,
            &self.password_digest,
            Role::Administrator,
        )?;
        super::profiles::replace_avatar(tx, user_id, self.avatar_key.as_deref())?;
        tx.execute(
            "insert into rooms (kind, name, creator_id, created_at, active_at) values ('open', ?1, ?2, ?3, ?3)",
            (FIRST_ROOM_NAME, user_id, tx.now),
        )?;
        let room_id = RoomId(tx.last_insert_rowid());
        tx.record(Event::AccountChanged);
        tx.record(Event::RoomCreated { room_id, kind: RoomKind::Open });
        super::memberships::grant(tx, room_id, RoomKind::Open, user_id)?;
        Ok((user_id, room_id))
    }
}
