//! The people of the demo while visitors are there: they sit in rooms, talk to each other, and
//! answer whoever speaks to them. Somebody whom a visitor plays does nothing of their own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::cast::{self, BOT, CAST};
use super::talk::{self, Conversation, Place};
use super::{answers, picture};
use crate::access::Access;
use crate::app::App;
use crate::commands::Writer;
use crate::commands::boosts::BoostMessage;
use crate::commands::messages::PostMessage;
use crate::db::Reader;
use crate::files::Files;
use crate::live::hub::Delivery;
use crate::live::{Presence, Subscriptions, Typing};
use crate::model::attachment::Quota;
use crate::model::search::entry::FindableText;
use crate::model::{
    Body, BodyFormat, BoostContent, ClientMessageId, MessageId, NewAttachment, RoomId, RoomKind,
    SessionId, UserId,
};
use crate::queries;
use crate::queries::demos::Said;
use crate::richtext::{Composed, People, compose_with};

const TICK: Duration = Duration::from_millis(250);
/// Between two scenes while somebody looks on, and while nobody does: a demo that is forgotten must
/// not fill the disk.
const PAUSE: Duration = Duration::from_secs(12);
const LONG_PAUSE: Duration = Duration::from_secs(15 * 60);
/// Whoever spoke for somebody plays them for so long, even without a socket.
const PLAYED: Duration = Duration::from_secs(120);
/// What may wait to be done; a visitor who says more is not answered each time.
const AGENDA: usize = 80;

/// What the made-up people use: the same ways as everybody else.
pub struct Stage {
    reader: Reader,
    writer: Writer,
    access: Arc<Access>,
    live: Subscriptions,
    typing: Arc<Typing>,
    presence: Arc<Presence>,
    files: Files,
}

impl Stage {
    pub fn of(app: &App) -> Self {
        Self {
            reader: app.reader.clone(),
            writer: app.writer.clone(),
            access: app.access.clone(),
            live: app.live.clone(),
            typing: app.typing.clone(),
            presence: app.presence.clone(),
            files: app.files.clone(),
        }
    }
}

/// Something that somebody is going to do.
enum Deed {
    Sit,
    Type,
    Say {
        text: String,
        answers: Option<MessageId>,
    },
    /// On that message, or on what was last said in the room.
    Boost {
        content: String,
        message: Option<MessageId>,
    },
}

struct Planned {
    at: Instant,
    who: UserId,
    room_id: RoomId,
    deed: Deed,
}

/// A made-up person in a room: seen there as everybody is who has its page open.
struct Seat {
    room_id: RoomId,
    listening: JoinHandle<()>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

struct Company {
    stage: Stage,
    scenes: Vec<Conversation>,
    agenda: Vec<Planned>,
    seats: HashMap<UserId, Seat>,
    /// What the company itself said, until it was heard.
    own: HashSet<MessageId>,
    last_said: HashMap<RoomId, MessageId>,
    heard: MessageId,
    spoken_for: HashMap<UserId, Instant>,
    next_scene: usize,
    scene_at: Instant,
    turn: usize,
}

/// Talks until it is told to stop by being aborted. `is_new`: some things are put there first.
pub async fn talk(stage: Stage, is_new: bool) {
    let scenes = match talk::read(talk::PRESENT) {
        Ok(scenes) => scenes,
        Err(line) => return tracing::error!(line, "the demo stays silent"),
    };
    let now = Instant::now();
    let mut company = Company {
        heard: stage.reader.read(queries::demos::newest).unwrap_or(MessageId(0)),
        stage,
        scenes,
        agenda: Vec::new(),
        seats: HashMap::new(),
        own: HashSet::new(),
        last_said: HashMap::new(),
        spoken_for: HashMap::new(),
        next_scene: 0,
        scene_at: now + Duration::from_secs(3),
        turn: 0,
    };
    if is_new {
        company.bring_files().await;
    }
    for (n, id) in (0_i64..).zip((1..).map(UserId).take(CAST.len() - 1)) {
        company.plan(now, id, RoomId(1 + n % 6), Deed::Sit);
    }
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        company.listen();
        company.go_on();
        company.act().await;
    }
}

impl Company {
    fn plan(&mut self, at: Instant, who: UserId, room_id: RoomId, deed: Deed) {
        if self.agenda.len() < AGENDA {
            self.agenda.push(Planned { at, who, room_id, deed });
        }
    }

