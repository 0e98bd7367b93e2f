//! Bots: made, changed and removed by administrators.

use super::deactivations::DeactivateUser;
use super::profiles::RemoveAvatar;
use super::{Tx, audit_log, memberships, profiles, roles, webhooks};
use crate::db::Command;
use crate::error::Result;
use crate::events::Event;
use crate::model::{Deed, Role, Status, StoredBotToken, UserId, UserName, Webhook};
use crate::queries;

/// Makes a bot, which is in every open room from the start. `Forbidden` for who does not
/// administer.
pub struct CreateBot {
    pub actor_id: UserId,
    pub name: UserName,
    pub token: StoredBotToken,
    /// Key of the stored file of its picture, if one was chosen.
    pub avatar_key: Option<String>,
    pub webhook: Option<Webhook>,
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
        set_webhook(tx, user_id, self.webhook.as_ref())?;
        memberships::grant_open_rooms(tx, user_id)?;
        audit_log::note_about(tx, self.actor_id, Deed::MakeBot, user_id)?;
        Ok(user_id)
    }
}

/// Changes a bot's profile; a name or picture that is none stays, a webhook that is none is taken
/// away. Returns the file of a picture that was replaced. `NotFound` for who is not an active bot.
pub struct UpdateBot {
    pub actor_id: UserId,
    pub bot_id: UserId,
    pub name: Option<UserName>,
    /// Key of the stored file of a new picture.
    pub avatar_key: Option<String>,
    pub webhook: Option<Webhook>,
}

impl Command<Event> for UpdateBot {
    type Output = Option<String>;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Option<String>> {
        roles::must_administer(tx, self.actor_id)?;
        let before = queries::bots::by_id(tx, self.bot_id)?;
        let new_name = self.name.as_ref().filter(|name| name.as_str() != before.user.name);
        if let Some(name) = new_name {
            profiles::rename(tx, self.bot_id, name)?;
        }
        let has_new_look = new_name.is_some() || self.avatar_key.is_some();
        set_webhook(tx, self.bot_id, self.webhook.as_ref())?;
        let replaced = match self.avatar_key {
            Some(key) => profiles::replace_avatar(tx, self.bot_id, Some(&key))?,
            None => None,
        };
        audit_log::note_about(tx, self.actor_id, Deed::ChangeBot, self.bot_id)?;
        tx.record(Event::UserChanged { user_id: self.bot_id });
        if has_new_look {
            profiles::record_new_look(tx, self.bot_id)?;
        }
        Ok(replaced)
    }
}

/// Takes a bot's picture away. Returns its file, if there was one. `NotFound` for who is not an
/// active bot.
pub struct RemoveBotPicture {
    pub actor_id: UserId,
    pub bot_id: UserId,
}

impl Command<Event> for RemoveBotPicture {
    type Output = Option<String>;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Option<String>> {
        roles::must_administer(tx, self.actor_id)?;
        queries::bots::by_id(tx, self.bot_id)?;
        audit_log::note_about(tx, self.actor_id, Deed::ChangeBot, self.bot_id)?;
        RemoveAvatar { user_id: self.bot_id }.apply(tx)
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
        audit_log::note_about(tx, self.actor_id, Deed::ReplaceBotKey, self.bot_id)?;
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
        set_webhook(tx, self.bot_id, None)?;
        // A bot has no address that would need a mark.
        let mark = String::new();
        DeactivateUser { actor_id: self.actor_id, user_id: self.bot_id, mark }.apply(tx)
    }
}

fn set_webhook(tx: &Tx<'_>, user_id: UserId, webhook: Option<&Webhook>) -> Result<()> {
    let Some(webhook) = webhook else {
        tx.execute("delete from webhooks where user_id = ?1", [user_id])?;
        return webhooks::drop_waiting(tx, user_id);
    };
    tx.execute(
        "insert into webhooks (user_id, url, secret) values (?1, ?2, ?3)
         on conflict (user_id) do update set url = excluded.url, secret = excluded.secret",
        (user_id, webhook.url.as_str(), &webhook.sealed_secret),
    )?;
    Ok(())
}

fn set_token(tx: &mut Tx<'_>, user_id: UserId, token: &StoredBotToken) -> Result<()> {
    tx.execute(
        "update users set bot_token_hash = ?2, bot_token = ?3 where id = ?1",
        (user_id, token.hash, &token.sealed),
    )?;
    tx.record(Event::BotKeyChanged { user_id, token_hash: token.hash });
    Ok(())
}
