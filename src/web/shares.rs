//! What another app hands over to the installed one: a text or a link on its way into a room.

use axum::extract::{Query, State};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::Answer;
use super::extract::CurrentUser;
use super::{html, rooms};
use crate::app::App;
use crate::queries;
use crate::views::shares::{SharePage, ShareTarget};

/// Longest text that is handed on, in characters: it travels in an address.
pub const MAX_SHARED: usize = 2_000;

/// `GET /share?title=&text=&url=`: asks where to. Nothing is posted.
pub async fn show(
    State(app): State<App>,
    user: CurrentUser,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer {
    let text = joined(&pairs);
    let draft = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
    let target = |id, name| ShareTarget { name, path: format!("/rooms/{id}?draft={draft}") };
    let page = app.reader.read(|db| {
        let pings = queries::sidebar::pings(db, user.id, None)?
            .into_iter()
            .map(|ping| target(ping.id, rooms::people_title(&ping.people)));
        let rooms = queries::sidebar::rooms(db, user.id)?
            .into_iter()
            .map(|room| target(room.id, room.name));
        let targets = pings.chain(rooms).collect();
        let site = html::site_of(queries::accounts::account(db)?.as_ref());
        Ok(SharePage { site, viewer: html::viewer(db, user.id)?, text, targets })
    })?;
    html::page(&page)
}

/// Title, text and address, each said once.
fn joined(pairs: &[(String, String)]) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for name in ["title", "text", "url"] {
        let found = pairs.iter().find(|(found, _)| found == name);
        let value = found.map_or("", |(_, value)| value.trim());
        if !value.is_empty() && !lines.iter().any(|line| line.contains(value)) {
            lines.push(value);
        }
    }
    lines.join("\n").chars().filter(|c| *c != '\0').take(MAX_SHARED).collect()
}
