//! Completes half-typed names: of people, of emoji, of sounds.

use std::sync::LazyLock;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
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
use crate::richtext::{emoji as emoji_names, sounds as sound_names};
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

/// Every emoji as `[emoji, name, short code, ...]`, drawn once: it depends on this program alone.
static EMOJI: LazyLock<String> = LazyLock::new(|| {
    let rows = emoji_names::all().map(|one| {
        let codes = one.shortcodes.into_iter();
        Value::from_iter([one.emoji, one.name].into_iter().chain(codes))
    });
    Value::from_iter(rows).to_string()
});

/// `GET /autocompletable/emoji`: all of them at once, as what is typed after a colon should be
/// completed without a wait.
pub async fn emoji(_: CurrentUser) -> Answer {
    Ok(kept_for(7 * 24 * 3600, EMOJI.clone()))
}

/// `GET /autocompletable/sounds`: what `/play` can play, with what is shown for it.
pub async fn sounds(State(app): State<App>, _: CurrentUser) -> Answer {
    let ours = sound_names::SOUNDS.iter();
    let ours = ours.map(|sound| json!({ "name": sound.name, "shown": sound.shown }));
    let added = app.sounds.names().into_iter().filter(|name| sound_names::find(name).is_none());
    let added = added.map(|name| json!({ "name": name, "shown": "" }));
    Ok(kept_for(300, Value::from_iter(ours.chain(added)).to_string()))
}

/// JSON that a browser may keep for so many seconds.
fn kept_for(seconds: u32, json: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CACHE_CONTROL, format!("private, max-age={seconds}")),
    ];
    (headers, json).into_response()
}
