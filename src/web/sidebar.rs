//! The list of pings and rooms: as a page of its own, and for the pages it stands beside.

use axum::extract::State;
use axum::http::HeaderMap;

use super::error::Answer;
use super::extract::{CurrentUser, Wants};
use super::{html, kept, room_settings};
use crate::app::App;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::{RoomId, UserId};
use crate::pages::Key;
use crate::queries;
use crate::views::sidebar::{
    OtherRoom, Sidebar, SidebarListsFrame, SidebarPage, SidebarPing, SidebarRoom,
};

/// `GET /users/me/sidebar`: a page; for a script the lists, to put in place of those on its page.
pub async fn show(
    State(app): State<App>,
    user: CurrentUser,
    wants: Wants,
    headers: HeaderMap,
) -> Answer {
    if wants == Wants::Fragment {
        let drawn = |_: &Connection, sidebar| Ok(SidebarListsFrame { sidebar });
        if let Some(answer) = kept::sidebar(&app, &user, &headers, Key::SidebarLists, drawn)? {
            return Ok(answer);
        }
        let sidebar = app.reader.read(|db| sidebar_of(db, &user, None, |id| app.online.is(id)))?;
        return html::fragment(&SidebarListsFrame { sidebar });
    }
    let whole = |db: &Connection, sidebar| {
        Ok(SidebarPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            sidebar,
        })
    };
    if let Some(answer) = kept::sidebar(&app, &user, &headers, Key::SidebarPage, whole)? {
        return Ok(answer);
    }
    let page = app.reader.read(|db| {
        let sidebar = sidebar_of(db, &user, None, |id| app.online.is(id))?;
        whole(db, sidebar)
    })?;
    html::page(&page)
}

/// What a user's sidebar lists. Who looks at a room is reading it, so it counts nothing unread.
pub fn sidebar_of(
    db: &Connection,
    user: &CurrentUser,
    current: Option<RoomId>,
    is_online: impl Fn(UserId) -> bool,
) -> Result<Sidebar> {
    let account = queries::accounts::account(db)?.ok_or(Error::NotFound)?;
    let pings = queries::sidebar::pings(db, user.id, current)?.into_iter().map(|ping| {
        let is_current = current == Some(ping.id);
        let unread = if is_current { 0 } else { ping.unread };
        let ping = SidebarPing::new(ping.id, ping.people, unread);
        SidebarPing { current: is_current, ..ping.with_dot(&is_online) }
    });
    let rooms = queries::sidebar::rooms(db, user.id)?.into_iter().map(|room| SidebarRoom {
        room_id: room.id,
        current: current == Some(room.id),
        unread: if current == Some(room.id) { 0 } else { room.unread },
        name: room.name,
    });
    let other_rooms = queries::sidebar::other_rooms(db, user.id)?
        .into_iter()
        .map(|(room_id, name)| OtherRoom { room_id, name });
    Ok(Sidebar {
        pings: pings.collect(),
        rooms: rooms.collect(),
        other_rooms: other_rooms.collect(),
        suggestions: queries::sidebar::suggestions(db, user.id)?,
        calls: queries::calls::unread(db, user.id, current)?,
        can_create_rooms: room_settings::may_create(&account, user),
    })
}
