//! Which bots hear of what, and what became of it.

use rusqlite::{Connection, OptionalExtension, Row};

use super::messages::json_list;
use super::{memberships, messages, users};
use crate::error::Result;
use crate::model::condition::{DELIVERIES, Waiting};
use crate::model::delivery::CHAIN_WINDOW_MS;
use crate::model::{
    Delivery, DeliveryId, MessageId, RoomId, RoomKind, Status, Timestamp, ToDeliver, Told, UserId,
    Webhook, WebhookUrl,
};

/// The active bots that hear of a message by `author_id`: in a direct room all that are in it,
/// elsewhere those among `named` that are in it. The author never does.
pub fn bots_to_tell(
    connection: &Connection,
    room_id: RoomId,
    author_id: UserId,
    named: &[UserId],
) -> Result<Vec<UserId>> {
    let kind: RoomKind = connection
        .prepare_cached("select kind from rooms where id = ?1")?
        .query_row([room_id], |row| row.get(0))?;
    let concerned = match kind {
        RoomKind::Direct => memberships::member_ids(connection, room_id)?,
        RoomKind::Open | RoomKind::Closed => named.to_vec(),
    };
    // Most messages concern no bot, and everybody waits for this.
    if concerned.iter().all(|id| *id == author_id) {
        return Ok(Vec::new());
    }
    let ids = connection
        .prepare_cached(
            "select webhooks.user_id from json_each(?3) concerned
             cross join webhooks on webhooks.user_id = concerned.value
             cross join memberships on memberships.room_id = ?1
                and memberships.user_id = webhooks.user_id
             cross join users on users.id = webhooks.user_id and users.status = 'active'
             where webhooks.user_id <> ?2 order by webhooks.user_id",
        )?
        .query_map((room_id, author_id, json_list(concerned.iter().map(|id| id.0))), |row| {
            row.get(0)
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// The chain that what a bot writes now belongs to, and its hops there: that of what the bot was
/// told of last, if that was not long ago.
pub fn chain_of(
    connection: &Connection,
    bot_id: UserId,
    now: Timestamp,
) -> Result<Option<(i64, i64)>> {
    let found = connection
        .prepare_cached(
            "select chain_id, bot_hops + 1 from webhook_deliveries
             where bot_id = ?1 and attempted_at >= ?2 order by attempted_at desc, id desc limit 1",
        )?
        .query_row((bot_id, now.plus_ms(-CHAIN_WINDOW_MS)), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

/// How far a chain has come: the messages that bots wrote in it, or will have written when all
/// that were told of it have answered.
pub fn length_of_chain(connection: &Connection, chain_id: i64) -> Result<i64> {
    let length = connection
        .prepare_cached(
            "select max((select count(*) from messages where bot_chain_id = ?1),
                (select count(*) from webhook_deliveries
                 where chain_id = ?1 and state <> 'dropped'))",
        )?
        .query_row([chain_id], |row| row.get(0))?;
    Ok(length)
}

/// Every bot that has a webhook.
pub fn bots(connection: &Connection) -> Result<Vec<UserId>> {
    let ids = connection
        .prepare_cached("select user_id from webhooks order by user_id")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// The deliveries of a bot that wait, the next first, with the time before which they must not be
/// tried.
pub fn waiting(
    connection: &Connection,
    bot_id: UserId,
    limit: usize,
) -> Result<Vec<(DeliveryId, Timestamp)>> {
    let found = connection
        .prepare_cached(
            "select id, run_at from webhook_deliveries
             where bot_id = ?1 and state = 'waiting' order by run_at, id limit ?2",
        )?
        .query_map((bot_id, limit as i64), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// When a bot's program was last told of each thing since then, the earliest first.
pub fn attempted_since(
    connection: &Connection,
    bot_id: UserId,
    since: Timestamp,
) -> Result<Vec<Timestamp>> {
    let found = connection
        .prepare_cached(
            "select attempted_at from webhook_deliveries
             where bot_id = ?1 and attempted_at > ?2 order by attempted_at",
        )?
        .query_map((bot_id, since), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// What all bots are still to be told; none if there is nothing.
pub fn all_waiting(connection: &Connection) -> Result<Option<Waiting>> {
    let (count, due_at): (i64, Option<Timestamp>) = connection
        .prepare_cached(
            "select count(*), min(run_at) from webhook_deliveries where state = 'waiting'",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(due_at.map(|due_at| Waiting { kind: DELIVERIES.to_owned(), count, due_at }))
}

/// The latest deliveries of a bot, the newest first.
pub fn latest(connection: &Connection, bot_id: UserId, limit: usize) -> Result<Vec<Delivery>> {
    let found = connection
        .prepare_cached(
            "select d.id, d.room_id, rooms.name, d.message_id, d.state, d.attempts,
                d.http_status, d.outcome, d.run_at, d.created_at, d.settled_at
             from webhook_deliveries d left join rooms on rooms.id = d.room_id
             where d.bot_id = ?1 order by d.id desc limit ?2",
        )?
        .query_map((bot_id, limit as i64), delivery)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        room_id: row.get(1)?,
        room_name: row.get(2)?,
        message_id: row.get(3)?,
        state: row.get(4)?,
        attempts: row.get(5)?,
        http_status: row.get(6)?,
        outcome: row.get(7)?,
        run_at: row.get(8)?,
        created_at: row.get(9)?,
        settled_at: row.get(10)?,
    })
}

/// What a waiting delivery would tell, as things are now; the sentence says why it tells nothing.
/// `NotFound` if it does not wait.
pub fn to_deliver(
    connection: &Connection,
    id: DeliveryId,
) -> Result<std::result::Result<ToDeliver, &'static str>> {
    let (bot_id, room_id, message_id, requester_id, attempt, created_at): (
        UserId,
        RoomId,
        Option<MessageId>,
        Option<UserId>,
        u32,
        Timestamp,
    ) = connection
        .prepare_cached(
            "select bot_id, room_id, message_id, requester_id, attempts + 1, created_at
             from webhook_deliveries where id = ?1 and state = 'waiting'",
        )?
        .query_row([id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })?;
    let bot = users::by_id(connection, bot_id)?;
    if !bot.is_active() {
        return Ok(Err("Not sent: the bot was removed."));
    }
    let Some((webhook, sealed_token)) = webhook_of(connection, bot_id)? else {
        return Ok(Err(crate::model::delivery::NO_WEBHOOK));
    };
    if !super::memberships::exists(connection, room_id, bot_id)? {
        return Ok(Err("Not sent: the bot is no longer in the room."));
    }
    let (author_id, message) = match message_id {
        None => (requester_id.unwrap_or(bot_id), None),
        Some(message_id) => match message_to_tell(connection, room_id, message_id)? {
            Some((author_id, told)) => (author_id, Some(told)),
            None => return Ok(Err("Not sent: the message was deleted.")),
        },
    };
    let author = users::by_id(connection, author_id)?;
    if author.status == Status::Banned {
        return Ok(Err("Not sent: its author was banned."));
    }
    let room_name = connection
        .prepare_cached("select name from rooms where id = ?1")?
        .query_row([room_id], |row| row.get(0))?;
    Ok(Ok(ToDeliver {
        id,
        created_at,
        attempt,
        bot,
        webhook,
        sealed_token,
        author_id,
        author_name: author.name,
        room_id,
        room_name,
        message,
    }))
}

fn webhook_of(
    connection: &Connection,
    bot_id: UserId,
) -> Result<Option<(Webhook, Option<String>)>> {
    let found = connection
        .prepare_cached(
            "select webhooks.url, webhooks.secret, users.bot_token
             from webhooks join users on users.id = webhooks.user_id
             where webhooks.user_id = ?1",
        )?
        .query_row([bot_id], |row| {
            let url = WebhookUrl::from_stored(row.get(0)?);
            Ok((Webhook { url, sealed_secret: row.get(1)? }, row.get(2)?))
        })
        .optional()?;
    Ok(found)
}

/// A message as it is now; none if it was deleted.
fn message_to_tell(
    connection: &Connection,
    room_id: RoomId,
    id: MessageId,
) -> Result<Option<(UserId, Told)>> {
    let message = match messages::by_id(connection, room_id, id) {
        Ok(message) => message,
        Err(crate::error::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_text = !message.plain_text.is_empty() || message.attachments.is_empty();
    let file = message.attachments.first().map(|file| file.filename.clone());
    let told = if is_text {
        Told { id, html: Some(message.body_html), plain: message.plain_text }
    } else {
        Told { id, html: None, plain: file.unwrap_or_default() }
    };
    Ok(Some((message.author.id, told)))
}
