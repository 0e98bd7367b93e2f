//! What follows each event: fragments to topics. The only place that publishes facts.
//!
//! One task takes the events in commit order, so a room's fragments reach everybody in order.
//! Each is drawn once for each language that is listened in, and its listeners share the bytes.

mod calls;
mod sidebars;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use askama::Template;
use tokio::sync::mpsc;

use crate::access::Access;
use crate::db::Reader;
use crate::error::Result;
use crate::events::Event;
use crate::jobs::Bells;
use crate::live::{CloseReason, Publisher, Signals, Topic, Whom};
use crate::model::{Cursor, Message, RoomId, RoomKind, Status, UserId};
use crate::queries;
use crate::views::accounts::PeopleChangedFrame;
use crate::views::draw;
use crate::views::messages::{BoostedFrame, DeletedFrame, EditedFrame, PostedFrame, RenamedFrame};
use crate::views::room_settings::MemberCountFrame;
use crate::views::sidebar::MeFrame;

/// Runs until the writer is gone and everything it committed has been said.
pub async fn announce(
    mut events: mpsc::Receiver<Vec<Event>>,
    publisher: Publisher,
    reader: Reader,
    access: Arc<Access>,
    signals: Signals,
    bells: Bells,
) {
    let calls_told = Mutex::default();
    let announcer = Announcer { publisher, reader, access, signals, bells, calls_told };
    while let Some(committed) = events.recv().await {
        for event in &committed {
            if let Err(error) = announcer.follow(event) {
                tracing::error!(%error, "an event could not be announced; its readers come again");
                announcer.send_back(event);
            }
        }
        if let Err(error) = announcer.recount(&committed) {
            tracing::error!(%error, "unread counts could not be announced");
        }
        if let Err(error) = announcer.count_members(&committed) {
            tracing::error!(%error, "the numbers of members could not be announced");
        }
    }
}

struct Announcer {
    publisher: Publisher,
    reader: Reader,
    access: Arc<Access>,
    signals: Signals,
    bells: Bells,
    calls_told: Mutex<HashMap<UserId, calls::Told>>,
}

impl Announcer {
    fn follow(&self, event: &Event) -> Result<()> {
        match event {
            Event::MessagePosted { cursor, message } => self.message_posted(*cursor, message),
            Event::MessageEdited { cursor, message } => {
                let frame = EditedFrame { message, cursor: *cursor };
                self.to_room(message.room_id, *cursor, &frame)
            }
            Event::CallsChanged { user_ids } => self.list_of_calls_changed(user_ids),
            Event::MessageBoosted { cursor, message } => {
                let frame = BoostedFrame { message, cursor: *cursor };
                self.to_room(message.room_id, *cursor, &frame)
            }
            Event::MessageDeleted { cursor, room_id, message_id } => {
                let frame = DeletedFrame { message_id: *message_id, cursor: *cursor };
                self.to_room(*room_id, *cursor, &frame)
            }
            Event::RoomRead { room_id, user_id, .. } => {
                self.sidebar_entry(*room_id, *user_id)?;
                self.count_of_calls_changed(*user_id)
            }
            Event::InvolvementChanged { room_id, user_id, involvement } => {
                self.bell(*room_id, *user_id, *involvement)?;
                self.sidebar_entry(*room_id, *user_id)?;
                self.count_of_calls_changed(*user_id)
            }
            Event::RoomMarkedUnread { room_id, user_id, .. } => {
                // Or what comes next would be read at once by the page it was marked on.
                self.publisher.keep_unread(*user_id, *room_id);
                self.sidebar_entry(*room_id, *user_id)?;
                self.count_of_calls_changed(*user_id)
            }
            Event::MembershipGranted { room_id, user_id, .. } => {
                self.room_entered(*room_id, *user_id)?;
                self.list_of_calls_changed(&[*user_id])
            }
            Event::SessionEnded { session_id, .. } => {
                self.publisher.end(Whom::Session(*session_id), CloseReason::SignedOut);
                Ok(())
            }
            Event::MembershipRevoked { room_id, user_id } => {
                let whom = Whom::UserInRoom(*user_id, *room_id);
                self.publisher.end(whom, CloseReason::NoLongerMember);
                self.room_left(*room_id, *user_id)?;
                self.list_of_calls_changed(&[*user_id])
            }
            Event::RoomChanged { room_id, kind, was } => {
                let is_public = [*kind, *was].contains(&RoomKind::Open);
                self.room_changed(*room_id, is_public)
            }
            Event::RoomArchived { room_id, kind } => self.room_archived(*room_id, *kind),
            Event::RoomRestored { room_id, kind } => self.room_restored(*room_id, *kind),
            Event::RoomDeleted { room_id, kind, member_ids } => {
                self.publisher.end(Whom::Room(*room_id), CloseReason::NoLongerMember);
                self.room_deleted(*room_id, *kind, member_ids)?;
                self.list_of_calls_changed(member_ids)
            }
            Event::JobQueued { lane } => {
                self.bells.ring_for_job(*lane);
                Ok(())
            }
            Event::DeliveryQueued => {
                self.bells.webhooks.ring();
                Ok(())
            }
            Event::UserAdmitted { user_id, status, .. } => {
                if *status != Status::Active {
                    // Their sessions have ended, each with its sockets; this is for one that
                    // was being opened meanwhile.
                    self.publisher.end(Whom::User(*user_id), CloseReason::SignedOut);
                }
                self.people_changed()
            }
            Event::UserChanged { user_id } => {
                self.own_line(*user_id)?;
                self.people_changed()
            }
            Event::PersonRenamed { cursor, room_id, person } => {
                self.signals.presence.rename(person.id, &person.name);
                let frame = RenamedFrame { person, cursor: *cursor };
                self.to_room(*room_id, *cursor, &frame)?;
                self.ping_of_renamed(*room_id)
            }
            Event::AddressBanned { .. }
            | Event::LanguageChosen { .. }
            | Event::BotKeyChanged { .. }
            | Event::BanLifted { .. }
            | Event::AccountChanged
            | Event::SessionStarted { .. }
            | Event::SessionTouched { .. }
            // Those let in hear of it by their memberships.
            | Event::RoomCreated { .. } => Ok(()),
        }
    }

