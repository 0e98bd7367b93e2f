//! People: joining.

use super::{Tx, memberships, profiles, transfers};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{EmailAddress, JoinCode, Role, Status, UserId, UserName};
use crate::queries;

/// Makes a member of every open room out of somebody who holds the join code. `NotFound` if the
/// code is no longer the account's, `Conflict` if the address is taken, `Invalid` if the name looks
/// like an administrator's. Somebody who was brought along from another chat and has not been here
/// yet takes their account over by its address.
pub struct JoinAccount {
    pub join_code: JoinCode,
    pub name: UserName,
    pub email_address: EmailAddress,
    pub password_digest: String,
    /// Key of the stored file of their picture, if they chose one.
    pub avatar_key: Option<String>,
}

impl Command<Event> for JoinAccount {
    type Output = UserId;

    fn apply(self, tx: &mut Tx<'_>) -> Result<UserId> {
        let account = queries::accounts::account(tx)?.ok_or(Error::NotFound)?;
        if account.join_code != self.join_code {
            return Err(Error::NotFound);
        }
        if let Some(user_id) = queries::users::unclaimed(tx, &self.email_address)? {
            return self.claim(tx, user_id);
        }
        if queries::users::address_is_taken(tx, &self.email_address)? {
            return Err(Error::Conflict);
        }
        profiles::check_look(tx, None, &self.name)?;
        let user_id =
            insert_user(tx, &self.name, &self.email_address, &self.password_digest, Role::Member)?;
        profiles::replace_avatar(tx, user_id, self.avatar_key.as_deref())?;
        memberships::grant_open_rooms(tx, user_id)?;
        Ok(user_id)
    }
}

impl JoinAccount {
    /// Everything stays as it was brought along but for what was typed just now.
    fn claim(self, tx: &mut Tx<'_>, user_id: UserId) -> Result<UserId> {
        tx.execute(
            "update users set password_digest = ?2, unclaimed = 0 where id = ?1",
            (user_id, &self.password_digest),
        )?;
        transfers::drop_all(tx, user_id)?;
        let renames = queries::users::by_id(tx, user_id)?.name != self.name.as_str();
        if renames {
            profiles::check_look(tx, Some(user_id), &self.name)?;
            profiles::rename(tx, user_id, &self.name)?;
        }
        if self.avatar_key.is_some() {
            profiles::replace_avatar(tx, user_id, self.avatar_key.as_deref())?;
        }
        tx.record(Event::UserChanged { user_id });
        if renames || self.avatar_key.is_some() {
            profiles::record_new_look(tx, user_id)?;
        }
        memberships::grant_open_rooms(tx, user_id)?;
        Ok(user_id)
    }
}

pub(super) fn insert_user(
    tx: &mut Tx<'_>,
    name: &UserName,
    email_address: &EmailAddress,
    password_digest: &str,
    role: Role,
) -> Result<UserId> {
    tx.execute(
        "insert into users (name, email_address, password_digest, role, created_at)
         values (?1, ?2, ?3, ?4, ?5)",
        (name.as_str(), email_address.as_str(), password_digest, role, tx.now),
    )?;
    let user_id = UserId(tx.last_insert_rowid());
    tx.record(Event::UserAdmitted { user_id, role, status: Status::Active });
    Ok(user_id)
}
