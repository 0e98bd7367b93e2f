//! The room page: at its end, or around a message.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::error::{Answer, Failure};
use super::extract::{CurrentUser, Fields, RoomMember};
use super::{cookies, first_runs, html, kept, memberships, sidebar, users};
use crate::app::App;
use crate::commands::rooms::DeleteRoom;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::room::{INVITE_WHILE_MESSAGES, ping_title};
use crate::model::{Author, ClientMessageId, MessageId, Original, Room, RoomId, UserId};
use crate::queries;
use crate::queries::messages::{self, Page};
use crate::views::rooms::{EmptyWelcomePage, Invite, MessageList, RoomPage};

/// `GET /`: the last room looked at, else the oldest, else a page that says there is none.
pub async fn last(
    State(app): State<App>,
    user: std::result::Result<CurrentUser, Failure>,
    jar: CookieJar,
) -> Answer {
    let Ok(user) = user else {
        let path = if first_runs::is_over(&app)? { "/session/new" } else { "/first_run" };
        return Err(Failure::Elsewhere(path));
    };
    let remembered = cookies::last_room(&app, &jar).filter(|id| app.access.is_member(*id, user.id));
    let room_id = match remembered {
        Some(id) => Some(id),
        None => app.reader.read(|db| queries::rooms::oldest_of_user(db, user.id))?,
    };
    if let Some(id) = room_id {
        return Ok(Redirect::to(&format!("/rooms/{id}")).into_response());
    }
    let page = app.reader.read(|db| {
        Ok(EmptyWelcomePage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            sidebar: sidebar::sidebar_of(db, &user, None, |id| app.online.is(id))?,
            flash: None,
        })
    })?;
    html::page(&page)
}

#[derive(Deserialize)]
pub struct Answering {
    reply_to: Option<String>,
}

