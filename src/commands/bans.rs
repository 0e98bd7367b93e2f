//! Bans: somebody is shut out, with the addresses they came from, and what they wrote goes.

use std::collections::BTreeSet;

use super::{Tx, audit_log, jobs, roles, sessions};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::ban::bannable;
use crate::model::{Deed, Job, MessageId, Role, Status, UserId};
use crate::queries;
use crate::words::{self, sentence};

/// Bans a person. Again changes nothing. `NotFound` for bots and whoever was removed, `Invalid`
/// for oneself and for the last administrator.
pub struct BanUser {
    pub actor_id: UserId,
    pub user_id: UserId,
}

impl Command<Event> for BanUser {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        roles::must_administer(tx, self.actor_id)?;
        let user = queries::users::by_id(tx, self.user_id)?;
        if user.role == Role::Bot || user.status == Status::Deactivated {
            return Err(Error::NotFound);
        }
        if user.status == Status::Banned {
            return Ok(());
        }
        if user.is_administrator() {
            roles::keep_an_administrator(tx, user.id)?;
        }
        if user.id == self.actor_id {
            return Err(Error::invalid("user_id", sentence(words::cannot_ban_yourself)));
        }
        shut_out_addresses(tx, user.id)?;
        sessions::shut_out(tx, user.id)?;
        tx.execute("update users set status = ?2 where id = ?1", (user.id, Status::Banned))?;
        audit_log::note_about(tx, self.actor_id, Deed::BanUser, user.id)?;
        tx.record(Event::UserAdmitted {
            user_id: user.id,
            role: user.role,
            status: Status::Banned,
        });
        let last: Option<MessageId> = tx
            .prepare_cached("select max(id) from messages where creator_id = ?1")?
            .query_row([user.id], |row| row.get(0))?;
        if let Some(up_to) = last {
            jobs::enqueue(tx, &Job::RemoveBannedContent { user_id: user.id, up_to })?;
        }
        Ok(())
    }
}

/// An address that cannot be banned never makes the ban fail; it is left out.
fn shut_out_addresses(tx: &mut Tx<'_>, user_id: UserId) -> Result<()> {
    let used: Vec<String> = tx
        .prepare_cached("select distinct ip_address from sessions where user_id = ?1")?
        .query_map([user_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let addresses: BTreeSet<_> = used.iter().filter_map(|text| bannable(text)).collect();
    for address in addresses {
        tx.prepare_cached(
            "insert into bans (user_id, ip_address, created_at) values (?1, ?2, ?3)
             on conflict do nothing",
        )?
        .execute((user_id, address.to_string(), tx.now))?;
        tx.record(Event::AddressBanned { user_id, address });
    }
    Ok(())
}

/// Lifts a ban: the person may sign in again. What was removed does not come back. Somebody who
/// is not banned stays as they are.
pub struct LiftBan {
    pub actor_id: UserId,
    pub user_id: UserId,
}

impl Command<Event> for LiftBan {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        roles::must_administer(tx, self.actor_id)?;
        let user = queries::users::by_id(tx, self.user_id)?;
        if user.status != Status::Banned {
            return Ok(());
        }
        tx.execute("delete from bans where user_id = ?1", [user.id])?;
        tx.execute("update users set status = ?2 where id = ?1", (user.id, Status::Active))?;
        audit_log::note_about(tx, self.actor_id, Deed::LiftBan, user.id)?;
        tx.record(Event::BanLifted { user_id: user.id });
        tx.record(Event::UserAdmitted {
            user_id: user.id,
            role: user.role,
            status: Status::Active,
        });
        Ok(())
    }
}
