//! Open and closed rooms: made, looked at, changed. Both kinds have the same pages; which of the
//! two addresses a form is sent to decides what the room becomes.

use std::collections::HashSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::error::Answer;
use super::extract::{CurrentUser, Fields, RoomMember, Wants};
use super::{html, people_picker};
use crate::app::App;
use crate::commands::rooms::{Audience, CreateRoom, UpdateRoom};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::{Account, Room, RoomId, RoomKind, RoomName, UserId};
use crate::queries;
use crate::views::FieldErrors;
use crate::views::room_settings::{
    NewRoomPage, PeopleListFragment, PeoplePicker, RoomForm, RoomSettingsPage, form_path,
};
use crate::words;

/// What a handler is for: `/rooms/opens` or `/rooms/closeds`.
pub const OPEN: bool = true;
pub const CLOSED: bool = false;

/// Members named on the page of a room's settings.
const MEMBERS_SHOWN: usize = 200;
const FIRST_NAME: words::Word = words::new_room;

/// Whether somebody may make open and closed rooms.
pub fn may_create(account: &Account, user: &CurrentUser) -> bool {
    user.is_administrator || !account.restrict_room_creation
}

/// `GET /rooms/opens/new`, and the same for closed rooms.
pub async fn new<const IS_OPEN: bool>(State(app): State<App>, user: CurrentUser) -> Answer {
    let mut fields = Fields::default();
    fields.put("name", FIRST_NAME());
    new_form::<IS_OPEN>(&app, &user, &fields, StatusCode::OK, Wants::Page)
}

/// `POST /rooms/opens/new`: the form again with what was typed, as the other kind or filtered.
pub async fn new_again<const IS_OPEN: bool>(
    State(app): State<App>,
    user: CurrentUser,
    wants: Wants,
    fields: Fields,
) -> Answer {
    new_form::<IS_OPEN>(&app, &user, &fields, StatusCode::OK, wants)
}

/// `POST /rooms/opens`
pub async fn create<const IS_OPEN: bool>(
    State(app): State<App>,
    user: CurrentUser,
    wants: Wants,
    fields: Fields,
) -> Answer {
    let Ok(name) = RoomName::parse(fields.text("name")) else {
        return new_form::<IS_OPEN>(&app, &user, &fields, StatusCode::UNPROCESSABLE_ENTITY, wants);
    };
    let command = CreateRoom { creator_id: user.id, name, audience: audience::<IS_OPEN>(&fields) };
    let room_id = app.writer.run(command).await?;
    Ok(Redirect::to(&format!("/rooms/{room_id}")).into_response())
}

/// `GET /rooms/opens/:id`: the room.
pub async fn show(member: RoomMember, State(app): State<App>) -> Answer {
    not_a_ping(&app, &member)?;
    Ok(Redirect::to(&format!("/rooms/{}", member.room_id)).into_response())
}

/// `GET /rooms/opens/:id/edit`: to change for some, to read for all members.
pub async fn edit<const IS_OPEN: bool>(State(app): State<App>, member: RoomMember) -> Answer {
    edit_form::<IS_OPEN>(&app, &member, None, StatusCode::OK, Wants::Page)
}

/// `POST /rooms/opens/:id/edit`: the form again, as for new rooms.
pub async fn edit_again<const IS_OPEN: bool>(
    State(app): State<App>,
    member: RoomMember,
    wants: Wants,
    fields: Fields,
) -> Answer {
    edit_form::<IS_OPEN>(&app, &member, Some(&fields), StatusCode::OK, wants)
}

/// `POST /rooms/opens/:id`: renames; makes the room open, or closed with these people in it.
pub async fn update<const IS_OPEN: bool>(
    State(app): State<App>,
    member: RoomMember,
    wants: Wants,
    fields: Fields,
) -> Answer {
    not_a_ping(&app, &member)?;
    let Ok(name) = RoomName::parse(fields.text("name")) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return edit_form::<IS_OPEN>(&app, &member, Some(&fields), status, wants);
    };
    let (room_id, by) = (member.room_id, member.user.id);
    app.writer
        .run(UpdateRoom { room_id, by, name, audience: audience::<IS_OPEN>(&fields) })
        .await?;
    // Whoever took themselves out has no room to go back to.
    let place = if app.access.is_member(room_id, by) {
        format!("/rooms/{room_id}")
    } else {
        "/".to_owned()
    };
    Ok(Redirect::to(&place).into_response())
}

fn audience<const IS_OPEN: bool>(fields: &Fields) -> Audience {
    if IS_OPEN { Audience::Everyone } else { Audience::Chosen(people_picker::chosen(fields)) }
}

