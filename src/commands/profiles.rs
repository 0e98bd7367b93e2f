//! What people change about themselves, and what the operator changes for them at the machine.

use super::{Tx, audit_log, sessions, transfers};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::look_alikes::skeleton;
use crate::model::{
    Bio, ChangeKind, Cursor, Deed, EmailAddress, Role, SessionId, Status, UserId, UserName,
};
use crate::queries;

/// What is said to somebody whose current password is wrong or missing.
pub const WRONG_PASSWORD: &str = "That is not your current password.";

const LOOKS_LIKE_ANOTHER: &str = "An administrator here goes by that name. Add something to yours.";

/// Changes a person's own profile; what is none stays. A change of how they sign in ends all
/// their other sessions and takes their unused links back. Returns the file of a picture that was
/// replaced. `Invalid` for a wrong current password or an address that cannot be used.
pub struct UpdateProfile {
    pub user_id: UserId,
    /// The session that asks; it stays.
    pub session_id: SessionId,
    pub name: Option<UserName>,
    pub bio: Option<Bio>,
    /// Key of the stored file of a new picture.
    pub avatar_key: Option<String>,
    pub sign_in: Option<SignInChange>,
}

/// Another address, another password, or both.
pub struct SignInChange {
    pub email_address: Option<EmailAddress>,
    pub password_digest: Option<String>,
    /// The stored digest that the typed current password was found to fit. None counts only for
    /// a session that began with a link for somebody locked out.
    pub proven_digest: Option<String>,
}

impl Command<Event> for UpdateProfile {
    type Output = Option<String>;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Option<String>> {
        let recovers = sessions::may_recover(tx, self.user_id, self.session_id)?;
        let before = queries::users::by_id(tx, self.user_id)?;
        if !before.is_active() {
            return Err(Error::Forbidden);
        }
        if let Some(change) = self.sign_in {
            change_sign_in(tx, self.user_id, self.session_id, recovers, &change)?;
        }
        if let Some(bio) = &self.bio {
            tx.execute("update users set bio = ?2 where id = ?1", (self.user_id, bio.as_str()))?;
        }
        if let Some(name) = self.name.as_ref().filter(|name| name.as_str() != before.name) {
            check_look(tx, Some(self.user_id), name)?;
            rename(tx, self.user_id, name)?;
        }
        let is_pictured = self.avatar_key.is_some();
        let replaced = match self.avatar_key {
            Some(key) => replace_avatar(tx, self.user_id, Some(&key))?,
            None => None,
        };
        tx.record(Event::UserChanged { user_id: self.user_id });
        let after = queries::users::by_id(tx, self.user_id)?;
        if after.name != before.name || is_pictured {
            record_new_look(tx, self.user_id)?;
        }
        Ok(replaced)
    }
}

fn change_sign_in(
    tx: &mut Tx<'_>,
    user_id: UserId,
    session_id: SessionId,
    recovers: bool,
    change: &SignInChange,
) -> Result<()> {
    let stored = queries::users::password_digest(tx, user_id)?;
    // What was checked outside must still be what is stored.
    let proven = stored.is_some() && stored == change.proven_digest;
    if !proven && !recovers {
        return Err(Error::invalid("current_password", WRONG_PASSWORD));
    }
    if let Some(address) = &change.email_address {
        if queries::users::address_is_taken(tx, address)? {
            return Err(Error::invalid(
                "email_address",
                "This address cannot be used here. Choose another one.",
            ));
        }
        tx.execute(
            "update users set email_address = ?2 where id = ?1",
            (user_id, address.as_str()),
        )?;
    }
    if let Some(digest) = &change.password_digest {
        set_password(tx, user_id, digest)?;
        tx.execute("update sessions set recovers_until = null where id = ?1", [session_id])?;
    }
    sessions::end_all(tx, user_id, Some(session_id))?;
    transfers::drop_all(tx, user_id)
}

/// Nobody may pass for an administrator: names that look like another one's, who is one, are refused.
pub(super) fn check_look(tx: &Tx<'_>, own: Option<UserId>, name: &UserName) -> Result<()> {
    let look = skeleton(name.as_str());
    let mut others = queries::users::names_of_administrators(tx)?.into_iter();
    // Names of pictures alone have none.
    match others.any(|(id, other)| Some(id) != own && skeleton(&other) == look) {
        true if !look.is_empty() => Err(Error::invalid("name", LOOKS_LIKE_ANOTHER)),
        _ => Ok(()),
    }
}

