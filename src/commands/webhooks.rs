//! What the programs behind bots are told: noted with the message that causes it, then started,
//! put off, settled or answered.

use super::messages::{PostMessage, Posted};
use super::{Tx, audit_log, roles};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::delivery::{
    CHAIN_AT_ITS_END, KEEP_MS, MOST_ATTEMPTS, MOST_IN_CHAIN, NO_WEBHOOK, TOO_OLD,
};
use crate::model::{
    Deed, DeliveryId, DeliveryState, Message, MessageId, Role, RoomId, ToDeliver, UserId,
};
use crate::queries;
use crate::words::{self, sentence};

/// Notes whom a message that was just posted is told to. What bots write belongs to the chain that
/// led to it, and beyond a number of messages nobody is told of it, so that bots that answer each
/// other come to an end. What a person writes is told to everybody it concerns.
pub(super) fn tell_bots(tx: &mut Tx<'_>, message: &Message) -> Result<()> {
    let is_by_bot = message.author.role == Role::Bot;
    let chain = match is_by_bot {
        true => continue_chain(tx, message)?,
        false => Chain { id: message.id.0, hops: 0 },
    };
    let named: Vec<UserId> = message.mentioned.iter().map(|(id, _)| *id).collect();
    let room_id = message.room_id;
    for bot_id in queries::webhooks::bots_to_tell(tx, room_id, message.author.id, &named)? {
        let goes_on =
            !is_by_bot || queries::webhooks::length_of_chain(tx, chain.id)? < MOST_IN_CHAIN;
        let new = NewDelivery { bot_id, room_id, message_id: Some(message.id), requester_id: None };
        let id = enqueue(tx, &new, chain)?;
        if !goes_on {
            settle(tx, id, DeliveryState::Dropped, None, CHAIN_AT_ITS_END)?;
        }
    }
    Ok(())
}

/// What a person's message has led to so far.
#[derive(Clone, Copy)]
struct Chain {
    id: i64,
    hops: i64,
}

/// Puts a bot's message into the chain it follows from; without one it begins a chain of its own.
fn continue_chain(tx: &Tx<'_>, message: &Message) -> Result<Chain> {
    let found = queries::webhooks::chain_of(tx, message.author.id, tx.now)?;
    let chain = found.map(|(id, hops)| Chain { id, hops });
    belong(tx, message.id, chain)?;
    Ok(chain.unwrap_or(Chain { id: message.id.0, hops: 1 }))
}

fn belong(tx: &Tx<'_>, id: MessageId, chain: Option<Chain>) -> Result<()> {
    tx.prepare_cached("update messages set bot_hops = ?2, bot_chain_id = ?3 where id = ?1")?
        .execute((id, chain.map_or(1, |chain| chain.hops), chain.map(|chain| chain.id)))?;
    Ok(())
}

struct NewDelivery {
    bot_id: UserId,
    room_id: RoomId,
    message_id: Option<MessageId>,
    requester_id: Option<UserId>,
}

fn enqueue(tx: &mut Tx<'_>, new: &NewDelivery, chain: Chain) -> Result<DeliveryId> {
    tx.prepare_cached(
        "insert into webhook_deliveries (bot_id, room_id, message_id, requester_id, chain_id,
             bot_hops, run_at, created_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )?
    .execute((
        new.bot_id,
        new.room_id,
        new.message_id,
        new.requester_id,
        chain.id,
        chain.hops,
        tx.now,
    ))?;
    tx.record(Event::DeliveryQueued);
    Ok(DeliveryId(tx.last_insert_rowid()))
}

fn settle(
    tx: &Tx<'_>,
    id: DeliveryId,
    state: DeliveryState,
    http_status: Option<u16>,
    outcome: &str,
) -> Result<()> {
    tx.prepare_cached(
        "update webhook_deliveries set state = ?2, settled_at = ?3,
             http_status = coalesce(?4, http_status), outcome = ?5
         where id = ?1 and state = 'waiting'",
    )?
    .execute((id, state, tx.now, http_status, outcome))?;
    Ok(())
}

/// Says what is to be sent, and counts the attempt before it is made. None if there is nothing to
/// send any more: the bot, the message or the membership is gone, or it was tried too often.
pub struct StartDelivery {
    pub id: DeliveryId,
}

impl Command<Event> for StartDelivery {
    type Output = Option<ToDeliver>;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Option<ToDeliver>> {
        let found = match queries::webhooks::to_deliver(tx, self.id) {
            Err(Error::NotFound) => return Ok(None),
            found => found?,
        };
        let to_deliver = match found {
            Ok(to_deliver) if to_deliver.attempt <= MOST_ATTEMPTS => to_deliver,
            Ok(_) => {
                let sentence = "Given up: the server ended each time before there was an answer.";
                settle(tx, self.id, DeliveryState::Failed, None, sentence)?;
                return Ok(None);
            }
            Err(sentence) => {
                settle(tx, self.id, DeliveryState::Dropped, None, sentence)?;
                return Ok(None);
            }
        };
        tx.prepare_cached(
            "update webhook_deliveries set attempts = ?2, attempted_at = ?3 where id = ?1",
        )?
        .execute((self.id, to_deliver.attempt, tx.now))?;
        Ok(Some(to_deliver))
    }
}

