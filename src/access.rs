//! Who may see what, in memory, so that no request asks the database for it. Fed by events alone:
//! rebuilt from the database at start, then updated by the writer between a commit and its
//! answers, so that a revocation is in force when it is answered.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::events::{Event, TokenHash};
use crate::model::session::is_alive;
use crate::model::{Involvement, Role, RoomId, RoomKind, SessionId, Status, Timestamp, UserId};
use crate::words::Language;

/// The index. One lock: it is only ever held for a look-up or for one batch of events.
#[derive(Default)]
pub struct Access {
    tables: RwLock<Tables>,
    revocations: AtomicU64,
}

#[derive(Default)]
struct Tables {
    sessions: HashMap<TokenHash, Session>,
    users: HashMap<UserId, (Role, Status)>,
    /// Of those who have chosen one.
    languages: HashMap<UserId, Language>,
    /// What each bot's key is known by.
    bots: HashMap<UserId, TokenHash>,
    rooms: HashMap<RoomId, RoomAccess>,
    /// Each banned address with the people on whose account it is banned.
    bans: HashMap<IpAddr, HashSet<UserId>>,
}

#[derive(Clone, Copy)]
struct Session {
    id: SessionId,
    user_id: UserId,
    created_at: Timestamp,
    last_active_at: Timestamp,
}

struct RoomAccess {
    kind: RoomKind,
    members: HashMap<UserId, Involvement>,
}

/// Who a session token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub role: Role,
    /// The language they have chosen; none: that of their browser.
    pub language: Option<Language>,
    pub created_at: Timestamp,
    pub last_active_at: Timestamp,
}

impl Access {
    /// Takes note of what was committed, in order.
    pub fn learn<'a>(&self, events: impl IntoIterator<Item = &'a Event>) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            tables.learn(event);
            if revokes(event) {
                self.revocations.fetch_add(1, Ordering::Release);
            }
        }
    }

    /// Rises whenever somebody loses something. Who holds on to an answer asks again when it has.
    pub fn revocations(&self) -> u64 {
        self.revocations.load(Ordering::Acquire)
    }

    /// The active user behind a token, if the session is still alive at `now`.
    pub fn signed_in(&self, token_hash: &TokenHash, now: Timestamp) -> Option<SignedIn> {
        let tables = self.read();
        let session = tables.sessions.get(token_hash)?;
        let (role, status) = tables.users.get(&session.user_id)?;
        (*status == Status::Active && is_alive(session.created_at, session.last_active_at, now))
            .then_some(SignedIn {
                session_id: session.id,
                user_id: session.user_id,
                role: *role,
                language: tables.languages.get(&session.user_id).copied(),
                created_at: session.created_at,
                last_active_at: session.last_active_at,
            })
    }

    /// The language somebody has chosen, for what is sent to them without their asking.
    pub fn language_of(&self, user_id: UserId) -> Option<Language> {
        self.read().languages.get(&user_id).copied()
    }

    /// Whether this is the key of an active bot. The time it takes says nothing about how much of
    /// a wrong one was right.
    pub fn is_bot(&self, user_id: UserId, token_hash: &TokenHash) -> bool {
        let tables = self.read();
        let active =
            tables.users.get(&user_id).is_some_and(|who| *who == (Role::Bot, Status::Active));
        let fits = tables.bots.get(&user_id).is_some_and(|known| {
            known.iter().zip(token_hash).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
        });
        active && fits
    }

    /// Whether an active user is in a room.
    pub fn is_member(&self, room_id: RoomId, user_id: UserId) -> bool {
        let tables = self.read();
        let active =
            tables.users.get(&user_id).is_some_and(|(_, status)| *status == Status::Active);
        active && tables.rooms.get(&room_id).is_some_and(|room| room.members.contains_key(&user_id))
    }

    /// How many active users are in a room.
    pub fn member_count(&self, room_id: RoomId) -> usize {
        let tables = self.read();
        tables.rooms.get(&room_id).map_or(0, |room| {
            room.members
                .keys()
                .filter(|id| {
                    tables.users.get(id).is_some_and(|(_, status)| *status == Status::Active)
                })
                .count()
        })
    }

    /// The members of a room who want it in their sidebar.
    pub fn listing_members(&self, room_id: RoomId) -> Vec<UserId> {
        let tables = self.read();
        tables.rooms.get(&room_id).map_or_else(Vec::new, |room| {
            room.members
                .iter()
                .filter(|(_, involvement)| **involvement != Involvement::Invisible)
                .map(|(id, _)| *id)
                .collect()
        })
    }

    /// The members of a room, in any state.
    pub fn members(&self, room_id: RoomId) -> Vec<UserId> {
        let tables = self.read();
        tables
            .rooms
            .get(&room_id)
            .map_or_else(Vec::new, |room| room.members.keys().copied().collect())
    }

    /// The rooms somebody is in, in any state.
    pub fn rooms_of(&self, user_id: UserId) -> Vec<RoomId> {
        let tables = self.read();
        let rooms = tables.rooms.iter().filter(|(_, room)| room.members.contains_key(&user_id));
        rooms.map(|(id, _)| *id).collect()
    }

    /// Whether nobody may write from this address.
    pub fn is_banned(&self, address: IpAddr) -> bool {
        self.read().bans.contains_key(&address.to_canonical())
    }

    /// Everybody who shares a direct room of two with a user; themselves if they ping themselves.
    pub fn ping_partners(&self, user_id: UserId) -> Vec<UserId> {
        let tables = self.read();
        let rooms = tables.rooms.values().filter(|room| {
            room.kind == RoomKind::Direct
                && room.members.len() <= 2
                && room.members.contains_key(&user_id)
        });
        let others = rooms.map(|room| room.members.keys().find(|id| **id != user_id));
        others.map(|other| other.copied().unwrap_or(user_id)).collect()
    }

    /// What kind a room is; none if there is no such room.
    pub fn room_kind(&self, room_id: RoomId) -> Option<RoomKind> {
        self.read().rooms.get(&room_id).map(|room| room.kind)
    }

    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn revokes(event: &Event) -> bool {
    match event {
        Event::SessionEnded { .. }
        | Event::MembershipRevoked { .. }
        | Event::RoomDeleted { .. } => true,
        Event::UserAdmitted { status, .. } => *status != Status::Active,
        _ => false,
    }
}

