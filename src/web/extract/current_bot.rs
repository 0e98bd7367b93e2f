//! Which bot sends this request: told by its key, in the path or as a bearer token, and by nothing
//! else. A cookie that comes with it counts for nothing.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};

use super::Ids;
use crate::app::App;
use crate::error::Error;
use crate::model::{BotKey, RoomId, UserId};
use crate::web::error::Failure;
use crate::words::{self, Language};

/// How the part of a path is called that holds a bot's key.
pub const KEY_IN_PATH: &str = "bot_key";

/// An active bot with its present key. Without one, or with a wrong one, the answer is 401.
#[derive(Clone, Copy, Debug)]
pub struct CurrentBot {
    pub id: UserId,
}

impl FromRequestParts<App> for CurrentBot {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let presented = presented(parts, app).await.ok_or(Failure::WrongBotKey)?;
        let key: BotKey = presented.parse().map_err(|_| Failure::WrongBotKey)?;
        if !app.access.is_bot(key.user_id, &app.tokens.bot_hash(&key.token)) {
            return Err(Failure::WrongBotKey);
        }
        // Programs read English, whatever the library they use says that it accepts.
        words::switch(Language::English);
        Ok(Self { id: key.user_id })
    }
}

/// The key as it was sent: the path counts before the header.
async fn presented(parts: &mut Parts, app: &App) -> Option<String> {
    let in_path = in_path(parts, app).await;
    in_path.or_else(|| bearer_token(&parts.headers).map(str::to_owned))
}

async fn in_path(parts: &mut Parts, app: &App) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
    params.iter().find(|(name, _)| *name == KEY_IN_PATH).map(|(_, value)| value.trim().to_owned())
}

/// What stands behind `Authorization: Bearer`.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether all who ask for a route are programs, so that even refusals are JSON.
pub fn is_for_bots(route: &str) -> bool {
    route.contains("{bot_key}")
        || route.starts_with("/bots/me")
        || route.starts_with("/rooms/{id}/messages/{mid}/boosts")
}

/// Whether a request is a program's, going by where it is sent and what it carries.
pub fn is_program(headers: &HeaderMap, extensions: &Extensions) -> bool {
    let route = extensions.get::<MatchedPath>();
    bearer_token(headers).is_some() || route.is_some_and(|route| is_for_bots(route.as_str()))
}

/// Where a bot reaches its rooms: by addresses that hold its key, if it came by such a one.
#[derive(Clone, Debug)]
pub struct KeyInPath(Option<String>);

impl KeyInPath {
    /// The messages of a room.
    pub fn messages(&self, room_id: RoomId) -> String {
        match &self.0 {
            Some(key) => format!("/rooms/{room_id}/{key}/messages"),
            None => format!("/rooms/{room_id}/messages"),
        }
    }
}

impl FromRequestParts<App> for KeyInPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(in_path(parts, app).await))
    }
}

/// A bot in the room that the path names first. Where it is not in, it is told there is nothing.
#[derive(Clone, Copy, Debug)]
pub struct RoomBot {
    pub bot: CurrentBot,
    pub room_id: RoomId,
}

impl FromRequestParts<App> for RoomBot {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let bot = <CurrentBot as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Ids(room_id) = Ids::<RoomId>::from_request_parts(parts, app).await?;
        if !app.access.is_member(room_id, bot.id) {
            return Err(Error::NotFound.into());
        }
        Ok(Self { bot, room_id })
    }
}