/// `GET /rooms/:id`; with `?reply_to=` a message, what is written next answers it.
pub async fn show(
    State(app): State<App>,
    member: RoomMember,
    Query(answering): Query<Answering>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Answer {
    if answering.reply_to.is_none()
        && let Some((response, news)) = kept::room_page(&app, &member, &headers)?
    {
        if news.is_unread {
            memberships::mark_read(&app, member.room_id, member.user.id).await;
        }
        return Ok(remembering(&app, &jar, &member, response));
    }
    let page = app.reader.read(|db| {
        let page = messages::last_page(db, member.room_id)?;
        let mut shown = room_page(db, &app, &member, &headers, page, None)?;
        shown.reply_to = original(db, &member, answering.reply_to.as_deref())?;
        Ok(shown)
    })?;
    let response = html::page(&page)?;
    memberships::mark_read(&app, member.room_id, member.user.id).await;
    Ok(remembering(&app, &jar, &member, response))
}

/// `GET /rooms/:id/@:message_id`
pub async fn show_around(
    State(app): State<App>,
    member: RoomMember,
    axum::extract::Path((_, at)): axum::extract::Path<(String, String)>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Answer {
    let pivot: Option<MessageId> = at.strip_prefix('@').and_then(|id| id.parse().ok());
    let pivot = pivot.ok_or(Error::NotFound)?;
    let page = app.reader.read(|db| {
        // A link to a message that is gone still leads into its room.
        match messages::page_around(db, member.room_id, pivot)? {
            Some(page) => room_page(db, &app, &member, &headers, page, Some(pivot)),
            None => {
                let page = messages::last_page(db, member.room_id)?;
                room_page(db, &app, &member, &headers, page, None)
            }
        }
    })?;
    Ok(remembering(&app, &jar, &member, html::page(&page)?))
}

/// Shows the room again with what was typed and why it was refused.
pub fn with_problem(
    app: &App,
    member: &RoomMember,
    headers: &HeaderMap,
    fields: &Fields,
    status: StatusCode,
    problem: String,
) -> Answer {
    let page = app.reader.read(|db| {
        let page = messages::last_page(db, member.room_id)?;
        let mut shown = room_page(db, app, member, headers, page, None)?;
        shown.draft = fields.text("body").to_owned();
        shown.reply_to = original(db, member, fields.find("reply_to_id"))?;
        shown.problem = Some(problem);
        Ok(shown)
    })?;
    Ok(html::page_with_status(status, &page))
}

/// The message that will be answered. One that is not there is answered like none.
fn original(
    db: &Connection,
    member: &RoomMember,
    id: Option<&str>,
) -> Result<Option<(MessageId, Original)>> {
    let Some(id) = id.and_then(|id| id.parse().ok()) else { return Ok(None) };
    let found = queries::replies::original_of(db, member.room_id, id)?;
    Ok(found.map(|original| (id, original)))
}

/// Everything a room page shows, from one read transaction.
pub fn room_page(
    db: &Connection,
    app: &App,
    member: &RoomMember,
    headers: &HeaderMap,
    page: Page,
    marked: Option<MessageId>,
) -> Result<RoomPage> {
    let room = queries::rooms::of_member(db, member.room_id, member.user.id)?;
    let account = queries::accounts::account(db)?.ok_or(Error::NotFound)?;
    let is_young =
        messages::count_up_to(db, room.id, INVITE_WHILE_MESSAGES + 1)? <= INVITE_WHILE_MESSAGES;
    let invites = is_young && queries::rooms::is_first(db, room.id)?;
    let join_url = || format!("{}/join/{}", users::origin(app, headers), account.join_code);
    Ok(RoomPage {
        site: html::site_of(Some(&account)),
        viewer: html::viewer(db, member.user.id)?,
        title: title(db, &room, member.user.id)?,
        member_count: i64::try_from(app.access.member_count(room.id)).unwrap_or(i64::MAX),
        present: app.presence.in_room(room.id),
        sidebar: sidebar::sidebar_of(db, &member.user, Some(room.id), |id| app.online.is(id))?,
        list: message_list(
            db,
            app,
            room.id,
            page,
            marked,
            queries::memberships::read_before_news(db, member.room_id, member.user.id)?,
        )?,
        bell: memberships::bell(db, member)?,
        client_message_id: ClientMessageId::from_random(rand::random()),
        reply_to: None,
        files_off: !app.config.files_enabled,
        largest_file: app.config.max_upload(),
        invite: invites.then(|| Invite { join_url: join_url() }),
        may_administer: room.may_be_changed_by(member.user.id, member.user.is_administrator),
        draft: String::new(),
        problem: None,
        flash: None,
        in_parts: false,
        room,
    })
}

/// What a room is called for one of its members.
pub fn title(db: &Connection, room: &Room, user_id: UserId) -> Result<String> {
    if let Some(name) = &room.name {
        return Ok(name.clone());
    }
    let mut people = queries::sidebar::people_in(db, user_id, &[room.id])?;
    Ok(people_title(&people.remove(&room.id).unwrap_or_default()))
}

/// What a ping with these others is called.
pub fn people_title(people: &[Author]) -> String {
    let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
    ping_title(&names)
}

/// One page of a room for who has read up to a message.
pub fn message_list(
    db: &Connection,
    app: &App,
    room_id: RoomId,
    page: Page,
    marked: Option<MessageId>,
    read_up_to: Option<MessageId>,
) -> Result<MessageList> {
    Ok(MessageList {
        room_id,
        messages: page.messages,
        cursor: queries::changes::cursor_of(db, room_id)?,
        epoch: app.epoch,
        has_older: page.has_older,
        has_newer: page.has_newer,
        marked,
        read_up_to,
    })
}

/// `GET /rooms` and the like: to a room.
pub async fn home(_: CurrentUser) -> Redirect {
    Redirect::to("/")
}

/// `POST /rooms/:id/delete`: gone for everybody at once; its content is removed in the background.
pub async fn destroy(State(app): State<App>, member: RoomMember) -> Answer {
    app.writer.run(DeleteRoom { room_id: member.room_id, by: member.user.id }).await?;
    Ok(Redirect::to("/").into_response())
}

fn remembering(
    app: &App,
    jar: &CookieJar,
    member: &RoomMember,
    mut response: Response,
) -> Response {
    cookies::remember_room(app, jar, response.headers_mut(), member.room_id);
    response
}