    /// Everybody whom a visitor plays just now.
    fn played(&self) -> HashSet<UserId> {
        // Sessions of our own have numbers below zero.
        let mut played = self.stage.live.listening_by(|session_id| session_id.0 > 0);
        let lately = self.spoken_for.iter().filter(|(_, at)| at.elapsed() < PLAYED);
        played.extend(lately.map(|(id, _)| *id));
        played
    }

    /// Hears what was said since, and plans what to say to it.
    fn listen(&mut self) {
        let heard = self.heard;
        let Ok(said) = self.stage.reader.read(|db| queries::demos::said_after(db, heard)) else {
            return;
        };
        for one in said {
            self.heard = one.id;
            if !self.own.remove(&one.id) {
                self.spoken_for.insert(one.author_id, Instant::now());
                self.answer(&one);
            }
        }
    }

    /// A boost, and an answer by whoever was called, else by somebody in the room.
    fn answer(&mut self, said: &Said) {
        self.turn = self.turn.wrapping_add(1);
        let (now, room_id) = (Instant::now(), said.room_id);
        let mut played = self.played();
        played.insert(said.author_id);
        let members = self.stage.access.members(room_id);
        let is_free = |id: &UserId| !played.contains(id) && members.contains(id);
        let called = self.stage.reader.read(|db| queries::mentions::called_by(db, said.id));
        let called = called.unwrap_or_default().into_iter().find(is_free);
        let is_ping = self.stage.access.room_kind(room_id) == Some(RoomKind::Direct);
        let mut others: Vec<UserId> =
            members.iter().filter(|id| is_free(id) && (is_ping || **id != BOT)).copied().collect();
        others.sort_unstable();
        let nth = |n: usize| others.get(n % others.len().max(1)).copied();
        let Some(who) = called.or_else(|| nth(self.turn * 3)) else { return };
        if !is_ping && let Some(fan) = nth(self.turn * 3 + 1) {
            let content = answers::boost(self.turn).to_owned();
            let deed = Deed::Boost { content, message: Some(said.id) };
            self.plan(now + Duration::from_millis(1_500), fan, room_id, deed);
        }
        let is_answering = |one: &Planned| {
            one.room_id == room_id && matches!(one.deed, Deed::Say { answers: Some(_), .. })
        };
        if self.agenda.iter().any(is_answering) {
            return;
        }
        let text = match who {
            BOT => answers::by_bot(self.turn),
            _ => answers::by_person(&said.plain_text, self.turn),
        };
        let deed = Deed::Say { text: text.to_owned(), answers: Some(said.id) };
        self.plan(now + Duration::from_millis(800), who, room_id, Deed::Type);
        self.plan(now + Duration::from_secs(4), who, room_id, deed);
    }

    /// Begins the next scene when the last one is over.
    fn go_on(&mut self) {
        let is_over = self.agenda.is_empty() && Instant::now() >= self.scene_at;
        let Some(scene) = self.scenes.get(self.next_scene % self.scenes.len().max(1)) else {
            return;
        };
        let Place::Scene(room) = scene.place else { return };
        let played = self.played();
        if !is_over {
            // Somebody came while all were waiting for somebody to come.
            let soon = Instant::now() + PAUSE;
            if !played.is_empty() && self.agenda.is_empty() && self.scene_at > soon {
                self.scene_at = Instant::now() + Duration::from_secs(2);
            }
            return;
        }
        let (room_id, lines) = (RoomId(room), scene.lines.clone());
        self.next_scene += 1;
        let mut at = Instant::now();
        for line in lines.into_iter().filter(|line| !played.contains(&line.who)) {
            self.plan(at, line.who, room_id, Deed::Sit);
            self.plan(at + Duration::from_secs(1), line.who, room_id, Deed::Type);
            let typing = 1_500 + 30 * line.text.chars().count().min(80) as u64;
            at += Duration::from_millis(1_000 + typing);
            let deed = Deed::Say { text: cast::typed(&line.text), answers: None };
            self.plan(at, line.who, room_id, deed);
            for (content, who) in line.boosts {
                for who in who.into_iter().filter(|who| !played.contains(who)) {
                    at += Duration::from_millis(700);
                    let deed = Deed::Boost { content: content.clone(), message: None };
                    self.plan(at, who, room_id, deed);
                }
            }
            at += Duration::from_millis(1_500);
        }
        self.scene_at = at + if played.is_empty() { LONG_PAUSE } else { PAUSE };
    }