fn not_a_ping(app: &App, member: &RoomMember) -> Result<()> {
    let kind = app.access.room_kind(member.room_id).ok_or(Error::NotFound)?;
    if kind == RoomKind::Direct { Err(Error::NotFound) } else { Ok(()) }
}

fn name_errors(fields: &Fields, status: StatusCode) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if status == StatusCode::UNPROCESSABLE_ENTITY
        && let Err(refused) = RoomName::parse(fields.text("name"))
    {
        errors.add("name", refused.to_string());
    }
    errors
}

fn new_form<const IS_OPEN: bool>(
    app: &App,
    user: &CurrentUser,
    fields: &Fields,
    status: StatusCode,
    wants: Wants,
) -> Answer {
    let page = app.reader.read(|db| {
        let account = queries::accounts::account(db)?.ok_or(Error::NotFound)?;
        if !may_create(&account, user) {
            return Err(Error::Forbidden);
        }
        let chosen = people_picker::chosen(fields).into_iter().collect();
        let form = RoomForm {
            room_id: None,
            name: fields.text("name").to_owned(),
            picker: picker::<IS_OPEN>(db, None, chosen, Some(user.id), fields)?,
            errors: name_errors(fields, status),
        };
        let site = html::site_of(Some(&account));
        Ok(NewRoomPage { site, viewer: html::viewer(db, user.id)?, form })
    })?;
    match page.form.picker {
        Some(picker) if wants == Wants::Fragment => html::fragment(&PeopleListFragment { picker }),
        _ => Ok(html::page_with_status(status, &page)),
    }
}

fn edit_form<const IS_OPEN: bool>(
    app: &App,
    member: &RoomMember,
    fields: Option<&Fields>,
    status: StatusCode,
    wants: Wants,
) -> Answer {
    let user = &member.user;
    let page = app.reader.read(|db| {
        let room = queries::rooms::of_member(db, member.room_id, user.id)?;
        let name = room.name.clone().ok_or(Error::NotFound)?;
        let may_change = room.may_be_changed_by(user.id, user.is_administrator);
        if fields.is_some() && !may_change {
            return Err(Error::Forbidden);
        }
        let form = match may_change && room.archived_at.is_none() {
            true => Some(form_of::<IS_OPEN>(db, &room, &name, fields, status, fields.is_none())?),
            false => None,
        };
        Ok(RoomSettingsPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            name,
            form,
            may_change,
            may_leave: room.kind == RoomKind::Open || room.creator_id != user.id,
            members: queries::users::active_members(db, room.id, MEMBERS_SHOWN)?,
            member_count: app.access.member_count(room.id),
            room,
        })
    })?;
    match page.form {
        Some(RoomForm { picker: Some(picker), .. }) if wants == Wants::Fragment => {
            html::fragment(&PeopleListFragment { picker })
        }
        _ => Ok(html::page_with_status(status, &page)),
    }
}

/// The form of an existing room: as it is at first (`is_fresh`, and in the shape its kind has),
/// later as it was sent.
fn form_of<const IS_OPEN: bool>(
    db: &Connection,
    room: &Room,
    name: &str,
    fields: Option<&Fields>,
    status: StatusCode,
    is_fresh: bool,
) -> Result<RoomForm> {
    let none = Fields::default();
    let sent = fields.unwrap_or(&none);
    // Only a form that showed people says anything about them.
    let chosen = if people_picker::was_shown(sent) {
        people_picker::chosen(sent)
    } else {
        queries::memberships::member_ids(db, room.id)?
    };
    let chosen: HashSet<UserId> = chosen.into_iter().collect();
    let fixed =
        (!queries::memberships::has_left(db, room.id, room.creator_id)?).then_some(room.creator_id);
    let picker = if is_fresh && room.kind == RoomKind::Open {
        picker::<OPEN>(db, Some(room.id), chosen, fixed, sent)?
    } else if is_fresh {
        picker::<CLOSED>(db, Some(room.id), chosen, fixed, sent)?
    } else {
        picker::<IS_OPEN>(db, Some(room.id), chosen, fixed, sent)?
    };
    Ok(RoomForm {
        room_id: Some(room.id),
        name: if is_fresh { name.to_owned() } else { sent.text("name").to_owned() },
        picker,
        errors: name_errors(sent, status),
    })
}

fn picker<const IS_OPEN: bool>(
    db: &Connection,
    room_id: Option<RoomId>,
    chosen: HashSet<UserId>,
    fixed: Option<UserId>,
    fields: &Fields,
) -> Result<Option<PeoplePicker>> {
    if IS_OPEN {
        return Ok(None);
    }
    let action = if room_id.is_some() { "/edit" } else { "/new" };
    let path = form_path(CLOSED, room_id, action);
    let people = queries::users::active(db)?;
    Ok(Some(people_picker::picker(words::legend_who(), path, people, &chosen, fixed, fields)))
}
