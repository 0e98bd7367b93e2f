//! Search: what was typed, what was found, and what was looked for lately.

use std::collections::HashMap;

use axum::extract::{Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::error::Answer;
use super::extract::{CurrentUser, Fields, Wants};
use super::{html, rooms};
use crate::app::App;
use crate::clock;
use crate::commands::searches::{ClearSearches, RememberSearch};
use crate::db::Connection;
use crate::error::Result;
use crate::model::search::{MAX_QUERY, Passage, Query, Term};
use crate::model::{MessageId, RoomId, UserId};
use crate::queries;
use crate::queries::searches::{Found, Hit, Narrowed, Next};
use crate::views::searches::{
    FoundMessage, Order, RecentSearch, Results, ResultsFragment, SearchPage,
};
use crate::words::{self, Sentence, sentence};

/// What an address asks for. A name that comes twice counts once: nothing here is an error.
struct Asked {
    query: String,
    order: Order,
    next: Option<Next>,
}

impl Asked {
    fn of(pairs: &[(String, String)]) -> Self {
        let text = |name: &str| {
            pairs.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
        };
        let order = order_of(text("order"));
        let before = text("before").parse().ok().map(Next::Before);
        let best = || {
            let (skip, newest) = (text("skip").parse().ok()?, text("newest").parse().ok()?);
            (order == Order::Best).then_some(Next::Best { skip, newest })
        };
        Self { query: text("q").trim().to_owned(), order, next: before.or_else(best) }
    }

    fn is_too_long(&self) -> bool {
        self.query.chars().nth(MAX_QUERY).is_some()
    }
}

fn order_of(text: &str) -> Order {
    if text == "best" { Order::Best } else { Order::Newest }
}

fn too_long() -> Sentence {
    sentence(|| words::search_too_long(MAX_QUERY))
}

/// `GET /searches?q=`: a page; for htmx what was found; JSON.
pub async fn index(
    State(app): State<App>,
    user: CurrentUser,
    UrlQuery(pairs): UrlQuery<Vec<(String, String)>>,
    wants: Wants,
) -> Answer {
    let asked = Asked::of(&pairs);
    if asked.is_too_long() {
        return refused(&app, &user, asked, wants);
    }
    // Looking through a million messages is work, so it is done where it holds up nobody.
    let (results, recent) = app
        .reader
        .read_long(move |db| {
            let recent = if wants == Wants::Page { recent(db, user.id)? } else { Vec::new() };
            Ok((results(db, user.id, &asked)?, recent))
        })
        .await?;
    match wants {
        Wants::Page => page(&app, &user, StatusCode::OK, results, recent, None),
        Wants::Fragment => html::fragment(&ResultsFragment { results: &results }),
        Wants::Json => Ok(axum::Json(all_as_json(&results)).into_response()),
    }
}

/// `POST /searches`: remembers what is looked for and shows what is found.
pub async fn create(
    State(app): State<App>,
    user: CurrentUser,
    wants: Wants,
    fields: Fields,
) -> Answer {
    let query = fields.text("q").trim().to_owned();
    let asked = Asked { query, order: order_of(fields.text("order")), next: None };
    if asked.is_too_long() {
        return refused(&app, &user, asked, wants);
    }
    if asked.query.is_empty() {
        return Ok(Redirect::to("/searches").into_response());
    }
    app.writer.run(RememberSearch { user_id: user.id, query: asked.query.clone() }).await?;
    if wants == Wants::Fragment {
        let results = app.reader.read_long(move |db| results(db, user.id, &asked)).await?;
        return html::fragment(&ResultsFragment { results: &results });
    }
    Ok(Redirect::to(&path_of(&asked.query, asked.order)).into_response())
}

/// `POST /searches/clear`: forgets what this person looked for.
pub async fn clear(State(app): State<App>, user: CurrentUser) -> Answer {
    app.writer.run(ClearSearches { user_id: user.id }).await?;
    Ok(Redirect::to("/searches").into_response())
}

fn refused(app: &App, user: &CurrentUser, asked: Asked, wants: Wants) -> Answer {
    if wants != Wants::Page {
        return Err(crate::error::Error::invalid("q", too_long()).into());
    }
    let results = Results { query: asked.query, order: asked.order, ..Results::default() };
    page(
        app,
        user,
        StatusCode::UNPROCESSABLE_ENTITY,
        results,
        Vec::new(),
        Some(too_long().to_string()),
    )
}

fn page(
    app: &App,
    user: &CurrentUser,
    status: StatusCode,
    results: Results,
    recent: Vec<RecentSearch>,
    problem: Option<String>,
) -> Answer {
    let page = app.reader.read(|db| {
        let site = html::site_of(queries::accounts::account(db)?.as_ref());
        Ok(SearchPage { site, viewer: html::viewer(db, user.id)?, results, recent, problem })
    })?;
    Ok(html::page_with_status(status, &page))
}

fn recent(db: &Connection, user_id: UserId) -> Result<Vec<RecentSearch>> {
    let queries = queries::searches::recent(db, user_id)?;
    let with_path = |query: String| RecentSearch { path: path_of(&query, Order::Newest), query };
    Ok(queries.into_iter().map(with_path).collect())
}

fn path_of(query: &str, order: Order) -> String {
    format!("/searches?{}", address(query, order, None))
}

fn address(query: &str, order: Order, next: Option<Next>) -> String {
    let query = utf8_percent_encode(query, NON_ALPHANUMERIC);
    match (order, next) {
        (Order::Newest, None) => format!("q={query}"),
        (Order::Best, None) => format!("q={query}&order=best"),
        (_, Some(Next::Before(id))) => format!("q={query}&before={id}"),
        (_, Some(Next::Best { skip, newest })) => {
            format!("q={query}&order=best&skip={skip}&newest={newest}")
        }
    }
}

fn results(db: &Connection, user_id: UserId, asked: &Asked) -> Result<Results> {
    let mut shown = Results {
        query: asked.query.clone(),
        order: asked.order,
        is_continued: asked.next.is_some(),
        ..Results::default()
    };
    if asked.query.is_empty() {
        return Ok(shown);
    }
    let query = Query::parse(&asked.query);
    let wanted = Narrowed::of(db, user_id, &query, clock::now())?;
    shown.notes.clone_from(&wanted.notes);
    shown.is_empty_query = query.is_empty() && query.not_understood.is_empty();
    shown.is_incomplete = queries::searches::missing_up_to(db)?.is_some();
    let newest = MessageId(i64::MAX);
    let found = match (asked.order, asked.next) {
        (_, Some(Next::Before(id))) => queries::searches::newest(db, user_id, &wanted, id)?,
        (_, Some(Next::Best { skip, newest })) => {
            queries::searches::best(db, user_id, &wanted, &query, skip, newest)?
        }
        (Order::Newest, None) => queries::searches::newest(db, user_id, &wanted, newest)?,
        (Order::Best, None) => queries::searches::best(db, user_id, &wanted, &query, 0, newest)?,
    };
    let Found { hits, next } = found;
    shown.more = next.map(|next| address(&asked.query, asked.order, Some(next)));
    shown.more_is_newest = asked.order == Order::Best && matches!(next, Some(Next::Before(_)));
    shown.messages = drawn(db, user_id, hits, &query.terms)?;
    Ok(shown)
}

/// Hits as lists show them: the room by its name, a line of the text.
pub(super) fn drawn(
    db: &Connection,
    user_id: UserId,
    hits: Vec<Hit>,
    terms: &[Term],
) -> Result<Vec<FoundMessage>> {
    let pings: Vec<RoomId> =
        hits.iter().filter(|hit| hit.room_name.is_none()).map(|hit| hit.room_id).collect();
    let people = match pings.is_empty() {
        true => HashMap::new(),
        false => queries::sidebar::people_in(db, user_id, &pings)?,
    };
    let drawn = |hit: Hit| {
        let of_ping = || rooms::people_title(people.get(&hit.room_id).map_or(&[], Vec::as_slice));
        let text = hit.plain_text.trim();
        FoundMessage {
            id: hit.id,
            room_id: hit.room_id,
            room: hit.room_name.clone().unwrap_or_else(of_ping),
            passage: (!text.is_empty()).then(|| Passage::of(text, terms)),
            files: hit.file_names.iter().map(|name| Passage::of(name, terms)).collect(),
            author: hit.author,
            created_at: hit.created_at,
        }
    };
    Ok(hits.into_iter().map(drawn).collect())
}

/// A message of a list for programs.
pub(super) fn as_json(message: &FoundMessage) -> Value {
    let text = |passage: &Passage| -> String {
        passage.pieces.iter().map(|piece| piece.text.as_str()).collect()
    };
    json!({
        "id": message.id,
        "room": { "id": message.room_id, "name": message.room },
        "creator": { "id": message.author.id, "name": message.author.name },
        "created_at": message.created_at.to_string(),
        "text": message.passage.as_ref().map(text),
        "files": message.files.iter().map(text).collect::<Vec<_>>(),
        "path": message.path(),
    })
}

fn all_as_json(results: &Results) -> Value {
    let messages: Vec<_> = results.messages.iter().map(as_json).collect();
    let next = results.more.as_ref().map(|more| format!("/searches?{more}"));
    json!({ "query": results.query, "messages": messages, "notes": results.notes, "next": next })
}
