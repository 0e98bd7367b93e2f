//! Where to go by typing a few letters of a name.

use axum::extract::{Query, State};
use serde::Deserialize;

use super::error::Answer;
use super::extract::{CurrentUser, Wants};
use super::html;
use crate::app::App;
use crate::db::Connection;
use crate::error::Result;
use crate::model::{RoomKind, UserId};
use crate::queries;
use crate::views::sidebar::SidebarPing;
use crate::views::switcher::{Found, FoundFragment, FoundRoom, SwitcherPage};

/// Finds of each sort at most.
const EACH: usize = 8;

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// `GET /users/me/switcher?q=`: rooms, pings and people whose names hold what was typed.
pub async fn show(
    State(app): State<App>,
    user: CurrentUser,
    Query(typed): Query<Typed>,
    wants: Wants,
) -> Answer {
    let query: String = typed.q.trim().chars().take(100).collect();
    let found = app.reader.read(|db| find(db, user.id, &query.to_lowercase()))?;
    if wants == Wants::Fragment {
        return html::fragment(&FoundFragment { found: &found });
    }
    let page = app.reader.read(|db| {
        let site = html::site_of(queries::accounts::account(db)?.as_ref());
        Ok(SwitcherPage { site, viewer: html::viewer(db, user.id)?, query, found })
    })?;
    html::page(&page)
}

fn find(db: &Connection, user_id: UserId, wanted: &str) -> Result<Found> {
    let fits = |name: &str| name.to_lowercase().contains(wanted);
    let pings = queries::sidebar::pings(db, user_id, None)?;
    let pings: Vec<SidebarPing> = pings
        .into_iter()
        .map(|ping| SidebarPing::new(ping.id, ping.people, ping.unread))
        .filter(|ping| fits(&ping.title))
        .take(EACH)
        .collect();
    let rooms = queries::rooms::all_of_user(db, user_id)?
        .into_iter()
        .filter(|(room, _)| room.kind != RoomKind::Direct)
        .map(|(room, _)| FoundRoom {
            room_id: room.id,
            is_archived: room.archived_at.is_some(),
            name: room.name.unwrap_or_default(),
        })
        .filter(|room| fits(&room.name))
        .take(EACH)
        .collect();
    // Who has a ping alone with the viewer is in the list already.
    let alone: Vec<UserId> = pings
        .iter()
        .filter_map(|ping| match ping.people.as_slice() {
            [one] => Some(one.id),
            _ => None,
        })
        .collect();
    let people = if wanted.is_empty() { Vec::new() } else { queries::users::active(db)? };
    let people = people
        .into_iter()
        .filter(|person| fits(&person.name) && !alone.contains(&person.id))
        .take(EACH)
        .collect();
    Ok(Found { pings, rooms, people })
}
