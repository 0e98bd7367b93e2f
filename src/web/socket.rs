//! One open page: what it is sent, and the few words it may say back.

use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as LineError, Message, Utf8Bytes};

use super::catch_up::{self, CaughtUp, Shown};
use super::extract::CurrentUser;
use super::memberships;
use super::upgrade::OpenLine;
use crate::app::App;
use crate::clock;
use crate::error::Error;
use crate::live::hub::Delivery;
use crate::live::{Beat, CloseReason, Frame, Heartbeat, Subscription};
use crate::model::{Cursor, RoomId};
use crate::views::live::BEAT_FRAME;

/// Longest text a page may send, in bytes.
const MAX_SAID: usize = 4 * 1024;
/// Words a page may say at once, and in each second after that.
const MAX_WORDS: f64 = 128.0;
const WORDS_EACH_SECOND: f64 = 16.0;
/// How long one write may take before the peer counts as gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the peer may take to answer our last word.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long after it was shown to somebody who watches a message is written down as read, with
/// what came meanwhile.
const READ_EVERY: Duration = Duration::from_secs(2);
/// A server that stops closes its sockets over this long.
const SPREAD: Duration = Duration::from_secs(2);

/// Close codes of the protocol.
mod code {
    pub const NORMAL: u16 = 1000;
    pub const PROTOCOL: u16 = 1002;
    pub const UNSUPPORTED: u16 = 1003;
    pub const NO_CODE: u16 = 1005;
    pub const BROKEN: u16 = 1006;
    pub const NOT_UTF8: u16 = 1007;
    pub const TOO_MUCH: u16 = 1008;
    pub const TOO_BIG: u16 = 1009;
}

/// What a page says: one word, and nothing beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    #[serde(rename = "type")]
    word: Word,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Typing,
    TypingStop,
    Present,
    Absent,
}

/// The conversation with one open page.
pub struct Socket {
    app: App,
    user: CurrentUser,
    shown: Shown,
    /// The last change of the room that was sent.
    sent: Cursor,
    subscription: Subscription,
    /// How many revocations there had been when this one was last found to be allowed.
    revocations: u64,
    /// When something that was shown is written down as read by who looks; none: all of it is.
    read_due: Option<Instant>,
    heartbeat: Heartbeat,
    words: f64,
    words_at: Instant,
    name: String,
}

impl Socket {
    /// Subscribed before anything is read: what happens from here on waits in the queue.
    pub fn open(app: App, user: CurrentUser, shown: Shown) -> Self {
        let room_id = shown.room.map(|(id, _)| id);
        let subscription = app.live.subscribe(user.session_id, user.id, room_id);
        let now = Instant::now();
        Self {
            // None of them has been looked at yet.
            revocations: app.access.revocations().wrapping_sub(1),
            app,
            user,
            shown,
            sent: Cursor(0),
            subscription,
            read_due: Some(now),
            heartbeat: Heartbeat::starting(now),
            words: MAX_WORDS,
            words_at: now,
            name: String::new(),
        }
    }

    fn room_id(&self) -> Option<RoomId> {
        self.shown.room.map(|(id, _)| id)
    }

    /// Runs until either side ends it; returns the close code. What is done only at the beginning,
    /// at the end or when the peer is slow has room of its own while it lasts: an open page that
    /// waits keeps room for waiting alone.
    pub async fn run(&mut self, line: &mut OpenLine) -> u16 {
        let code = match Box::pin(self.catch_up(line)).await {
            Ok(()) => self.converse(line).await,
            Err(code) => code,
        };
        if let Some(room_id) = self.room_id() {
            self.app.typing.stop(room_id, self.user.id);
        }
        Box::pin(self.take_leave(line, code)).await;
        code
    }

    async fn take_leave(&mut self, line: &mut OpenLine, code: u16) {
        self.write_down_read().await;
        if code == CloseReason::Restart.code() {
            // Not all at once: whoever is closed comes back at once.
            tokio::time::sleep(SPREAD.mul_f64(rand::random())).await;
        }
        // Two codes are words for a line that broke; they are never sent over one.
        if !matches!(code, code::NO_CODE | code::BROKEN) {
            let frame = CloseFrame { code: code.into(), reason: Utf8Bytes::default() };
            let closing = async {
                let _ = line.send(Message::Close(Some(frame))).await;
                // Waits for the peer to answer, so that the code is not lost with the connection.
                while let Some(Ok(_)) = line.next().await {}
            };
            let _ = timeout(CLOSE_TIMEOUT, closing).await;
        }
    }