    /// Does what is due. Who was taken over by a visitor meanwhile does nothing.
    async fn act(&mut self) {
        let now = Instant::now();
        let played = self.played();
        self.seats.retain(|id, _| !played.contains(id));
        let (due, later): (Vec<Planned>, Vec<Planned>) =
            std::mem::take(&mut self.agenda).into_iter().partition(|one| one.at <= now);
        self.agenda = later;
        for Planned { who, room_id, deed, .. } in due {
            if played.contains(&who) || !self.stage.access.is_member(room_id, who) {
                continue;
            }
            match deed {
                Deed::Sit => self.sit(who, room_id),
                Deed::Type => {
                    let name = cast::character_of(who).map_or("", |one| one.name);
                    self.stage.typing.start(room_id, who, name);
                }
                Deed::Say { text, answers } => {
                    self.stage.typing.stop(room_id, who);
                    self.say(who, room_id, &text, answers, Vec::new()).await;
                }
                Deed::Boost { content, message } => {
                    let message = message.or_else(|| self.last_said.get(&room_id).copied());
                    self.boost(who, message, &content).await;
                }
            }
        }
    }

    /// Shows somebody as being in a room, and nowhere else. The bot is nowhere.
    fn sit(&mut self, who: UserId, room_id: RoomId) {
        if who == BOT || self.seats.get(&who).is_some_and(|seat| seat.room_id == room_id) {
            return;
        }
        let name = cast::character_of(who).map_or("", |one| one.name);
        let listener = self.stage.live.subscribe(SessionId(-who.0), who, Some(room_id));
        let listening =
            tokio::spawn(
                async move { while matches!(listener.next().await, Delivery::Frame(_)) {} },
            );
        self.stage.presence.came(room_id, who, name);
        self.seats.insert(who, Seat { room_id, listening });
    }

    /// Says it as everybody does. What is refused stays unsaid: a visitor may have closed the room.
    async fn say(
        &mut self,
        who: UserId,
        room_id: RoomId,
        text: &str,
        reply_to: Option<MessageId>,
        files: Vec<NewAttachment>,
    ) {
        let candidates = self.stage.reader.read(|db| queries::mentions::candidates(db, room_id));
        let people = People::new(candidates.unwrap_or_default());
        let Ok(Composed { body, mentions }) = compose_with(text, BodyFormat::Markdown, &people)
        else {
            return;
        };
        let body = Body { lone_link: None, ..body };
        let message = PostMessage {
            room_id,
            creator_id: who,
            findable: FindableText::of(&body.plain_text, &body.html),
            body,
            mentions,
            reply_to,
            client_message_id: ClientMessageId::from_random(rand::random()),
            files,
            quota: Quota::default(),
        };
        match self.stage.writer.run(message).await {
            Ok(posted) => {
                self.own.insert(posted.message.id);
                self.last_said.insert(room_id, posted.message.id);
            }
            Err(error) => tracing::debug!(%error, "somebody of the demo could not speak"),
        }
    }

    async fn boost(&self, who: UserId, message: Option<MessageId>, content: &str) {
        let (Some(message_id), Ok(content)) = (message, BoostContent::parse(content)) else {
            return;
        };
        let boost = BoostMessage { message_id, booster_id: who, content, toggle: false };
        if let Err(error) = self.stage.writer.run(boost).await {
            tracing::debug!(%error, "somebody of the demo could not boost");
        }
    }

    /// A picture and a table, so that there is something to look at and to look for.
    async fn bring_files(&mut self) {
        let files = self.stage.files.clone();
        let brought = tokio::task::spawn_blocking(move || {
            let sky = picture::night_sky()?;
            let sky = picture::store(&files, "ring-last-night.png", &sky)?;
            let log = picture::store(&files, "observing-log.csv", picture::LOG.as_bytes())?;
            std::io::Result::Ok((sky, log))
        });
        let (sky, log) = match brought.await {
            Ok(Ok(files)) => files,
            Ok(Err(error)) => return tracing::warn!(%error, "the demo has no files to show"),
            Err(_) => return,
        };
        let night = RoomId(2);
        let attached = |file| vec![NewAttachment::Stored(file)];
        if let Some(jun) = cast::by_key("jun") {
            let text = "Last night as a table, as Ines asked.";
            self.say(jun, night, text, None, attached(log)).await;
        }
        if let Some(leila) = cast::by_key("leila") {
            let text =
                "And last night as a picture, with the *old* mirror. Tonight it gets sharper.";
            self.say(leila, night, text, None, attached(sky)).await;
        }
    }
}
