//! What called the person who asks.

use axum::extract::{Query, State};
use axum::response::IntoResponse;

use super::error::Answer;
use super::extract::{CurrentUser, Wants};
use super::{html, searches};
use crate::app::App;
use crate::db::Connection;
use crate::error::Result;
use crate::model::{MessageId, UserId};
use crate::queries;
use crate::queries::calls::{Call, Part, Reason};
use crate::views::calls::{CallList, CallsFragment, CallsPage, ListedCall};
use crate::words;

/// Later than any message.
const NEWEST: MessageId = MessageId(i64::MAX);

/// `GET /mentions`: a page; for htmx the list, or with `?before=` its next piece, or with
/// `?down_to=` the list as far down as it was read; JSON.
pub async fn index(
    State(app): State<App>,
    user: CurrentUser,
    Query(pairs): Query<Vec<(String, String)>>,
    wants: Wants,
) -> Answer {
    let id = |name: &str| {
        let found = pairs.iter().find(|(found, _)| found == name);
        found.and_then(|(_, id)| id.parse::<MessageId>().ok())
    };
    let part = match (id("before"), id("down_to")) {
        (Some(id), _) => Part::Before(id),
        (None, Some(id)) => Part::DownTo(id),
        (None, None) => Part::Before(NEWEST),
    };
    let list = app.reader.read(|db| listed(db, user.id, part))?;
    match wants {
        Wants::Fragment => html::fragment(&CallsFragment { list: &list }),
        Wants::Json => {
            let messages: Vec<_> =
                list.calls.iter().map(|call| searches::as_json(&call.message)).collect();
            let next = &list.more;
            Ok(axum::Json(serde_json::json!({ "messages": messages, "next": next }))
                .into_response())
        }
        Wants::Page => {
            let page = app.reader.read(|db| {
                let site = html::site_of(queries::accounts::account(db)?.as_ref());
                Ok(CallsPage { site, viewer: html::viewer(db, user.id)?, list })
            })?;
            html::page(&page)
        }
    }
}

fn listed(db: &Connection, user_id: UserId, part: Part) -> Result<CallList> {
    let (calls, next) = queries::calls::calls(db, user_id, part)?;
    let about: Vec<(Reason, bool)> =
        calls.iter().map(|call| (call.reason, call.is_unread)).collect();
    let hits = calls.into_iter().map(|Call { hit, .. }| hit).collect();
    let messages = searches::drawn(db, user_id, hits, &[])?;
    let calls = messages.into_iter().zip(about).map(|(message, (reason, is_unread))| ListedCall {
        message,
        reason: match reason {
            Reason::Mention => words::called_mention(),
            Reason::Reply => words::called_reply(),
            Reason::Ping => words::called_ping(),
        },
        is_unread,
    });
    let is_continued = matches!(part, Part::Before(id) if id != NEWEST);
    let is_redrawn = matches!(part, Part::DownTo(_));
    Ok(CallList {
        calls: calls.collect(),
        more: next.map(|id| format!("/mentions?before={id}")),
        is_continued,
        // The first message of all: such a page shows everything.
        down_to: (is_continued || is_redrawn).then_some(next.unwrap_or(MessageId(1))),
    })
}
