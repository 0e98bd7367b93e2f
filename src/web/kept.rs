//! Answers put together from kept parts (see `pages`): room pages, lists of rooms, older messages.
//! Each says what it shows and by which marks that can change; whoever asks has been let in by
//! the extractors before.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::extract::{CurrentUser, RoomMember};
use super::middleware::packing;
use super::{preferences, rooms, sidebar};
use crate::app::App;
use crate::db::Connection;
use crate::error::Result;
use crate::model::{ClientMessageId, MessageId, RoomId, RoomKind, UserId};
use crate::pages::{Kept, Key, Mark, News, Own, Packed, Parts, Piece, join};
use crate::queries;
use crate::queries::messages::{self, Page};
use crate::views::draw;
use crate::views::messages::MessagesFragment;
use crate::views::rooms::{CURSOR_HERE, LIST_HERE, ListAlone, NUMBER_HERE};
use crate::views::sidebar::Sidebar;
use crate::words;

/// Whether the client reads gzip, and anything is kept at all.
fn serves(app: &App, headers: &HeaderMap) -> bool {
    app.pages.is_on() && packing::takes_gzip(headers)
}

/// A room's page at its end, and what its reader has to read there. None when this page has to be
/// drawn for itself.
pub fn room_page(
    app: &App,
    member: &RoomMember,
    headers: &HeaderMap,
) -> Result<Option<(Response, News)>> {
    if !serves(app, headers) {
        return Ok(None);
    }
    let (room_id, user_id) = (member.room_id, member.user.id);
    let key = Key::Around(room_id, own(user_id));
    let around = app.pages.parts(&key, || around_list(app, member, headers))?;
    let Some(around) = around else { return Ok(None) };
    let news = app.pages.news(room_id, user_id, || look_for_news(app, room_id, user_id))?;
    let key = Key::Newest(room_id, news.read_up_to, words::spoken());
    let list = app.pages.parts(&key, || newest(app, room_id, news.read_up_to))?;
    let Some(list) = list else { return Ok(None) };
    let number = ClientMessageId::from_random(rand::random());
    Ok(room_answer(&around.value, &list.value, number.as_str()).map(|answer| (answer, news)))
}

/// Before the cursor, between cursor and list, after the list, after the number of the form (which
/// an archived room has not).
fn room_answer(around: &[Packed], list: &[Packed], number: &str) -> Option<Response> {
    let [cursor, messages] = list else { return None };
    let packed = |part| Piece::Packed(part);
    let body = match around {
        [head, upper, lower] => join(&[head, cursor, upper, messages, lower].map(packed)),
        [head, upper, form, foot] => join(&[
            packed(head),
            packed(cursor),
            packed(upper),
            packed(messages),
            packed(form),
            Piece::Plain(number),
            packed(foot),
        ]),
        _ => return None,
    };
    Some(gzipped(body))
}

