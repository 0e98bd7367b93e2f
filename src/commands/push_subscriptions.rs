//! Devices that want to be told: added, told, taken away; and when they are left in peace.

use rusqlite::OptionalExtension;

use super::Tx;
use super::jobs;
use super::rooms::of_active_member;
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::push_subscription::{MAX_SUBSCRIPTIONS, PushTarget};
use crate::model::quiet_hours::QuietHours;
use crate::model::{Job, MessageId, PushSubscriptionId, RoomId, SessionId, Timestamp, UserId};
use crate::queries;

/// Longest user agent kept, in characters.
const MAX_USER_AGENT: usize = 500;

/// Adds a device, or takes it over: a browser has one address at a time, whoever is signed in.
/// `NotFound` if the session has ended meanwhile.
pub struct AddPushSubscription {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub target: PushTarget,
    pub user_agent: String,
}

impl Command<Event> for AddPushSubscription {
    type Output = PushSubscriptionId;

    fn apply(self, tx: &mut Tx<'_>) -> Result<PushSubscriptionId> {
        let signed_in = tx
            .prepare_cached("select 1 from sessions where id = ?1 and user_id = ?2")?
            .exists((self.session_id, self.user_id))?;
        if !signed_in {
            return Err(Error::NotFound);
        }
        let user_agent: String = self.user_agent.chars().take(MAX_USER_AGENT).collect();
        let PushTarget { endpoint, p256dh_key, auth_key } = &self.target;
        let id = tx
            .prepare_cached(
                "insert into push_subscriptions
                     (user_id, session_id, endpoint, p256dh_key, auth_key, user_agent, created_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 on conflict (endpoint) do update set user_id = ?1, session_id = ?2,
                     p256dh_key = ?4, auth_key = ?5, user_agent = ?6,
                     created_at = iif(user_id = ?1, created_at, ?7),
                     last_success_at = iif(user_id = ?1, last_success_at, null)
                 returning id",
            )?
            .query_row(
                (self.user_id, self.session_id, endpoint, p256dh_key, auth_key, user_agent, tx.now),
                |row| row.get(0),
            )?;
        // The address it had before, if the browser has given itself another.
        tx.execute(
            "delete from push_subscriptions where session_id = ?1 and id <> ?2",
            (self.session_id, id),
        )?;
        tx.execute(
            "delete from push_subscriptions where user_id = ?1 and id <> ?2 and id in
                 (select id from push_subscriptions where user_id = ?1 and id <> ?2
                  order by created_at desc, id desc limit -1 offset ?3)",
            (self.user_id, id, MAX_SUBSCRIPTIONS as i64 - 1),
        )?;
        Ok(id)
    }
}

/// Takes one of one's own devices away. `NotFound` if it is somebody else's, or gone.
pub struct RemovePushSubscription {
    pub user_id: UserId,
    pub id: PushSubscriptionId,
}

impl Command<Event> for RemovePushSubscription {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let removed = tx.execute(
            "delete from push_subscriptions where id = ?1 and user_id = ?2",
            (self.id, self.user_id),
        )?;
        if removed == 0 { Err(Error::NotFound) } else { Ok(()) }
    }
}

/// The service says that nobody is at this address any more. One that has another address or
/// other keys by now stays.
pub struct ForgetPushTarget {
    pub target: PushTarget,
}

impl Command<Event> for ForgetPushTarget {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let PushTarget { endpoint, p256dh_key, auth_key } = &self.target;
        tx.prepare_cached(
            "delete from push_subscriptions
             where endpoint = ?1 and p256dh_key = ?2 and auth_key = ?3",
        )?
        .execute((endpoint, p256dh_key, auth_key))?;
        Ok(())
    }
}

/// The service took a message for this device.
pub struct NotePush {
    pub id: PushSubscriptionId,
}

impl Command<Event> for NotePush {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        tx.prepare_cached("update push_subscriptions set last_success_at = ?2 where id = ?1")?
            .execute((self.id, tx.now))?;
        Ok(())
    }
}

/// Queues one message to each of these devices.
pub struct QueuePushes {
    pub message_id: MessageId,
    pub ids: Vec<PushSubscriptionId>,
}

impl Command<Event> for QueuePushes {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        for subscription_id in self.ids {
            jobs::enqueue(tx, &Job::PushMessage { message_id: self.message_id, subscription_id })?;
        }
        Ok(())
    }
}

/// Queues the telling of a new message, if anybody wants to be told of anything.
pub(super) fn notify(tx: &mut Tx<'_>, message_id: MessageId) -> Result<()> {
    if queries::push_subscriptions::any(tx)? {
        jobs::enqueue(tx, &Job::NotifyMembers { message_id })?;
    }
    Ok(())
}

/// Sets the hours in which a person wants no notifications; none: there are no such hours.
pub struct SetQuietHours {
    pub user_id: UserId,
    pub quiet_hours: Option<QuietHours>,
}

impl Command<Event> for SetQuietHours {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let json = self.quiet_hours.map(|hours| serde_json::to_string(&hours)).transpose();
        let json = json.map_err(anyhow::Error::from)?;
        tx.execute(
            "update users set settings = case when ?2 is null
                 then json_remove(settings, '$.quiet_hours')
                 else json_set(settings, '$.quiet_hours', json(?2)) end
             where id = ?1",
            (self.user_id, json),
        )?;
        Ok(())
    }
}

/// Lets a member hear nothing of a room until then; none: from now on they hear it again.
/// `NotFound` for who is not in the room.
pub struct MuteRoom {
    pub room_id: RoomId,
    pub user_id: UserId,
    pub until: Option<Timestamp>,
}

impl Command<Event> for MuteRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        of_active_member(tx, self.room_id, self.user_id)?;
        tx.prepare_cached(
            "update memberships set muted_until = ?3 where room_id = ?1 and user_id = ?2
             returning 1",
        )?
        .query_row((self.room_id, self.user_id, self.until), |_| Ok(()))
        .optional()?
        .ok_or(Error::NotFound)
    }
}
