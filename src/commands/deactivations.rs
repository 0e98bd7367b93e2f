//! Removing somebody from the account: they can no longer act, and what they said stays.

use super::{Tx, audit_log, roles, sessions};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{Deed, Role, RoomId, Status, UserId};
use crate::queries;

/// Deactivates a person or a bot: signed out everywhere, out of every room but their pings, their
/// address free for a new start. `NotFound` if they are not active, `Invalid` for the last
/// administrator.
pub struct DeactivateUser {
    pub actor_id: UserId,
    pub user_id: UserId,
    /// Makes the address they leave behind unlike any other: a UUID.
    pub mark: String,
}

impl Command<Event> for DeactivateUser {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        roles::must_administer(tx, self.actor_id)?;
        let user = queries::users::by_id(tx, self.user_id)?;
        if !user.is_active() {
            return Err(Error::NotFound);
        }
        if user.is_administrator() {
            roles::keep_an_administrator(tx, user.id)?;
        }
        let address = user.email_address.map(|address| marked(&address, &self.mark));
        tx.execute(
            "update users set status = ?2, email_address = ?3 where id = ?1",
            (user.id, Status::Deactivated, address),
        )?;
        sessions::shut_out(tx, user.id)?;
        leave_rooms(tx, user.id)?;
        tx.execute("delete from searches where user_id = ?1", [user.id])?;
        let deed = if user.role == Role::Bot { Deed::RemoveBot } else { Deed::RemoveUser };
        audit_log::note_about(tx, self.actor_id, deed, user.id)?;
        tx.record(Event::UserAdmitted {
            user_id: user.id,
            role: user.role,
            status: Status::Deactivated,
        });
        Ok(())
    }
}

/// `ada@example.com` becomes `ada-deactivated-<mark>@example.com`.
fn marked(address: &str, mark: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    format!("{local}-deactivated-{mark}@{domain}")
}

/// Pings stay: the other side keeps the conversation.
fn leave_rooms(tx: &mut Tx<'_>, user_id: UserId) -> Result<()> {
    let left: Vec<RoomId> = tx
        .prepare_cached(
            "delete from memberships
             where user_id = ?1
               and room_id in (select id from rooms where kind <> 'direct')
             returning room_id",
        )?
        .query_map([user_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for room_id in left {
        tx.record(Event::MembershipRevoked { room_id, user_id });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn an_address_is_marked_before_the_at_sign() {
        assert_eq!(marked("ada@example.com", "x-1"), "ada-deactivated-x-1@example.com");
    }
}
