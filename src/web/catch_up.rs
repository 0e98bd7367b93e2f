//! Draws what a returning page has missed, in frames of a bearable size.

use crate::app::App;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::{Cursor, Epoch, Position, RoomId, RoomKind};
use crate::queries;
use crate::queries::changes::{Altered, Missed};
use crate::views::calls::CallsChangedFrame;
use crate::views::draw;
use crate::views::involvements::{Bell, BellFrame};
use crate::views::live::{MarkFrame, present_frame, typing_frame};
use crate::views::messages::{
    DeletedFrame, EditedFrame, PostedFrame, RenamedFrame, ReplacedListFrame,
};
use crate::views::room_settings::{
    MemberCountFrame, RoomArchivedFrame, RoomRenamedFrame, RoomRestoredFrame,
};
use crate::views::rooms::MessageList;
use crate::views::sidebar::SidebarListsFrame;
use crate::web::extract::CurrentUser;
use crate::web::{rooms, sidebar};

/// A frame is closed when it has grown beyond this, in bytes.
const FRAME: usize = 256 * 1024;

/// How a page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// It listens.
    Listens,
    /// It asks now and then, and somebody looks at it.
    Asks,
    /// It asks while nobody looks.
    Hidden,
}

/// What a page says it shows.
#[derive(Clone, Debug)]
pub struct Shown {
    pub room: Option<(RoomId, Position)>,
    pub visit: Visit,
    /// The version of its sidebar: empty if it has changed since, none if it has none.
    pub sidebar: Option<String>,
    /// It lists what called the person.
    pub calls: bool,
}

/// What brings a page up to date.
#[derive(Debug)]
pub struct CaughtUp {
    /// What the person is called.
    pub name: String,
    /// Where the page stands when it has the frames; 0 for one without a room.
    pub cursor: Cursor,
    /// What changed in the room, in order.
    pub changes: Vec<String>,
    /// What has no number: replaces what is on the page, also when that is the same.
    pub state: Vec<String>,
}

/// Draws it, from one read transaction.
///
/// # Errors
/// `NotFound` for who is not in the room: asked of the same moment that everything is read from,
/// so that nothing is seen that was said after a removal.
pub fn catch_up(app: &App, user: &CurrentUser, shown: &Shown) -> Result<CaughtUp> {
    app.reader.read(|db| {
        let mut caught_up = CaughtUp {
            name: queries::users::by_id(db, user.id)?.name,
            cursor: Cursor(0),
            changes: Vec::new(),
            state: Vec::new(),
        };
        if let Some((room_id, since)) = shown.room {
            if !queries::memberships::exists(db, room_id, user.id)? {
                return Err(Error::NotFound);
            }
            let missed = queries::changes::missed(db, room_id, since)?;
            (caught_up.cursor, caught_up.changes) = frames(room_id, since, app.epoch, missed)?;
            match shown.visit {
                Visit::Listens => app.presence.came(room_id, user.id, &caught_up.name),
                Visit::Asks => app.presence.asked(room_id, user.id, &caught_up.name),
                Visit::Hidden => {}
            }
            caught_up.state = state_of(db, app, user, room_id)?;
        }
        if let Some(version) = &shown.sidebar {
            let room_id = shown.room.map(|(id, _)| id);
            let sidebar = sidebar::sidebar_of(db, user, room_id, |id| app.online.is(id))?;
            if *version != sidebar.version() {
                caught_up.state.push(draw(&SidebarListsFrame { sidebar })?);
            }
        }
        if shown.calls {
            let calls = queries::calls::unread(db, user.id, None)?;
            caught_up.state.push(draw(&CallsChangedFrame { calls })?);
        }
        Ok(caught_up)
    })
}

/// What a room's page shows around its messages.
fn state_of(
    db: &Connection,
    app: &App,
    user: &CurrentUser,
    room_id: RoomId,
) -> Result<Vec<String>> {
    let room = queries::rooms::of_member(db, room_id, user.id)?;
    let name = rooms::title(db, &room, user.id)?;
    let mut state = vec![
        draw(&RoomRenamedFrame { room_id, name: &name })?,
        match room.archived_at {
            Some(_) => draw(&RoomArchivedFrame)?,
            None => draw(&RoomRestoredFrame { room_id })?,
        },
        present_frame(&app.presence.in_room(room_id)),
    ];
    if room.kind != RoomKind::Direct {
        state.push(draw(&MemberCountFrame { count: app.access.member_count(room_id) })?);
    }
    let involvement = queries::memberships::involvement(db, room_id, user.id)?;
    let bell = Bell { room_id, kind: room.kind, involvement, on_profile: false };
    state.push(draw(&BellFrame { bell })?);
    let typists = app.typing.in_room(room_id);
    if !typists.is_empty() {
        state.push(typing_frame(&typists));
    }
    Ok(state)
}

/// The cursor the frames lead to, and the frames; none when nothing was missed.
///
/// Only the last one carries that cursor: a reader cut off in between comes back with the old one
/// and is sent everything again, which changes nothing that is on the page already.
fn frames(
    room_id: RoomId,
    since: Position,
    epoch: Epoch,
    missed: Missed,
) -> Result<(Cursor, Vec<String>)> {
    match missed {
        Missed::Changes { cursor, altered } => {
            let mut frames = changes(since.cursor, cursor, &altered)?;
            if since.epoch.is_some_and(|known| known != epoch) {
                // Where it stood is in the past of this epoch, too.
                frames.insert(0, draw(&MarkFrame { cursor: since.cursor, epoch })?);
            }
            Ok((cursor, frames))
        }
        Missed::Everything { cursor, page } => {
            let list = MessageList {
                room_id,
                messages: page.messages,
                cursor,
                epoch,
                has_older: page.has_older,
                has_newer: page.has_newer,
                marked: None,
                read_up_to: None,
            };
            Ok((cursor, vec![draw(&ReplacedListFrame { list: &list })?]))
        }
    }
}

fn changes(since: Cursor, cursor: Cursor, mut altered: &[Altered]) -> Result<Vec<String>> {
    let mut frames = Vec::new();
    while !altered.is_empty() {
        let (mut frame, taken) = one_frame(since, altered)?;
        if taken == altered.len() {
            frame = one_frame(cursor, altered)?.0;
        }
        frames.push(frame);
        altered = &altered[taken..];
    }
    Ok(frames)
}

/// As many as fit into one frame, and how many that are: at least one.
fn one_frame(cursor: Cursor, altered: &[Altered]) -> Result<(String, usize)> {
    let mut html = String::new();
    let mut taken = 0;
    while taken < altered.len() && html.len() < FRAME {
        html.push_str(&one(&altered[taken], cursor)?);
        taken += 1;
    }
    Ok((html, taken))
}

fn one(altered: &Altered, cursor: Cursor) -> Result<String> {
    match altered {
        Altered::Posted(message) => draw(&PostedFrame { message, cursor }),
        Altered::Changed(message) => draw(&EditedFrame { message, cursor }),
        Altered::Deleted(message_id) => draw(&DeletedFrame { message_id: *message_id, cursor }),
        Altered::Renamed(person) => draw(&RenamedFrame { person, cursor }),
    }
}
