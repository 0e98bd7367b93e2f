//! The account: made once, by whoever comes first, and then changed by administrators.

use super::roles::must_administer;
use super::users::insert_user;
use super::{Tx, audit_log, jobs};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::account::FIRST_ROOM_NAME;
use crate::model::{
    AccountName, CustomStyles, Deed, EmailAddress, Job, JoinCode, Role, RoomId, RoomKind, UserId,
    UserName,
};
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

/// Changes what an administrator may set; what is `None` stays.
pub struct UpdateAccount {
    pub actor_id: UserId,
    pub name: Option<AccountName>,
    /// Only administrators may make open and closed rooms.
    pub restrict_room_creation: Option<bool>,
}

impl Command<Event> for UpdateAccount {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        must_administer(tx, self.actor_id)?;
        tx.execute(
            "update accounts set name = coalesce(?1, name),
                 restrict_room_creation = coalesce(?2, restrict_room_creation)",
            (self.name.as_ref().map(AccountName::as_str), self.restrict_room_creation),
        )?;
        if self.name.is_some() || self.restrict_room_creation.is_some() {
            audit_log::note(tx, self.actor_id, Deed::ChangeAccount)?;
        }
        tx.record(Event::AccountChanged);
        Ok(())
    }
}

/// Gives the account another join code: the link people hold leads nowhere from now on.
pub struct ReplaceJoinCode {
    pub actor_id: UserId,
    pub join_code: JoinCode,
}

impl Command<Event> for ReplaceJoinCode {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        must_administer(tx, self.actor_id)?;
        tx.execute("update accounts set join_code = ?1", [self.join_code.as_str()])?;
        audit_log::note(tx, self.actor_id, Deed::ReplaceJoinCode)?;
        tx.record(Event::AccountChanged);
        Ok(())
    }
}

/// Replaces the operator's stylesheet, or takes it away.
pub struct ReplaceCustomStyles {
    pub actor_id: UserId,
    pub styles: Option<CustomStyles>,
}

impl Command<Event> for ReplaceCustomStyles {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        must_administer(tx, self.actor_id)?;
        let styles = self.styles.as_ref().map(CustomStyles::as_str);
        let changed_at = styles.map(|_| tx.now);
        tx.execute(
            "update accounts set custom_styles = ?1, custom_styles_changed_at = ?2",
            (styles, changed_at),
        )?;
        audit_log::note(tx, self.actor_id, Deed::ChangeStyles)?;
        tx.record(Event::AccountChanged);
        Ok(())
    }
}

/// The stored files of a logo.
pub struct LogoKeys {
    /// At most 512 px on a side.
    pub large: String,
    /// At most 192 px on a side.
    pub small: String,
}

/// Replaces the logo, or takes it away. The files of the one before are removed later.
pub struct ReplaceLogo {
    pub actor_id: UserId,
    pub logo: Option<LogoKeys>,
}

impl Command<Event> for ReplaceLogo {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        must_administer(tx, self.actor_id)?;
        let before: (Option<String>, Option<String>) =
            tx.query_row("select logo_key, small_logo_key from accounts", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let (large, small) = self.logo.map(|logo| (logo.large, logo.small)).unzip();
        let changed_at = large.as_ref().map(|_| tx.now);
        tx.execute(
            "update accounts set logo_key = ?1, small_logo_key = ?2, logo_changed_at = ?3",
            (large, small, changed_at),
        )?;
        audit_log::note(tx, self.actor_id, Deed::ChangeLogo)?;
        let keys: Vec<String> = [before.0, before.1].into_iter().flatten().collect();
        if !keys.is_empty() {
            jobs::enqueue(tx, &Job::RemoveFiles { keys })?;
        }
        tx.record(Event::AccountChanged);
        Ok(())
    }
}
