//! The demo: whom visitors can be, how they become them, and a tour. Routed on a demo only.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::cookie::CookieJar;
use tower_sessions::Session;

use super::error::{Answer, Failure};
use super::extract::{ClientAddress, CurrentUser, Ids};
use super::session_store::{self, Device};
use super::{cookies, html, users};
use crate::app::App;
use crate::demo::cast::{BOT, character_of};
use crate::error::{Error, Result};
use crate::model::{User, UserId};
use crate::queries;
use crate::views::demos::{DemoPage, DemoPersonPage, Guest, STEPS, TOUR, TourPage};

/// Somebody who may be signed in or not.
type Browser = std::result::Result<CurrentUser, Failure>;

/// `GET /demo`
pub async fn index(State(app): State<App>, user: Browser, headers: HeaderMap) -> Answer {
    let people = app.reader.read(queries::demos::people)?;
    let guests: Result<Vec<Guest>> =
        people.iter().map(|one| Guest::new(one, own_window(&app, &headers, one))).collect();
    html::page(&DemoPage {
        site: html::site(&app)?,
        guests: guests?,
        signed_in: name_of(&app, user.ok())?,
    })
}

/// `GET /demo/people/:id`: nothing happens before the button.
pub async fn show(State(app): State<App>, user: Browser, Ids(id): Ids<UserId>) -> Answer {
    let guest = Guest::new(&find(&app, id)?, None)?;
    let signed_in = name_of(&app, user.ok())?;
    html::page(&DemoPersonPage { site: html::site(&app)?, guest, signed_in })
}

/// `POST /demo/people/:id`: the visitor is that person from now on, in this browser.
pub async fn create(
    State(app): State<App>,
    session: Session,
    ClientAddress(address): ClientAddress,
    Ids(id): Ids<UserId>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Answer {
    let user_id = find(&app, id)?.id;
    app.limits.join(address)?;
    session_store::sign_in(&session, user_id, Device::of(address, &headers)).await?;
    tracing::info!(%address, %user_id, "a visitor of the demo is somebody now");
    let mut cleared = HeaderMap::new();
    let path = cookies::take_return(&app, &jar, &mut cleared);
    Ok((cleared, Redirect::to(&path)).into_response())
}

/// `GET /demo/tour/:step`
pub async fn tour(State(app): State<App>, Path(step): Path<String>, headers: HeaderMap) -> Answer {
    let step: usize = step.parse().map_err(|_| Error::NotFound)?;
    let stop = step.checked_sub(1).and_then(|at| TOUR.get(at)).ok_or(Error::NotFound)?;
    let example = if step == STEPS { curl_line(&app, &headers)? } else { None };
    html::page(&TourPage { site: html::site(&app)?, step, stop, example })
}

/// Posts as the bot; none if a visitor has removed it.
fn curl_line(app: &App, headers: &HeaderMap) -> Result<Option<String>> {
    let bot = match app.reader.read(|db| queries::bots::by_id(db, BOT)) {
        Ok(bot) => bot,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let key = bot.sealed_token.and_then(|sealed| app.tokens.bot_key(BOT, &sealed));
    let origin = users::origin(app, headers);
    Ok(key.map(|key| {
        format!("curl -d 'Hello from a terminal' {origin}/rooms/2/{}/messages", key.reveal())
    }))
}

/// One of the people there are to be.
fn find(app: &App, id: UserId) -> Result<User> {
    let people = app.reader.read(queries::demos::people)?;
    people.into_iter().find(|one| one.id == id).ok_or(Error::NotFound)
}

fn name_of(app: &App, user: Option<CurrentUser>) -> Result<Option<String>> {
    user.map(|user| Ok(app.reader.read(|db| queries::users::by_id(db, user.id))?.name)).transpose()
}

/// Cookies belong to a host, and browsers find every name below `localhost` on their own machine:
/// so there each person can have a host, and a visitor be several of them at once.
fn own_window(app: &App, headers: &HeaderMap, user: &User) -> Option<String> {
    if app.config.base_url.is_some() {
        return None;
    }
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    let is_here = matches!(name, "localhost" | "127.0.0.1") || name.ends_with(".localhost");
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    let path = format!("/demo/people/{}", user.id);
    let label = character_of(user.id).map_or("guest", |one| one.key);
    (is_here && is_port).then(|| format!("http://{label}.localhost:{port}{path}"))
}
