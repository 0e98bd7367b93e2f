//! Tells the devices of people who are away of a message. Who is to be told is decided once more
//! at the moment of sending, as much can have happened since.

use super::Tools;
use crate::clock;
use crate::commands::push_subscriptions::{ForgetPushTarget, NotePush, QueuePushes};
use crate::error::{Error, Result};
use crate::model::push_subscription::Notice;
use crate::model::{Message, MessageId, PushSubscriptionId, RoomKind};
use crate::outbound::CallError;
use crate::outbound::web_push::{MOST_BYTES, Sent};
use crate::queries;
use crate::queries::push_subscriptions::Recipient;
use crate::words::Sentence;

/// Less to say each time a service finds it too much, in bytes.
const SIZES: [usize; 3] = [MOST_BYTES, 1_500, 500];
/// Devices queued by one command, as everybody else's wait meanwhile.
const PORTION: usize = 500;
const PUT_OFF: &str = "the push service put us off";

/// Queues one push for each device, so that each is tried and put off by itself.
pub(super) async fn notify(tools: &Tools, message_id: MessageId) -> Result<()> {
    let now = clock::now();
    let recipients =
        tools.reader.read(|db| queries::push_subscriptions::recipients(db, message_id, now))?;
    let ids: Vec<_> = recipients.iter().filter(|to| is_away(tools, to)).map(|to| to.id).collect();
    for portion in ids.chunks(PORTION) {
        tools.writer.run(QueuePushes { message_id, ids: portion.to_vec() }).await?;
    }
    Ok(())
}

/// Not looking at the room just now, and not in their quiet hours.
fn is_away(tools: &Tools, to: &Recipient) -> bool {
    let is_quiet = to.quiet_hours.as_ref().is_some_and(|hours| hours.cover(clock::now()));
    !is_quiet && !tools.presence.looks(to.room_id, to.user_id)
}

pub(super) async fn push(
    tools: &Tools,
    message_id: MessageId,
    subscription_id: PushSubscriptionId,
) -> Result<()> {
    for most in SIZES {
        // Asked for each attempt: between two of them somebody may have been shown the door.
        let wanted = wanted(tools, message_id, subscription_id)?;
        let Some((to, notice)) = wanted else { return Ok(()) };
        let topic = format!("room-{}", to.room_id);
        match tools.push_services.send(&to.target, &notice.within(most), &topic).await {
            Ok(Sent::Taken) => return tools.writer.run(NotePush { id: to.id }).await,
            Ok(Sent::Gone) => {
                tracing::info!(subscription_id = %to.id, "a device takes no push messages any more");
                return tools.writer.run(ForgetPushTarget { target: to.target }).await;
            }
            Ok(Sent::TooLarge) => {}
            Ok(Sent::Later(Some(wait))) => {
                return Err(Error::TooMany { wait, limit: Sentence::for_programs(PUT_OFF) });
            }
            Ok(Sent::Later(None)) => return Err(anyhow::anyhow!(PUT_OFF).into()),
            Ok(Sent::Refused(status)) => {
                tracing::warn!(subscription_id = %to.id, status, "a push service refused a message");
                return Ok(());
            }
            Err(error @ (CallError::Forbidden | CallError::BadUrl)) => {
                tracing::warn!(subscription_id = %to.id, %error, "a device has an address that is not called");
                return Ok(());
            }
            Err(error) => return Err(anyhow::Error::from(error).into()),
        }
    }
    tracing::warn!(%subscription_id, "a push service found even a short message too large");
    Ok(())
}

/// The device and what it is told, if the message still concerns whoever it belongs to.
fn wanted(
    tools: &Tools,
    message_id: MessageId,
    subscription_id: PushSubscriptionId,
) -> Result<Option<(Recipient, Notice)>> {
    let now = clock::now();
    let found = tools.reader.read(|db| {
        let recipient =
            queries::push_subscriptions::recipient_now(db, message_id, subscription_id, now)?;
        let Some(to) = recipient else { return Ok(None) };
        let message = queries::messages::by_id(db, to.room_id, message_id)?;
        let room = queries::rooms::of_member(db, to.room_id, to.user_id)?;
        let unread = queries::push_subscriptions::unread_rooms(db, to.user_id)?;
        let name = room.name.filter(|_| room.kind != RoomKind::Direct);
        Ok(Some((to, notice(&message, name, tools.badge, unread))))
    });
    match found {
        // Gone between two looks.
        Err(Error::NotFound) => Ok(None),
        found => Ok(found?.filter(|(to, _)| is_away(tools, to))),
    }
}

/// In a ping the author speaks for themselves; elsewhere the room does.
fn notice(message: &Message, room_name: Option<String>, badge: &str, unread_rooms: i64) -> Notice {
    let names = message.attachments.iter().map(|attachment| attachment.filename.as_str());
    let text = Some(message.plain_text.trim()).filter(|text| !text.is_empty());
    let text = text.map_or_else(|| names.collect::<Vec<_>>().join(", "), str::to_owned);
    let author = &message.author.name;
    let (title, body) = match room_name {
        Some(name) => (name, format!("{author}: {text}")),
        None => (author.clone(), text),
    };
    let tag = format!("room_{}", message.room_id);
    Notice::new(title, body, message.path(), tag, badge, unread_rooms)
}
