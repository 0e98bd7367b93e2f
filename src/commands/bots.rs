//! Bots: made, changed and removed by administrators.

use super::deactivations::DeactivateUser;
use super::{Tx, memberships, profiles, roles};
use crate::db::Command;
use crate::error::Result;
use crate::events::Event;
use crate::model::{Role, Status, StoredBotToken, UserId, UserName};
use crate::queries;

/// Makes a bot, which is in every open room from the start. `Forbidden` for who does not
/// administer.
pub struct CreateBot {
    pub actor_id: UserId,
    pub name: UserName,
    pub token: StoredBotToken,
    /// Key of the stored file of its picture, if one was chosen.
    pub avatar_key: Option<String>,
}

impl Command<Event> for CreateBot {
    type Output = UserId;

    fn apply(self, tx: &mut Tx<'_>) -> Result<UserId> {
        roles::must_administer(tx, self.actor_id)?;
        tx.execute(
            "insert into users (name, role, created_at) values (?1, ?2, ?3)",
            (self.name.as_str(), Role::Bot, tx.now),
        )?;
        let user_id = UserId(tx.last_insert_rowid());
        tx.record(Event::UserAdmitted { user_id, role: Role::Bot, status: Status::Active });
        set_token(tx, user_id, &self.token)?;
        profiles::replace_avatar(tx, user_id, self.avatar_key.as_deref())?;
        memberships::grant_open_rooms(tx, user_id)?;
        Ok(user_id)
    }
}

/// Gives a bot another key; the one it had is worth nothing from then on. `NotFound` for who is
/// not an active bot.
pub struct ResetBotKey {
    pub actor_id: UserId,
    pub bot_id: UserId,
    pub token: StoredBotToken,
}

impl Command<Event> for ResetBotKey {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        roles::must_administer(tx, self.actor_id)?;
        queries::bots::by_id(tx, self.bot_id)?;
        set_token(tx, self.bot_id, &self.token)
    }
}

/// Ends a bot: out of its rooms, its key and what was known of its program gone. What it wrote
/// stays. `NotFound` for who is not an active bot.
pub struct RemoveBot {
    pub actor_id: UserId,
    pub bot_id: UserId,
}

impl Command<Event> for RemoveBot {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        roles::must_administer(tx, self.actor_id)?;
        queries::bots::by_id(tx, self.bot_id)?;
        tx.execute(
            "update users set bot_token_hash = null, bot_token = null where id = ?1",
            [self.bot_id],
        )?;
        // A bot has no address that would need a mark.
        let mark = String::new();
        DeactivateUser { actor_id: self.actor_id, user_id: self.bot_id, mark }.apply(tx)
    }
}

fn set_token(tx: &mut Tx<'_>, user_id: UserId, token: &StoredBotToken) -> Result<()> {
    tx.execute(
        "update users set bot_token_hash = ?2, bot_token = ?3 where id = ?1",
        (user_id, token.hash, &token.sealed),
    )?;
    tx.record(Event::BotKeyChanged { user_id, token_hash: token.hash });
    Ok(())
}