    /// Asked before anything is sent: this person may have lost the session or the room since.
    fn still_allowed(&mut self) -> Result<(), u16> {
        if let Some(reason) = self.subscription.ended() {
            return Err(reason.code());
        }
        let revocations = self.app.access.revocations();
        if revocations == self.revocations {
            return Ok(());
        }
        self.revocations = revocations;
        self.allowed()
    }

    fn allowed(&self) -> Result<(), u16> {
        if self.app.access.signed_in(&self.user.token_hash, clock::now()).is_none() {
            return Err(CloseReason::SignedOut.code());
        }
        match self.room_id() {
            Some(id) if !self.app.access.is_member(id, self.user.id) => {
                Err(CloseReason::NoLongerMember.code())
            }
            _ => Ok(()),
        }
    }

    async fn catch_up(&mut self, line: &mut OpenLine) -> Result<(), u16> {
        self.still_allowed()?;
        let CaughtUp { name, cursor, changes, state } =
            catch_up::catch_up(&self.app, &self.user, &self.shown).map_err(|error| {
                if matches!(error, Error::NotFound) {
                    return CloseReason::NoLongerMember.code();
                }
                tracing::warn!(%error, "a returning reader could not catch up; it comes again");
                CloseReason::TooSlow.code()
            })?;
        self.name = name;
        self.sent = cursor;
        for html in changes {
            self.still_allowed()?;
            line.queue(html.into());
            self.write(line.flush()).await?;
        }
        if !state.is_empty() {
            self.still_allowed()?;
            line.queue(state.concat().into());
            self.write(line.flush()).await?;
        }
        Ok(())
    }

    async fn converse(&mut self, line: &mut OpenLine) -> u16 {
        // One alarm for all that is to be done at some time: a timer costs more than a frame.
        let mut alarm = pin!(sleep_until(self.due().into()));
        // A frame is mostly what it was woken for, so nothing else is looked at before it. Every
        // second time frames come last: however many there are, the peer is heard and time goes on.
        let mut frames_first = true;
        loop {
            let looks_first = std::mem::replace(&mut frames_first, true);
            let outcome = tokio::select! {
                biased;
                delivery = self.subscription.next(), if looks_first => {
                    frames_first = false;
                    self.take(line, delivery).await
                }
                () = &mut alarm => {
                    let outcome = self.beat(line).await;
                    if self.read_due.is_some_and(|due| due <= Instant::now()) {
                        self.write_down_read().await;
                    }
                    alarm.as_mut().reset(self.due().into());
                    outcome
                }
                said = line.next() => self.hear(said),
                delivery = self.subscription.next(), if !looks_first => {
                    self.take(line, delivery).await
                }
            };
            if let Err(code) = outcome {
                return code;
            }
            // An alarm that rings too early does no harm.
            if self.due() < alarm.deadline().into_std() {
                alarm.as_mut().reset(self.due().into());
            }
        }
    }

    /// When something is to be done next, if nothing is said before.
    fn due(&self) -> Instant {
        let beat = self.heartbeat.due();
        self.read_due.map_or(beat, |read| read.min(beat))
    }

    async fn take(&mut self, line: &mut OpenLine, delivery: Delivery) -> Result<(), u16> {
        match delivery {
            Delivery::End(reason) => Err(reason.code()),
            Delivery::Frame(frame) => self.deliver(line, frame).await,
        }
    }

    /// Sends a frame and all that wait behind it in one write, leaving out what the catch-up
    /// already showed.
    async fn deliver(&mut self, line: &mut OpenLine, first: Frame) -> Result<(), u16> {
        let mut next = Some(first);
        while let Some(frame) = next {
            self.still_allowed()?;
            if self.is_news(&frame) {
                line.queue(frame.html);
            }
            next = self.subscription.next_now();
        }
        self.write(line.flush()).await
    }

    fn is_news(&mut self, frame: &Frame) -> bool {
        let Some(cursor) = frame.cursor else { return true };
        if cursor <= self.sent {
            return false;
        }
        self.sent = cursor;
        self.has_shown();
        true
    }

    /// Something was shown, or somebody has come to see it.
    fn has_shown(&mut self) {
        self.read_due.get_or_insert_with(|| Instant::now() + READ_EVERY);
    }

