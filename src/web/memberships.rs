//! Being in a room: how much of it reaches one, what of it is read, leaving, coming back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::error::Answer;
use super::extract::ids::TwoIds;
use super::extract::{CurrentUser, Fields, Ids, RoomMember, Wants};
use super::{html, rooms};
use crate::app::App;
use crate::clock;
use crate::commands::memberships::{
    ChangeInvolvement, LeaveRoom, MarkUnread, ReadEverything, ReadRoom, RejoinRoom,
};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::{Involvement, MessageId, RoomId, RoomKind, UserId};
use crate::queries;
use crate::views::involvements::{Bell, BellFragment, InvolvementPage};
use crate::views::messages::UnreadFrame;
use crate::views::users::ProfileRoom;
use crate::words::{self, sentence};

/// `GET /rooms/:id/involvement`: the bell for a script, all levels with their meaning as a page.
pub async fn involvement(State(app): State<App>, member: RoomMember, wants: Wants) -> Answer {
    let page = app.reader.read(|db| {
        let room = queries::rooms::of_member(db, member.room_id, member.user.id)?;
        Ok(InvolvementPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, member.user.id)?,
            title: rooms::title(db, &room, member.user.id)?,
            bell: bell(db, &member)?,
            muted_until: queries::push_subscriptions::muted_until(
                db,
                member.room_id,
                member.user.id,
                clock::now(),
            )?,
        })
    })?;
    match wants {
        Wants::Fragment => html::fragment(&BellFragment { bell: page.bell }),
        Wants::Page | Wants::Json => html::page(&page),
    }
}

/// `POST /rooms/:id/involvement`
pub async fn change_involvement(
    State(app): State<App>,
    member: RoomMember,
    wants: Wants,
    fields: Fields,
) -> Answer {
    let involvement = Involvement::parse(fields.text("involvement"))
        .ok_or_else(|| Error::invalid("involvement", sentence(words::no_such_level)))?;
    let (room_id, user_id) = (member.room_id, member.user.id);
    app.writer.run(ChangeInvolvement { room_id, user_id, involvement }).await?;
    let on_profile = fields.text("from") == "profile";
    if wants == Wants::Fragment {
        let bell = app.reader.read(|db| bell(db, &member))?;
        return html::fragment(&BellFragment { bell: Bell { on_profile, ..bell } });
    }
    let place =
        if on_profile { "/users/me/profile".to_owned() } else { format!("/rooms/{room_id}") };
    Ok(Redirect::to(&place).into_response())
}

/// The bell of a room's page.
pub fn bell(db: &Connection, member: &RoomMember) -> Result<Bell> {
    let room = queries::rooms::of_member(db, member.room_id, member.user.id)?;
    let involvement = queries::memberships::involvement(db, room.id, member.user.id)?;
    Ok(Bell { room_id: room.id, kind: room.kind, involvement, on_profile: false })
}

/// Every room of a person with its bell.
pub fn rooms_of(db: &Connection, user_id: UserId) -> Result<Vec<ProfileRoom>> {
    let rooms = queries::rooms::all_of_user(db, user_id)?;
    let pings: Vec<RoomId> = rooms
        .iter()
        .filter(|(room, _)| room.kind == RoomKind::Direct)
        .map(|(room, _)| room.id)
        .collect();
    let mut people = queries::sidebar::people_in(db, user_id, &pings)?;
    let shown = rooms.into_iter().map(|(room, involvement)| {
        let bell = Bell { room_id: room.id, kind: room.kind, involvement, on_profile: true };
        let others = people.remove(&room.id).unwrap_or_default();
        let title = room.name.unwrap_or_else(|| rooms::people_title(&others));
        ProfileRoom { title, bell, is_archived: room.archived_at.is_some() }
    });
    Ok(shown.collect())
}

/// `POST /rooms/:id/membership`: into an open room one is not in.
pub async fn create(
    State(app): State<App>,
    user: CurrentUser,
    Ids(room_id): Ids<RoomId>,
) -> Answer {
    app.writer.run(RejoinRoom { room_id, user_id: user.id }).await?;
    Ok(Redirect::to(&format!("/rooms/{room_id}")).into_response())
}

/// `POST /rooms/:id/membership/delete`: out of the room.
pub async fn destroy(State(app): State<App>, member: RoomMember) -> Answer {
    app.writer.run(LeaveRoom { room_id: member.room_id, user_id: member.user.id }).await?;
    Ok(Redirect::to("/").into_response())
}

/// `POST /rooms/:id/messages/:mid/unread`: from this message on, nothing was read.
pub async fn mark_unread(
    State(app): State<App>,
    member: RoomMember,
    TwoIds(_, from): TwoIds<RoomId, MessageId>,
    wants: Wants,
) -> Answer {
    let (room_id, user_id) = (member.room_id, member.user.id);
    app.writer.run(MarkUnread { room_id, user_id, from }).await?;
    if wants == Wants::Fragment {
        let message = app.reader.read(|db| queries::messages::by_id(db, room_id, from))?;
        return html::fragment(&UnreadFrame { message: &message });
    }
    // Back in the room it would be read again at once.
    Ok(Redirect::to("/users/me/sidebar").into_response())
}

/// `POST /users/me/reads`: everything is read.
pub async fn read_everything(State(app): State<App>, user: CurrentUser, wants: Wants) -> Answer {
    app.writer.run(ReadEverything { user_id: user.id }).await?;
    if wants == Wants::Fragment {
        // The counts go out to all pages of the person, this one among them.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Redirect::to("/users/me/sidebar").into_response())
}

/// Looking at a room reads it. Nothing is written when there was nothing unread.
pub(super) async fn mark_read(app: &App, room_id: RoomId, user_id: UserId) {
    let unread = app.reader.read(|db| queries::memberships::unread_up_to(db, room_id, user_id));
    if let Ok(Some(up_to)) = unread {
        // What was shown is worth more than the mark: a busy writer only leaves the room unread.
        let _ = app.writer.run(ReadRoom { room_id, user_id, up_to }).await;
    }
}