fn gzipped(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn own(user_id: UserId) -> Own {
    let chosen = preferences::chosen();
    Own {
        user_id,
        theme: chosen.theme,
        muted: chosen.muted,
        attention: chosen.attention,
        keyless: chosen.keyless,
        language: words::spoken(),
    }
}

type Made = Result<Option<(Parts, Vec<Mark>)>>;

fn around_list(app: &App, member: &RoomMember, headers: &HeaderMap) -> Made {
    let (room_id, user_id) = (member.room_id, member.user.id);
    let (page, followed) = app.reader.read(|db| {
        let page = rooms::room_page(db, app, member, headers, Page::default(), None)?;
        Ok((page, queries::memberships::room_ids_of(db, user_id)?))
    })?;
    if page.invite.is_some() {
        return Ok(None);
    }
    let mut from = by_sidebar(app, user_id, &page.sidebar, &followed, Some(room_id));
    from.push(app.pages.marks().of_presence(room_id));
    let html = draw(&crate::views::rooms::RoomPage { in_parts: true, ..page })?;
    Ok(Some((split(&html), from)))
}

/// Cut at the places for what is shared or new.
fn split(html: &str) -> Parts {
    let mut parts = Vec::with_capacity(4);
    let mut rest = html;
    for mark in [CURSOR_HERE, LIST_HERE, NUMBER_HERE] {
        if let Some((before, after)) = rest.split_once(mark) {
            parts.push(Packed::new(before));
            rest = after;
        }
    }
    parts.push(Packed::new(rest));
    parts
}

/// What a page with this sidebar is made from. Whoever looks at a room reads it, so what is said
/// there counts for nothing; above the highest count, more makes no difference.
fn by_sidebar(
    app: &App,
    user_id: UserId,
    sidebar: &Sidebar,
    followed: &[RoomId],
    current: Option<RoomId>,
) -> Vec<Mark> {
    let marks = app.pages.marks();
    let mut from = vec![marks.of_everything(), marks.of_user(user_id)];
    for room_id in followed {
        from.push(marks.of_shape(*room_id));
        let is_ping = app.access.room_kind(*room_id) == Some(RoomKind::Direct);
        let is_full = sidebar.rooms.iter().any(|room| {
            room.room_id == *room_id && room.unread >= queries::sidebar::UNREAD_COUNTED
        });
        // What is said in a ping moves it to the front.
        if is_ping || !(is_full || current == Some(*room_id)) {
            from.push(marks.of_posts(*room_id));
        }
    }
    from
}

fn newest(app: &App, room_id: RoomId, read_up_to: Option<MessageId>) -> Made {
    let list = app.reader.read(|db| {
        let page = messages::last_page(db, room_id)?;
        rooms::message_list(db, app, room_id, page, None, read_up_to)
    })?;
    let parts = vec![
        Packed::new(&list.cursor.to_string()),
        Packed::new(&draw(&ListAlone { list: &list })?),
    ];
    Ok(Some((parts, by_list(app, room_id))))
}

/// What a list of messages is made from; names and pictures of authors are part of it.
fn by_list(app: &App, room_id: RoomId) -> Vec<Mark> {
    let marks = app.pages.marks();
    marks.of_messages(room_id).into_iter().chain([marks.of_everything()]).collect()
}

fn look_for_news(app: &App, room_id: RoomId, user_id: UserId) -> Result<News> {
    app.reader.read(|db| {
        Ok(News {
            read_up_to: queries::memberships::read_before_news(db, room_id, user_id)?,
            is_unread: queries::memberships::unread_up_to(db, room_id, user_id)?.is_some(),
        })
    })
}

/// The messages before one, as a piece of the list. None when it has to be drawn for itself.
pub fn messages_before(
    app: &App,
    room_id: RoomId,
    pivot: MessageId,
    headers: &HeaderMap,
) -> Result<Option<Response>> {
    if !serves(app, headers) {
        return Ok(None);
    }
    let kept = app.pages.parts(&Key::Before(room_id, pivot, words::spoken()), || {
        let list = app.reader.read(|db| {
            let page = messages::page_before(db, room_id, pivot)?;
            // A piece goes in at the upper end of a list, so it leads further there only.
            let page = Page { has_newer: false, ..page };
            rooms::message_list(db, app, room_id, page, None, None)
        })?;
        let parts = vec![Packed::new(&draw(&MessagesFragment { list: &list })?)];
        Ok(Some((parts, by_list(app, room_id))))
    })?;
    Ok(kept.map(|kept| whole(app, headers, &kept)))
}

/// One person's list of rooms, as `view` draws it. None when it has to be drawn for itself.
pub fn sidebar<V: Template>(
    app: &App,
    user: &CurrentUser,
    headers: &HeaderMap,
    key: impl FnOnce(Own) -> Key,
    view: impl FnOnce(&Connection, Sidebar) -> Result<V>,
) -> Result<Option<Response>> {
    if !serves(app, headers) {
        return Ok(None);
    }
    let kept = app.pages.parts(&key(own(user.id)), || {
        let (view, from) = app.reader.read(|db| {
            let listed = sidebar::sidebar_of(db, user, None, |id| app.online.is(id))?;
            let followed = queries::memberships::room_ids_of(db, user.id)?;
            let from = by_sidebar(app, user.id, &listed, &followed, None);
            Ok((view(db, listed)?, from))
        })?;
        Ok(Some((vec![Packed::new(&draw(&view)?)], from)))
    })?;
    Ok(kept.map(|kept| whole(app, headers, &kept)))
}

/// All of an answer that has nothing new in it; only that it is the same, to who has it. (A room
/// page has the number of its form: two tabs with the same one could lose a message.)
fn whole(app: &App, headers: &HeaderMap, kept: &Kept<Parts>) -> Response {
    let tag = app.pages.tag(kept);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    let mut response = if is_known {
        let mut same = gzipped(Vec::new());
        *same.status_mut() = StatusCode::NOT_MODIFIED;
        same.headers_mut().remove(header::CONTENT_ENCODING);
        same
    } else {
        let pieces: Vec<Piece<'_>> = kept.value.iter().map(Piece::Packed).collect();
        gzipped(join(&pieces))
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
