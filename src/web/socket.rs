//! `GET /live`: what is pushed to an open page, and the few words a page may say back.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::error::{Answer, Failure};
use super::extract::CurrentUser;
use crate::app::App;
use crate::clock;
use crate::commands::memberships::ReadRoom;
use crate::error::Error;
use crate::live::hub::Delivery;
use crate::live::{CloseReason, Frame, Subscription};
use crate::model::{Cursor, RoomId};
use crate::queries;
use crate::web::catch_up;

/// Longest text a page may send, in bytes.
const MAX_SAID: usize = 4 * 1024;
/// What the protocol layer takes at most before it gives up by itself.
const MAX_FRAME: usize = 16 * 1024;
/// Room for the largest frame, a page of the longest messages. What is queued behind it waits in
/// the hub, where all sockets share the bytes.
const MAX_UNSENT: usize = 8 * 1024 * 1024;
const PING_EVERY: Duration = Duration::from_secs(25);
/// Without a sign of life for this long the peer is gone.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// How long one write may take before the peer counts as gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How often the read position of somebody who watches is written down.
const READ_EVERY: Duration = Duration::from_secs(2);
/// A server that stops closes its sockets over this long.
const SPREAD: Duration = Duration::from_secs(2);
/// Close codes of the protocol.
const UNSUPPORTED: u16 = 1003;
const TOO_BIG: u16 = 1009;

#[derive(Deserialize)]
pub struct Where {
    room: Option<String>,
    cursor: Option<String>,
}

/// Upgrades to a WebSocket: with a session, from a page of ours, and for members only.
pub async fn live(
    State(app): State<App>,
    user: CurrentUser,
    Query(place): Query<Where>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer {
    if !is_own_origin(&app, &headers) {
        return Err(Error::Forbidden.into());
    }
    let room = match place.room {
        None => None,
        Some(text) => {
            let room_id: RoomId = text.parse().map_err(|_| Error::NotFound)?;
            let since: Cursor =
                place.cursor.as_deref().unwrap_or("0").parse().map_err(|_| bad_cursor())?;
            if !app.access.is_member(room_id, user.id) {
                return Err(Error::NotFound.into());
            }
            Some((room_id, since))
        }
    };
    let upgraded = upgrade
        .read_buffer_size(4 * 1024)
        .write_buffer_size(8 * 1024)
        .max_write_buffer_size(MAX_UNSENT)
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .on_upgrade(move |socket| async move {
            let code = Socket::open(app, user, room).run(socket).await;
            tracing::debug!(code, "a socket closed");
        });
    Ok(upgraded)
}

fn bad_cursor() -> Failure {
    Error::invalid("cursor", "The cursor is not a number.").into()
}

/// A browser names the page that opens a socket; cookies are sent from any page, so this is what
/// keeps other sites out.
fn is_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    match &app.config.base_url {
        Some(url) => url.origin.eq_ignore_ascii_case(origin),
        None => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.zip(text(header::HOST)).is_some_and(|(a, host)| a.eq_ignore_ascii_case(host))
        }
    }
}

struct Socket {
    app: App,
    user: CurrentUser,
    room: Option<(RoomId, Cursor)>,
    subscription: Subscription,
    /// Something was shown to somebody who looks, and is not written down as read yet.
    unread_shown: bool,
    last_sign: Instant,
    name: String,
}

/// What a page says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    Typing,
    TypingStop,
    Present,
    Absent,
}

impl Socket {
    fn open(app: App, user: CurrentUser, room: Option<(RoomId, Cursor)>) -> Self {
        // Subscribed before anything is read: what happens from here on waits in the queue.
        let subscription = app.live.subscribe(user.session_id, user.id, room.map(|(id, _)| id));
        Self {
            app,
            user,
            room,
            subscription,
            unread_shown: true,
            last_sign: Instant::now(),
            name: String::new(),
        }
    }

    /// Runs until either side ends it; returns the close code.
    async fn run(mut self, mut socket: WebSocket) -> u16 {
        let code = match self.revoked() {
            Some(reason) => reason.code(),
            None => match self.catch_up(&mut socket).await {
                Ok(()) => self.converse(&mut socket).await,
                Err(code) => code,
            },
        };
        if let Some((room_id, _)) = self.room {
            self.app.typing.stop(room_id, self.user.id);
        }
        self.write_down_read().await;
        if code == CloseReason::Restart.code() {
            // Not all at once: whoever is closed comes back at once.
            tokio::time::sleep(SPREAD.mul_f64(rand::random())).await;
        }
        if !may_be_said(code) {
            return code;
        }
        let frame = CloseFrame { code, reason: Utf8Bytes::default() };
        let closing = async {
            let _ = socket.send(Message::Close(Some(frame))).await;
            // Waits for the peer to answer, so that the code is not lost with the connection.
            while let Some(Ok(_)) = socket.next().await {}
        };
        let _ = timeout(Duration::from_secs(2), closing).await;
        code
    }

    /// A revocation may have come between the upgrade and the subscription.
    fn revoked(&self) -> Option<CloseReason> {
        if self.app.access.signed_in(&self.user.token_hash, clock::now()).is_none() {
            return Some(CloseReason::SignedOut);
        }
        match self.room {
            Some((id, _)) if !self.app.access.is_member(id, self.user.id) => {
                Some(CloseReason::NoLongerMember)
            }
            _ => None,
        }
    }

