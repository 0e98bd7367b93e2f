//! Completes half-typed names.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Answer;
use super::extract::{CurrentUser, Wants};
use super::html;
use super::users::origin as origin_of;
use crate::app::App;
use crate::error::Error;
use crate::model::{Author, RoomId};
use crate::queries;
use crate::richtext::mentions::best_matches;
use crate::views::autocompletion::PeopleSuggestions;

/// Suggestions at most.
const SUGGESTED: usize = 20;

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    query: String,
    room_id: Option<String>,
}

/// `GET /autocompletable/users?query=&room_id=`: active people and bots, of one room if it is
/// named, the likeliest first.
pub async fn users(
    State(app): State<App>,
    user: CurrentUser,
    Query(typed): Query<Typed>,
    wants: Wants,
    headers: HeaderMap,
) -> Answer {
    let room_id = match typed.room_id.as_deref() {
        None | Some("") => None,
        Some(id) => Some(id.parse::<RoomId>().map_err(|_| Error::NotFound)?),
    };
    if room_id.is_some_and(|id| !app.access.is_member(id, user.id)) {
        return Err(Error::NotFound.into());
    }
    let people = app.reader.read(|db| queries::mentions::suggestible(db, room_id))?;
    let people = best_matches(&people, &typed.query, SUGGESTED);
    if wants == Wants::Json {
        let origin = origin_of(&app, &headers);
        let people: Vec<Value> = people.iter().map(|person| as_json(person, &origin)).collect();
        return Ok(axum::Json(people).into_response());
    }
    html::fragment(&PeopleSuggestions { people: &people })
}

/// A suggestion as scripts see it. They build HTML of the name, so it is escaped here.
fn as_json(person: &Author, origin: &str) -> Value {
    json!({
        "name": askama::filters::escape(&person.name, askama::filters::Html)
            .map(|name| name.to_string())
            .unwrap_or_default(),
        "value": person.id,
        "avatar_url": format!("{origin}{}", person.avatar_url()),
    })
}
