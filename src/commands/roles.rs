//! Who administers: checked by every command that only administrators may give.

use super::{Tx, audit_log};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{Deed, Role, Status, User, UserId};
use crate::queries;
use crate::words::{self, sentence};

/// Makes a person an administrator, or a member again. `NotFound` for bots and whoever is not
/// active; `Invalid` for the last administrator.
pub struct ChangeRole {
    pub actor_id: UserId,
    pub user_id: UserId,
    pub administrator: bool,
}

impl Command<Event> for ChangeRole {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        must_administer(tx, self.actor_id)?;
        let user = active_person(tx, self.user_id)?;
        if user.is_administrator() == self.administrator {
            return Ok(());
        }
        if !self.administrator {
            keep_an_administrator(tx, self.user_id)?;
        }
        let role = if self.administrator { Role::Administrator } else { Role::Member };
        tx.execute("update users set role = ?2 where id = ?1", (self.user_id, role))?;
        let deed = if self.administrator { Deed::MakeAdministrator } else { Deed::MakeMember };
        audit_log::note_about(tx, self.actor_id, deed, self.user_id)?;
        tx.record(Event::UserAdmitted { user_id: self.user_id, role, status: Status::Active });
        Ok(())
    }
}

/// `Forbidden` unless this is an active administrator now, whatever they were when they asked.
pub(super) fn must_administer(tx: &Tx<'_>, user_id: UserId) -> Result<()> {
    let user = queries::users::by_id(tx, user_id)?;
    (user.is_active() && user.is_administrator()).then_some(()).ok_or(Error::Forbidden)
}

/// A person who can act. `NotFound` for bots, and for whoever was removed or banned.
pub(super) fn active_person(tx: &Tx<'_>, user_id: UserId) -> Result<User> {
    let user = queries::users::by_id(tx, user_id)?;
    (user.is_active() && user.role != Role::Bot).then_some(user).ok_or(Error::NotFound)
}

/// Refuses to take away the last administrator: nobody could make another one.
pub(super) fn keep_an_administrator(tx: &Tx<'_>, leaving: UserId) -> Result<()> {
    let another = tx
        .prepare_cached(
            "select 1 from users
             where role = 'administrator' and status = 'active' and id <> ?1 limit 1",
        )?
        .exists([leaving])?;
    another.then_some(()).ok_or_else(|| Error::invalid("role", sentence(words::last_administrator)))
}