    async fn catch_up(&mut self, socket: &mut WebSocket) -> Result<(), u16> {
        let Some((room_id, since)) = self.room else { return Ok(()) };
        let found = self.app.reader.read(|db| {
            let user = queries::users::by_id(db, self.user.id)?;
            Ok((user.name, queries::changes::missed(db, room_id, since)?))
        });
        let drawn = found.and_then(|(name, missed)| {
            self.name = name;
            catch_up::frames(room_id, since, missed)
        });
        match drawn {
            Ok((cursor, frames)) => {
                self.room = Some((room_id, cursor));
                self.app.presence.came(room_id, self.user.id, &self.name);
                for html in frames {
                    self.send(socket, Message::text(html)).await?;
                }
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "a returning reader could not catch up; it comes again");
                Err(CloseReason::TooSlow.code())
            }
        }
    }

    async fn converse(&mut self, socket: &mut WebSocket) -> u16 {
        let mut pings = interval(PING_EVERY);
        let mut reads = interval(READ_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        reads.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        loop {
            let outcome = tokio::select! {
                delivery = self.subscription.next() => match delivery {
                    Delivery::End(reason) => Err(reason.code()),
                    Delivery::Frame(frame) => self.deliver(socket, frame).await,
                },
                said = socket.next() => self.hear(said),
                _ = reads.tick() => {
                    self.write_down_read().await;
                    Ok(())
                }
                _ = pings.tick() => self.ping(socket).await,
            };
            if let Err(code) = outcome {
                return code;
            }
        }
    }

    /// Sends a frame and all that wait behind it in one write, leaving out what the catch-up
    /// already showed.
    async fn deliver(&mut self, socket: &mut WebSocket, first: Frame) -> Result<(), u16> {
        let mut next = Some(first);
        let mut fed = false;
        while let Some(frame) = next {
            if self.is_news(&frame) {
                let message = Message::Text(text(frame.html)?);
                in_time(socket.feed(message)).await?;
                fed = true;
            }
            next = self.subscription.next_now();
        }
        if fed { in_time(socket.flush()).await } else { Ok(()) }
    }

    fn is_news(&mut self, frame: &Frame) -> bool {
        let (Some(cursor), Some((_, seen))) = (frame.cursor, self.room.as_mut()) else {
            return true;
        };
        if cursor <= *seen {
            return false;
        }
        *seen = cursor;
        self.unread_shown = true;
        true
    }

    fn hear(&mut self, said: Option<Result<Message, axum::Error>>) -> Result<(), u16> {
        self.last_sign = Instant::now();
        match said {
            None => Err(1005),
            Some(Err(error)) => Err(code_for(&error)),
            Some(Ok(Message::Close(_))) => Err(1000),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(UNSUPPORTED),
            Some(Ok(Message::Text(text))) if text.len() > MAX_SAID => Err(TOO_BIG),
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(said) => {
                    self.heed(&said);
                    Ok(())
                }
                Err(_) => Err(UNSUPPORTED),
            },
        }
    }

    fn heed(&mut self, said: &Said) {
        match said {
            Said::Present => {
                self.unread_shown = true;
                self.subscription.set_present(true);
                if let Some((room_id, _)) = self.room {
                    self.app.presence.came(room_id, self.user.id, &self.name);
                }
            }
            Said::Absent => {
                self.subscription.set_present(false);
            }
            Said::Typing => {
                if let Some((room_id, _)) = self.room {
                    self.app.typing.start(room_id, self.user.id, &self.name);
                }
            }
            Said::TypingStop => {
                if let Some((room_id, _)) = self.room {
                    self.app.typing.stop(room_id, self.user.id);
                }
            }
        }
    }

    async fn ping(&mut self, socket: &mut WebSocket) -> Result<(), u16> {
        if self.last_sign.elapsed() > GONE_AFTER {
            return Err(1006);
        }
        self.send(socket, Message::Ping(bytes::Bytes::new())).await
    }

    async fn send(&mut self, socket: &mut WebSocket, message: Message) -> Result<(), u16> {
        in_time(socket.send(message)).await
    }

    /// Somebody who looks at the room has read what was shown to them.
    async fn write_down_read(&mut self) {
        let Some((room_id, _)) =
            self.room.filter(|_| self.subscription.is_reading() && self.unread_shown)
        else {
            return;
        };
        self.unread_shown = false;
        let user_id = self.user.id;
        let unread =
            self.app.reader.read(|db| queries::memberships::unread_up_to(db, room_id, user_id));
        if let Ok(Some(up_to)) = unread {
            // Busy: the next message writes it down.
            let _ = self.app.writer.run(ReadRoom { room_id, user_id, up_to }).await;
        }
    }
}

/// 1005 and 1006 are words for a line that broke; they are never sent over one.
fn may_be_said(code: u16) -> bool {
    !matches!(code, 1005 | 1006)
}

fn text(html: bytes::Bytes) -> Result<Utf8Bytes, u16> {
    Utf8Bytes::try_from(html).map_err(|_| 1011)
}

async fn in_time<E>(write: impl Future<Output = Result<(), E>>) -> Result<(), u16> {
    match timeout(WRITE_TIMEOUT, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(1006),
        Err(_) => Err(CloseReason::TooSlow.code()),
    }
}

/// The code that tells a peer what it did wrong.
fn code_for(error: &axum::Error) -> u16 {
    let text = error.to_string().to_lowercase();
    if text.contains("space limit") || text.contains("too long") || text.contains("too big") {
        TOO_BIG
    } else if text.contains("utf-8") {
        1007
    } else if text.contains("protocol") {
        1002
    } else {
        1006
    }
}