/// The attempt failed, and another one is made after a while.
#[derive(Clone)]
pub struct PostponeDelivery {
    pub id: DeliveryId,
    pub delay_ms: i64,
    pub http_status: Option<u16>,
    pub outcome: String,
}

impl Command<Event> for PostponeDelivery {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        tx.prepare_cached(
            "update webhook_deliveries set run_at = ?2, http_status = ?3, outcome = ?4
             where id = ?1 and state = 'waiting'",
        )?
        .execute((
            self.id,
            tx.now.plus_ms(self.delay_ms),
            self.http_status,
            self.outcome,
        ))?;
        tx.record(Event::DeliveryQueued);
        Ok(())
    }
}

/// There is no more to do for this delivery.
#[derive(Clone)]
pub struct SettleDelivery {
    pub id: DeliveryId,
    pub state: DeliveryState,
    pub http_status: Option<u16>,
    pub outcome: String,
}

impl Command<Event> for SettleDelivery {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        settle(tx, self.id, self.state, self.http_status, &self.outcome)
    }
}

/// Posts what the program answered as a message of its bot, and settles the delivery. No bot is
/// told of such a message. `NotFound` if the bot may not speak in the room any more.
pub struct AnswerDelivery {
    pub settled: SettleDelivery,
    pub message: PostMessage,
}

impl Command<Event> for AnswerDelivery {
    type Output = Posted;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Posted> {
        let posted = self.message.post(tx)?;
        let chain = tx
            .prepare_cached("select chain_id, bot_hops + 1 from webhook_deliveries where id = ?1")?
            .query_row([self.settled.id], |row| Ok(Chain { id: row.get(0)?, hops: row.get(1)? }))?;
        if !posted.repeated {
            belong(tx, posted.message.id, Some(chain))?;
        }
        self.settled.apply(tx)?;
        Ok(posted)
    }
}

/// Sends an event that says it is a test. `NotFound` for who is not an active bot, `Invalid` if it
/// has no webhook or is in no room.
pub struct TestWebhook {
    pub actor_id: UserId,
    pub bot_id: UserId,
}

impl Command<Event> for TestWebhook {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let (bot_id, actor_id) = (self.bot_id, self.actor_id);
        must_have_webhook(tx, actor_id, bot_id)?;
        let room = queries::rooms::oldest_of_user(tx, bot_id)?;
        let room_id =
            room.ok_or_else(|| Error::invalid("delivery", sentence(words::bot_is_in_no_room)))?;
        let new = NewDelivery { bot_id, room_id, message_id: None, requester_id: Some(actor_id) };
        audit_log::note_about(tx, actor_id, Deed::TestWebhook, bot_id)?;
        // Chains are numbered by messages; this one is nobody's.
        enqueue(tx, &new, Chain { id: 0, hops: 0 }).map(drop)
    }
}

/// Sends again what was sent, or not sent, during the last day. `NotFound` if it is not this
/// bot's, or still waits.
pub struct RepeatDelivery {
    pub actor_id: UserId,
    pub bot_id: UserId,
    pub id: DeliveryId,
}

impl Command<Event> for RepeatDelivery {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let (bot_id, actor_id) = (self.bot_id, self.actor_id);
        must_have_webhook(tx, actor_id, bot_id)?;
        let (room_id, message_id, chain) = tx
            .prepare_cached(
                "select room_id, message_id, chain_id, bot_hops from webhook_deliveries
                 where id = ?1 and bot_id = ?2 and state <> 'waiting'",
            )?
            .query_row((self.id, bot_id), |row| {
                Ok((row.get(0)?, row.get(1)?, Chain { id: row.get(2)?, hops: row.get(3)? }))
            })?;
        let new = NewDelivery { bot_id, room_id, message_id, requester_id: Some(actor_id) };
        audit_log::note_about(tx, actor_id, Deed::RepeatDelivery, bot_id)?;
        enqueue(tx, &new, chain).map(drop)
    }
}

fn must_have_webhook(tx: &Tx<'_>, actor_id: UserId, bot_id: UserId) -> Result<()> {
    roles::must_administer(tx, actor_id)?;
    let bot = queries::bots::by_id(tx, bot_id)?;
    bot.webhook
        .map(drop)
        .ok_or_else(|| Error::invalid("delivery", sentence(words::save_webhook_first)))
}

/// What waits for a bot that can no longer be told.
pub(super) fn drop_waiting(tx: &Tx<'_>, bot_id: UserId) -> Result<()> {
    tx.prepare_cached(
        "update webhook_deliveries set state = 'dropped', settled_at = ?2, outcome = ?3
         where bot_id = ?1 and state = 'waiting'",
    )?
    .execute((bot_id, tx.now, NO_WEBHOOK))?;
    Ok(())
}

/// Gives up what has waited for a day, and forgets what was settled a day ago.
pub struct ForgetDeliveries;

impl Command<Event> for ForgetDeliveries {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let before = tx.now.plus_ms(-KEEP_MS);
        tx.prepare_cached(
            "delete from webhook_deliveries where created_at < ?1 and state <> 'waiting'",
        )?
        .execute([before])?;
        tx.prepare_cached(
            "update webhook_deliveries set state = 'failed', settled_at = ?2, outcome = ?3
             where created_at < ?1 and state = 'waiting'",
        )?
        .execute((before, tx.now, TOO_OLD))?;
        Ok(())
    }
}