    fn message_posted(&self, cursor: Cursor, message: &Message) -> Result<()> {
        self.to_room(message.room_id, cursor, &PostedFrame { message, cursor })?;
        self.signals.typing.stop(message.room_id, message.author.id);
        self.sidebars_of_message(message)?;
        self.calls_of_message(message)
    }

    /// What is removed need not be read any more. Once for each room, however much went at once.
    fn recount(&self, committed: &[Event]) -> Result<()> {
        let rooms: BTreeSet<RoomId> = committed.iter().filter_map(room_of_removal).collect();
        for room_id in rooms {
            let members = self.access.listing_members(room_id);
            let listening = self.publisher.listening_elsewhere(room_id, &members);
            for user_id in members {
                if listening.contains(&user_id) {
                    self.sidebar_entry(room_id, user_id)?;
                    self.list_of_calls_changed(&[user_id])?;
                }
            }
        }
        Ok(())
    }

    /// How many are in each room that somebody has come to or gone from, once for all of them.
    fn count_members(&self, committed: &[Event]) -> Result<()> {
        let rooms: BTreeSet<RoomId> =
            committed.iter().flat_map(|event| self.rooms_of_coming(event)).collect();
        for room_id in rooms {
            let topic = Topic::Room(room_id);
            if self.publisher.anybody_hears(topic) {
                let count = self.access.member_count(room_id);
                self.tell(topic, &MemberCountFrame { count })?;
            }
        }
        Ok(())
    }

    /// The rooms in which there is one more or one less.
    fn rooms_of_coming(&self, event: &Event) -> Vec<RoomId> {
        match event {
            Event::MembershipGranted { room_id, .. } | Event::MembershipRevoked { room_id, .. } => {
                vec![*room_id]
            }
            // A member who is banned, or no longer so, stays in their rooms.
            Event::UserAdmitted { user_id, .. } => self.access.rooms_of(*user_id),
            _ => Vec::new(),
        }
    }

    /// Lists of people differ with who looks, so their readers are told to ask again.
    fn people_changed(&self) -> Result<()> {
        self.tell(Topic::Everyone, &PeopleChangedFrame)
    }

    /// Somebody's name and picture at the foot of their own sidebar.
    fn own_line(&self, user_id: UserId) -> Result<()> {
        let me = self.reader.read(|db| queries::users::by_id(db, user_id))?;
        self.tell(Topic::User(user_id), &MeFrame { me: &me })
    }

    /// A numbered change was not told: those who look at the room must not go on as if it had
    /// been. They come back with the cursor before it.
    fn send_back(&self, event: &Event) {
        let room_id = match event {
            Event::MessagePosted { message, .. }
            | Event::MessageEdited { message, .. }
            | Event::MessageBoosted { message, .. } => message.room_id,
            Event::MessageDeleted { room_id, .. } | Event::PersonRenamed { room_id, .. } => {
                *room_id
            }
            _ => return,
        };
        self.publisher.end(Whom::Room(room_id), CloseReason::TooSlow);
    }

    /// Draws a numbered change for those who look at the room, if there is anybody.
    fn to_room(&self, room_id: RoomId, cursor: Cursor, view: &impl Template) -> Result<()> {
        self.publisher.tell(Topic::Room(room_id), Some(cursor), || draw(view))
    }

    /// Draws what has no number for those who hear a topic.
    fn tell(&self, topic: Topic, view: &impl Template) -> Result<()> {
        self.publisher.tell(topic, None, || draw(view))
    }
}

fn room_of_removal(event: &Event) -> Option<RoomId> {
    match event {
        Event::MessageDeleted { room_id, .. } => Some(*room_id),
        _ => None,
    }
}