    fn hear(&mut self, said: Option<Result<Message, LineError>>) -> Result<(), u16> {
        let now = Instant::now();
        self.heartbeat.sign(now);
        let message = match said {
            None => return Err(code::NO_CODE),
            Some(Err(error)) => return Err(code_for(&error)),
            Some(Ok(message)) => message,
        };
        let since = now.duration_since(self.words_at).as_secs_f64();
        self.words_at = now;
        self.words = (self.words + since * WORDS_EACH_SECOND).min(MAX_WORDS) - 1.0;
        if self.words < 0.0 {
            return Err(code::TOO_MUCH);
        }
        match message {
            Message::Close(_) => Err(code::NORMAL),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
            Message::Binary(_) => Err(code::UNSUPPORTED),
            Message::Text(text) if text.len() > MAX_SAID => Err(code::TOO_BIG),
            Message::Text(text) => {
                let said: Said = serde_json::from_str(&text).map_err(|_| code::UNSUPPORTED)?;
                self.heed(&said.word)
            }
        }
    }

    fn heed(&mut self, word: &Word) -> Result<(), u16> {
        // Others are told of it, so it is a way of speaking.
        self.still_allowed()?;
        if matches!(word, Word::Present) {
            self.has_shown();
        }
        let Self { app, user, .. } = self;
        match (word, self.shown.room.map(|(id, _)| id)) {
            (Word::Present, room_id) => {
                self.subscription.set_present(true);
                if let Some(room_id) = room_id {
                    app.presence.came(room_id, user.id, &self.name);
                }
            }
            (Word::Absent, _) => self.turned_away(),
            (Word::Typing, Some(room_id)) => app.typing.start(room_id, user.id, &self.name),
            (Word::TypingStop, Some(room_id)) => app.typing.stop(room_id, user.id),
            (Word::Typing | Word::TypingStop, None) => {}
        }
        Ok(())
    }

    fn turned_away(&self) {
        self.subscription.set_present(false);
        if let Some(room_id) = self.room_id() {
            self.app.presence.turned_away(room_id, self.user.id);
        }
        self.app.online.turned_away(self.user.id);
    }

    async fn beat(&mut self, line: &mut OpenLine) -> Result<(), u16> {
        match self.heartbeat.beat(Instant::now()) {
            Beat::Wait => Ok(()),
            Beat::Gone => {
                // A minute was patience enough: nobody is shown as here any longer.
                self.turned_away();
                Err(code::BROKEN)
            }
            Beat::Ping => {
                // Sessions also end by growing old, which is no event.
                self.allowed()?;
                line.queue(Utf8Bytes::from_static(BEAT_FRAME));
                self.write(line.flush()).await?;
                self.write(line.send(Message::Ping(bytes::Bytes::new()))).await
            }
        }
    }

    /// Lets a write take its time, but no longer than the peer is there and allowed to read.
    async fn write<E>(&self, write: impl Future<Output = Result<(), E>>) -> Result<(), u16> {
        let mut write = pin!(write);
        // Most writes are done at once, and no clock is wound up for them.
        if let Poll::Ready(written) = futures_util::poll!(write.as_mut()) {
            return written.map_err(|_| code::BROKEN);
        }
        Box::pin(self.wait_for(write)).await
    }

    async fn wait_for<E>(&self, write: impl Future<Output = Result<(), E>>) -> Result<(), u16> {
        let gone_at = tokio::time::Instant::from_std(self.heartbeat.gone_at());
        tokio::select! {
            biased;
            written = timeout(WRITE_TIMEOUT, write) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(code::BROKEN),
                Err(_) => Err(CloseReason::TooSlow.code()),
            },
            reason = self.subscription.end() => Err(reason.code()),
            () = sleep_until(gone_at) => Err(code::BROKEN),
        }
    }

    /// Somebody who looks at the room has read what was shown to them.
    async fn write_down_read(&mut self) {
        let is_due = self.read_due.take().is_some();
        let Some(room_id) = self.room_id() else { return };
        if is_due && self.subscription.is_reading() {
            memberships::mark_read(&self.app, room_id, self.user.id).await;
        }
    }
}

/// The code that tells a peer what it did wrong.
fn code_for(error: &LineError) -> u16 {
    match error {
        LineError::Capacity(_) => code::TOO_BIG,
        LineError::Utf8(_) => code::NOT_UTF8,
        LineError::Io(error) if error.kind() == std::io::ErrorKind::QuotaExceeded => code::TOO_MUCH,
        LineError::Protocol(error) => match error {
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake => {
                code::BROKEN
            }
            _ => code::PROTOCOL,
        },
        _ => code::BROKEN,
    }
}
