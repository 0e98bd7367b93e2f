//! Pings: begun with exactly these people, looked at, deleted by any of them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::error::Answer;
use super::extract::{CurrentUser, Fields, RoomMember, Wants};
use super::{html, people_picker, rooms};
use crate::app::App;
use crate::commands::directs::OpenDirect;
use crate::error::{Error, Result};
use crate::model::RoomKind;
use crate::queries;
use crate::views::room_settings::{DirectSettingsPage, NewDirectPage, PeopleListFragment};
use crate::words;

/// `GET /rooms/directs/new`
pub async fn new(State(app): State<App>, user: CurrentUser) -> Answer {
    form(&app, &user, Wants::Page, &Fields::default())
}

/// `POST /rooms/directs/new`: the form again, filtered.
pub async fn new_again(
    State(app): State<App>,
    user: CurrentUser,
    wants: Wants,
    fields: Fields,
) -> Answer {
    form(&app, &user, wants, &fields)
}

/// `POST /rooms/directs`: the ping of exactly these people, which may have been there before.
pub async fn create(State(app): State<App>, user: CurrentUser, fields: Fields) -> Answer {
    let command = OpenDirect { by: user.id, user_ids: people_picker::chosen(&fields) };
    let room_id = app.writer.run(command).await?;
    Ok(Redirect::to(&format!("/rooms/{room_id}")).into_response())
}

/// `GET /rooms/directs/:id`: the room.
pub async fn show(State(app): State<App>, member: RoomMember) -> Answer {
    a_ping(&app, &member)?;
    Ok(Redirect::to(&format!("/rooms/{}", member.room_id)).into_response())
}

/// `GET /rooms/directs/:id/edit`: the people in it, and the way to delete it.
pub async fn edit(State(app): State<App>, member: RoomMember) -> Answer {
    a_ping(&app, &member)?;
    let page = app.reader.read(|db| {
        let (room_id, user_id) = (member.room_id, member.user.id);
        let mut people = queries::sidebar::people_in(db, user_id, &[room_id])?;
        let people = people.remove(&room_id).unwrap_or_default();
        Ok(DirectSettingsPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user_id)?,
            room: queries::rooms::of_member(db, room_id, user_id)?,
            title: rooms::people_title(&people),
            people,
        })
    })?;
    html::page(&page)
}

/// `POST /rooms/directs/:id/delete`
pub async fn destroy(State(app): State<App>, member: RoomMember) -> Answer {
    a_ping(&app, &member)?;
    rooms::destroy(State(app), member).await
}

fn a_ping(app: &App, member: &RoomMember) -> Result<()> {
    match app.access.room_kind(member.room_id) {
        Some(RoomKind::Direct) => Ok(()),
        _ => Err(Error::NotFound),
    }
}

fn form(app: &App, user: &CurrentUser, wants: Wants, fields: &Fields) -> Answer {
    let page = app.reader.read(|db| {
        let mut people = queries::users::active(db)?;
        people.retain(|person| person.id != user.id);
        let chosen = people_picker::chosen(fields).into_iter().collect();
        let path = "/rooms/directs/new".to_owned();
        Ok(NewDirectPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            picker: people_picker::picker(words::with_whom(), path, people, &chosen, None, fields),
        })
    })?;
    if wants == Wants::Fragment {
        return html::fragment(&PeopleListFragment { picker: page.picker });
    }
    Ok(html::page_with_status(StatusCode::OK, &page))
}
