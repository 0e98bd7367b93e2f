//! What is pushed to an open page, and the same for a page that has to ask for it.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;

use super::catch_up::{self, Shown, Visit};
use super::error::Answer;
use super::extract::CurrentUser;
use super::socket::Socket;
use super::upgrade::Upgrade;
use super::{html, memberships};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{Cursor, Position, RoomId};
use crate::views::draw;
use crate::views::live::MarkFrame;
use crate::words::{self, Sentence};

/// Where a page stands.
#[derive(Deserialize)]
pub struct Where {
    room: Option<String>,
    cursor: Option<String>,
    epoch: Option<String>,
    sidebar: Option<String>,
    /// The page lists what called this person.
    #[serde(default)]
    calls: bool,
    /// Somebody looks at the page that asks.
    #[serde(default)]
    present: bool,
}

impl Where {
    /// What the page shows, if this person may see it.
    fn shown(self, app: &App, user: &CurrentUser, visit: Visit) -> Result<Shown> {
        let room = match self.room {
            None => None,
            Some(text) => {
                let room_id: RoomId = text.parse().map_err(|_| Error::NotFound)?;
                let cursor: Cursor =
                    self.cursor.as_deref().unwrap_or("0").parse().map_err(|_| bad_cursor())?;
                // One that nobody could have got from us is of an epoch that nobody knows.
                let epoch = self.epoch.as_deref().map(|text| text.parse().unwrap_or_default());
                if !app.access.is_member(room_id, user.id) {
                    return Err(Error::NotFound);
                }
                Some((room_id, Position { cursor, epoch }))
            }
        };
        Ok(Shown { room, visit, sidebar: self.sidebar, calls: self.calls })
    }
}

fn bad_cursor() -> Error {
    Error::invalid("cursor", Sentence::for_programs("The cursor is not a number."))
}

/// `GET /live`: upgrades to a WebSocket: with a session, from a page of ours, and for members only.
pub async fn listen(
    State(app): State<App>,
    user: CurrentUser,
    Query(place): Query<Where>,
    headers: HeaderMap,
    upgrade: std::result::Result<Upgrade, Response>,
) -> Answer {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(refusal) => return Ok(refusal),
    };
    if !is_own_origin(&app, &headers) {
        return Err(Error::Forbidden.into());
    }
    let shown = place.shown(&app, &user, Visit::Listens)?;
    let language = words::spoken();
    // From here on it hears everything: whoever has our answer may count on that.
    let mut socket = Socket::open(app.clone(), user, shown);
    Ok(upgrade.accept(&app.sockets, move |mut line| {
        words::speaking_through(language, async move {
            let code = socket.run(&mut line).await;
            drop(socket);
            line.hang_up().await;
            tracing::debug!(code, "a socket closed");
        })
    }))
}

/// `GET /live/frames`: everything a page has missed at once, for one that no socket reaches. It
/// begins with where the page stands afterwards.
pub async fn ask(State(app): State<App>, user: CurrentUser, Query(place): Query<Where>) -> Answer {
    let visit = if place.present { Visit::Asks } else { Visit::Hidden };
    let shown = place.shown(&app, &user, visit)?;
    let caught_up = catch_up::catch_up(&app, &user, &shown)?;
    let mark = draw(&MarkFrame { cursor: caught_up.cursor, epoch: app.epoch })?;
    let answer = [mark, caught_up.changes.concat(), caught_up.state.concat()].concat();
    if let Some((room_id, _)) = shown.room.filter(|_| visit == Visit::Asks) {
        memberships::mark_read(&app, room_id, user.id).await;
    }
    Ok(html::drawn(StatusCode::OK, answer))
}

/// A browser names the page that opens a socket; cookies are sent from any page, so this is what
/// keeps other sites out.
fn is_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    match &app.config.base_url {
        Some(url) => url.origin.eq_ignore_ascii_case(origin),
        None => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.zip(text(header::HOST)).is_some_and(|(a, host)| a.eq_ignore_ascii_case(host))
        }
    }
}
