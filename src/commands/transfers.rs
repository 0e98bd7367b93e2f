//! Links that sign somebody in once: made, used, taken back.

use rusqlite::OptionalExtension;

use super::{Tx, audit_log};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::{Event, TokenHash};
use crate::model::transfer::{MAX_TRANSFERS, TRANSFER_MS};
use crate::model::{Deed, EmailAddress, Role, UserId};
use crate::queries;

/// Makes a link for oneself, or as an administrator for any active person: who is locked out may
/// then set a new password. `Forbidden` for others, `NotFound` if there is no such active person.
pub struct MakeTransfer {
    pub token_hash: TokenHash,
    pub user_id: UserId,
    pub made_by: UserId,
}

impl Command<Event> for MakeTransfer {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let maker = queries::users::by_id(tx, self.made_by)?;
        let recovery = self.made_by != self.user_id;
        if !maker.is_active() || (recovery && !maker.is_administrator()) {
            return Err(Error::Forbidden);
        }
        insert(tx, self.token_hash, self.user_id, recovery)?;
        match recovery {
            true => audit_log::note_about(tx, self.made_by, Deed::MakeSignInLink, self.user_id),
            false => Ok(()),
        }
    }
}

/// Makes a link for somebody who is locked out, as the operator at the machine. `NotFound` if no
/// active person has this address.
pub struct MakeRecoveryLink {
    pub token_hash: TokenHash,
    pub email_address: EmailAddress,
}

impl Command<Event> for MakeRecoveryLink {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let found = queries::users::sign_in_candidate(tx, &self.email_address)?;
        let (user_id, _) = found.ok_or(Error::NotFound)?;
        insert(tx, self.token_hash, user_id, true)?;
        audit_log::note_operator(tx, Deed::MakeSignInLink, user_id)
    }
}

fn insert(tx: &Tx<'_>, token_hash: TokenHash, user_id: UserId, recovery: bool) -> Result<()> {
    let user = queries::users::by_id(tx, user_id)?;
    if !user.is_active() || user.role == Role::Bot {
        return Err(Error::NotFound);
    }
    tx.execute(
        "insert into transfers (token_hash, user_id, recovery, created_at, expires_at)
         values (?1, ?2, ?3, ?4, ?5)",
        (token_hash, user_id, recovery, tx.now, tx.now.plus_ms(TRANSFER_MS)),
    )?;
    tx.execute(
        "delete from transfers where user_id = ?1 and token_hash not in (
             select token_hash from transfers where user_id = ?1
             order by created_at desc, token_hash = ?2 desc limit ?3)",
        (user_id, token_hash, MAX_TRANSFERS),
    )?;
    Ok(())
}

/// Whom a used link signs in, and what they may do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeemed {
    pub user_id: UserId,
    /// They may set a new password without knowing the old one.
    pub recovery: bool,
}

/// Uses a link up: of any number at once exactly one succeeds. `NotFound` for a link that was
/// used, is too old, never was one, or belongs to somebody who is not active.
pub struct RedeemTransfer {
    pub token_hash: TokenHash,
}

impl Command<Event> for RedeemTransfer {
    type Output = Redeemed;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Redeemed> {
        let redeemed = tx
            .prepare_cached(
                "delete from transfers where token_hash = ?1 and expires_at > ?2
                 returning user_id, recovery",
            )?
            .query_row((self.token_hash, tx.now), |row| {
                Ok(Redeemed { user_id: row.get(0)?, recovery: row.get(1)? })
            })
            .optional()?
            .ok_or(Error::NotFound)?;
        if !queries::users::by_id(tx, redeemed.user_id)?.is_active() {
            return Err(Error::NotFound);
        }
        Ok(redeemed)
    }
}

/// Forgets links whose time is over.
pub struct DropExpiredTransfers;

impl Command<Event> for DropExpiredTransfers {
    type Output = usize;

    fn apply(self, tx: &mut Tx<'_>) -> Result<usize> {
        Ok(tx.execute("delete from transfers where expires_at <= ?1", [tx.now])?)
    }
}

/// Takes back every unused link of a person.
pub(super) fn drop_all(tx: &Tx<'_>, user_id: UserId) -> Result<()> {
    tx.execute("delete from transfers where user_id = ?1", [user_id])?;
    Ok(())
}
