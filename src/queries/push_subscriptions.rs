//! The devices that want to be told, and whom to tell of a message.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::Result;
use crate::model::push_subscription::{PushSubscription, PushTarget};
use crate::model::quiet_hours::QuietHours;
use crate::model::{MessageId, PushSubscriptionId, RoomId, SessionId, Timestamp, UserId};

/// Whether anybody wants to be told of anything.
pub fn any(connection: &Connection) -> Result<bool> {
    Ok(connection.prepare_cached("select 1 from push_subscriptions limit 1")?.exists([])?)
}

/// One's own devices, the newest first.
pub fn of_user(
    connection: &Connection,
    user_id: UserId,
    here: SessionId,
) -> Result<Vec<PushSubscription>> {
    let found = connection
        .prepare_cached(
            "select id, user_agent, created_at, last_success_at, session_id is ?2
             from push_subscriptions where user_id = ?1 order by created_at desc, id desc",
        )?
        .query_map((user_id, here), |row| {
            Ok(PushSubscription {
                id: row.get(0)?,
                user_agent: row.get(1)?,
                created_at: row.get(2)?,
                last_success_at: row.get(3)?,
                is_here: row.get(4)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Where one of one's own devices is reached. `NotFound` if it is somebody else's, or gone.
pub fn target(
    connection: &Connection,
    user_id: UserId,
    id: PushSubscriptionId,
) -> Result<PushTarget> {
    let found = connection
        .prepare_cached(
            "select endpoint, p256dh_key, auth_key from push_subscriptions
             where id = ?1 and user_id = ?2",
        )?
        .query_row((id, user_id), |row| {
            Ok(PushTarget { endpoint: row.get(0)?, p256dh_key: row.get(1)?, auth_key: row.get(2)? })
        })?;
    Ok(found)
}

/// A device of somebody who is to be told of a message.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub id: PushSubscriptionId,
    pub user_id: UserId,
    pub room_id: RoomId,
    pub target: PushTarget,
    pub quiet_hours: Option<QuietHours>,
}

/// Who is to be told of a message as things are now: active, in the room, hears everything or is
/// mentioned, has not muted it, has not read it, and did not write it. Who looks at the room, and
/// whose hours are quiet, the caller knows.
const RECIPIENTS: &str =
    "select push_subscriptions.id, users.id, messages.room_id, push_subscriptions.endpoint,
         push_subscriptions.p256dh_key, push_subscriptions.auth_key,
         users.settings ->> '$.quiet_hours'
     from messages
     join memberships on memberships.room_id = messages.room_id
         and memberships.user_id <> messages.creator_id
         and memberships.last_read_message_id < messages.id
         and coalesce(memberships.muted_until, 0) <= ?2
     join users on users.id = memberships.user_id and users.status = 'active'
     join push_subscriptions on push_subscriptions.user_id = users.id
     where messages.id = ?1
       and (memberships.involvement = 'everything'
            or memberships.involvement = 'mentions' and exists
               (select 1 from mentions where message_id = ?1 and user_id = users.id))";

/// The devices of all who are to be told of a message. A message that is gone concerns nobody.
pub fn recipients(
    connection: &Connection,
    id: MessageId,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let found = connection
        .prepare_cached(RECIPIENTS)?
        .query_map((id, now), recipient)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// One of them, if it still is.
pub fn recipient_now(
    connection: &Connection,
    id: MessageId,
    subscription_id: PushSubscriptionId,
    now: Timestamp,
) -> Result<Option<Recipient>> {
    let found = connection
        .prepare_cached(&format!("{RECIPIENTS} and push_subscriptions.id = ?3"))?
        .query_row((id, now, subscription_id), recipient)
        .optional()?;
    Ok(found)
}

fn recipient(row: &Row<'_>) -> rusqlite::Result<Recipient> {
    let quiet: Option<String> = row.get(6)?;
    Ok(Recipient {
        id: row.get(0)?,
        user_id: row.get(1)?,
        room_id: row.get(2)?,
        target: PushTarget {
            endpoint: row.get(3)?,
            p256dh_key: row.get(4)?,
            auth_key: row.get(5)?,
        },
        quiet_hours: quiet.and_then(|json| serde_json::from_str(&json).ok()),
    })
}

/// When a person wants no notifications.
pub fn quiet_hours(connection: &Connection, user_id: UserId) -> Result<Option<QuietHours>> {
    let stored: Option<String> = connection
        .prepare_cached("select settings ->> '$.quiet_hours' from users where id = ?1")?
        .query_row([user_id], |row| row.get(0))?;
    Ok(stored.and_then(|json| serde_json::from_str(&json).ok()))
}

/// Until when a member hears nothing of a room, if that is still to come.
pub fn muted_until(
    connection: &Connection,
    room_id: RoomId,
    user_id: UserId,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let until: Option<Timestamp> = connection
        .prepare_cached("select muted_until from memberships where room_id = ?1 and user_id = ?2")?
        .query_row((room_id, user_id), |row| row.get(0))?;
    Ok(until.filter(|until| *until > now))
}

/// In how many rooms something waits to be read.
pub fn unread_rooms(connection: &Connection, user_id: UserId) -> Result<i64> {
    let count = connection
        .prepare_cached(
            "select count(*) from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1 and memberships.involvement <> 'invisible'
               and memberships.last_read_message_id < rooms.last_message_id",
        )?
        .query_row([user_id], |row| row.get(0))?;
    Ok(count)
}