/// Initials come from the name, so their address changes, too.
pub(super) fn rename(tx: &Tx<'_>, user_id: UserId, name: &UserName) -> Result<()> {
    tx.execute(
        "update users set name = ?2,
             avatar_changed_at = iif(avatar_path is null, ?3, avatar_changed_at)
         where id = ?1",
        (user_id, name.as_str(), tx.now),
    )?;
    Ok(())
}

fn set_password(tx: &Tx<'_>, user_id: UserId, digest: &str) -> Result<()> {
    tx.execute("update users set password_digest = ?2 where id = ?1", (user_id, digest))?;
    Ok(())
}

/// Replaces a digest by another one of the same password. If it was changed meanwhile, that stays.
pub struct RenewDigest {
    pub user_id: UserId,
    pub proven_digest: String,
    pub password_digest: String,
}

impl Command<Event> for RenewDigest {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(
            "update users set password_digest = ?3 where id = ?1 and password_digest = ?2",
            (self.user_id, self.proven_digest, self.password_digest),
        )?;
        Ok(())
    }
}

/// Goes back to initials. Returns the file of the picture, if there was one.
pub struct RemoveAvatar {
    pub user_id: UserId,
}

impl Command<Event> for RemoveAvatar {
    type Output = Option<String>;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Option<String>> {
        if !queries::users::by_id(tx, self.user_id)?.is_active() {
            return Err(Error::Forbidden);
        }
        let removed = replace_avatar(tx, self.user_id, None)?;
        if removed.is_some() {
            tx.record(Event::UserChanged { user_id: self.user_id });
            record_new_look(tx, self.user_id)?;
        }
        Ok(removed)
    }
}

/// Gives the change a number in every room that shows this person.
pub(super) fn record_new_look(tx: &mut Tx<'_>, user_id: UserId) -> Result<()> {
    let person = queries::users::author_by_id(tx, user_id)?;
    for room_id in queries::rooms::showing(tx, user_id)? {
        tx.prepare_cached(
            "insert into changes (room_id, user_id, kind, at) values (?1, ?2, ?3, ?4)",
        )?
        .execute((room_id, user_id, ChangeKind::Renamed, tx.now))?;
        let cursor = Cursor(tx.last_insert_rowid());
        tx.record(Event::PersonRenamed { cursor, room_id, person: person.clone() });
    }
    Ok(())
}

/// Sets or takes away somebody's picture; returns the file of the one before.
pub(super) fn replace_avatar(
    tx: &Tx<'_>,
    user_id: UserId,
    key: Option<&str>,
) -> Result<Option<String>> {
    let before = queries::users::avatar_key(tx, user_id)?;
    if before.is_some() || key.is_some() {
        tx.execute(
            "update users set avatar_path = ?2, avatar_changed_at = ?3 where id = ?1",
            (user_id, key, tx.now),
        )?;
    }
    Ok(before)
}

/// Sets a password as the operator at the machine, and signs the person out everywhere.
/// `NotFound` if no active person has this address.
pub struct ResetPassword {
    pub email_address: EmailAddress,
    pub password_digest: String,
}

impl Command<Event> for ResetPassword {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let found = queries::users::sign_in_candidate(tx, &self.email_address)?;
        let (user_id, _) = found.ok_or(Error::NotFound)?;
        set_password(tx, user_id, &self.password_digest)?;
        audit_log::note_operator(tx, Deed::SetPassword, user_id)?;
        sessions::end_all(tx, user_id, None)?;
        transfers::drop_all(tx, user_id)
    }
}

/// Makes somebody an administrator as the operator at the machine. `NotFound` if no active person
/// has this address.
pub struct MakeAdministrator {
    pub email_address: EmailAddress,
}

impl Command<Event> for MakeAdministrator {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let found = queries::users::sign_in_candidate(tx, &self.email_address)?;
        let (user_id, _) = found.ok_or(Error::NotFound)?;
        let role = Role::Administrator;
        tx.execute("update users set role = ?2 where id = ?1", (user_id, role))?;
        audit_log::note_operator(tx, Deed::MakeAdministrator, user_id)?;
        tx.record(Event::UserAdmitted { user_id, role, status: Status::Active });
        Ok(())
    }
}