impl Tables {
    fn learn(&mut self, event: &Event) {
        match event {
            Event::UserAdmitted { user_id, role, status } => {
                self.users.insert(*user_id, (*role, *status));
            }
            Event::LanguageChosen { user_id, language } => {
                match language {
                    Some(language) => self.languages.insert(*user_id, *language),
                    None => self.languages.remove(user_id),
                };
            }
            Event::BotKeyChanged { user_id, token_hash } => {
                self.bots.insert(*user_id, *token_hash);
            }
            Event::AddressBanned { user_id, address } => {
                self.bans.entry(*address).or_default().insert(*user_id);
            }
            Event::BanLifted { user_id } => {
                self.bans.retain(|_, people| {
                    people.remove(user_id);
                    !people.is_empty()
                });
            }
            Event::SessionStarted { session } => {
                self.sessions.insert(
                    session.token_hash,
                    Session {
                        id: session.session_id,
                        user_id: session.user_id,
                        created_at: session.created_at,
                        last_active_at: session.last_active_at,
                    },
                );
            }
            Event::SessionTouched { token_hash, at } => {
                if let Some(session) = self.sessions.get_mut(token_hash) {
                    session.last_active_at = *at;
                }
            }
            Event::SessionEnded { token_hash, .. } => {
                self.sessions.remove(token_hash);
            }
            Event::RoomCreated { room_id, kind } => {
                self.rooms.insert(*room_id, RoomAccess { kind: *kind, members: HashMap::new() });
            }
            Event::RoomChanged { room_id, kind, .. } => {
                if let Some(room) = self.rooms.get_mut(room_id) {
                    room.kind = *kind;
                }
            }
            Event::RoomDeleted { room_id, .. } => {
                self.rooms.remove(room_id);
            }
            Event::MembershipGranted { room_id, user_id, involvement }
            | Event::InvolvementChanged { room_id, user_id, involvement } => {
                if let Some(room) = self.rooms.get_mut(room_id) {
                    room.members.insert(*user_id, *involvement);
                }
            }
            Event::MembershipRevoked { room_id, user_id } => {
                if let Some(room) = self.rooms.get_mut(room_id) {
                    room.members.remove(user_id);
                }
            }
            // These alter what is shown, not who may see it.
            Event::AccountChanged
            | Event::UserChanged { .. }
            | Event::PersonRenamed { .. }
            | Event::RoomArchived { .. }
            | Event::RoomRestored { .. }
            | Event::RoomRead { .. }
            | Event::RoomMarkedUnread { .. }
            | Event::MessagePosted { .. }
            | Event::MessageEdited { .. }
            | Event::MessageBoosted { .. }
            | Event::MessageDeleted { .. }
            | Event::CallsChanged { .. }
            | Event::JobQueued { .. }
            | Event::DeliveryQueued => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_counts_at_once() {
        let access = Access::default();
        let (room_id, user_id) = (RoomId(1), UserId(7));
        access.learn(&[
            Event::UserAdmitted { user_id, role: Role::Member, status: Status::Active },
            Event::RoomCreated { room_id, kind: RoomKind::Open },
            Event::MembershipGranted { room_id, user_id, involvement: Involvement::Mentions },
        ]);
        assert!(access.is_member(room_id, user_id));
        let before = access.revocations();
        access.learn(&[Event::MembershipRevoked { room_id, user_id }]);
        assert!(!access.is_member(room_id, user_id));
        assert_ne!(access.revocations(), before);
    }

    #[test]
    fn a_bot_is_known_by_its_present_key_while_it_is_active() {
        let access = Access::default();
        let user_id = UserId(9);
        let admitted = |role, status| Event::UserAdmitted { user_id, role, status };
        let keyed = |byte| Event::BotKeyChanged { user_id, token_hash: [byte; 32] };
        access.learn(&[admitted(Role::Bot, Status::Active), keyed(1)]);
        assert!(access.is_bot(user_id, &[1; 32]));
        access.learn(&[keyed(2)]);
        assert!(!access.is_bot(user_id, &[1; 32]));
        assert!(access.is_bot(user_id, &[2; 32]));
        assert!(!access.is_bot(UserId(8), &[2; 32]));
        access.learn(&[admitted(Role::Bot, Status::Deactivated)]);
        assert!(!access.is_bot(user_id, &[2; 32]));
        access.learn(&[admitted(Role::Member, Status::Active)]);
        assert!(!access.is_bot(user_id, &[2; 32]), "a person has no key");
    }

    #[test]
    fn an_address_is_free_again_when_the_last_ban_on_it_is_lifted() {
        let access = Access::default();
        let address = IpAddr::from([203, 0, 113, 9]);
        let (ada, ben) = (UserId(1), UserId(2));
        let banned = |user_id| Event::AddressBanned { user_id, address };
        access.learn(&[banned(ada), banned(ben), Event::BanLifted { user_id: ada }]);
        assert!(access.is_banned(address));
        assert!(access.is_banned("::ffff:203.0.113.9".parse().unwrap()));
        access.learn(&[Event::BanLifted { user_id: ben }]);
        assert!(!access.is_banned(address));
    }

    #[test]
    fn a_deactivated_person_is_in_no_room() {
        let access = Access::default();
        let (room_id, user_id) = (RoomId(1), UserId(7));
        access.learn(&[
            Event::UserAdmitted { user_id, role: Role::Member, status: Status::Deactivated },
            Event::RoomCreated { room_id, kind: RoomKind::Direct },
            Event::MembershipGranted { room_id, user_id, involvement: Involvement::Everything },
        ]);
        assert!(!access.is_member(room_id, user_id));
        assert_eq!(access.member_count(room_id), 0);
    }
}
