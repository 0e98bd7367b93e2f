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
use crate::queries::calls::{Call, Reason};
use crate::views::calls::{CallList, CallsFragment, CallsPage, ListedCall};

/// `GET /mentions`: a page; for htmx the list, or with `?before=` its next piece; JSON.
pub async fn index(
    State(app): State<App>,
    user: CurrentUser,
    Query(pairs): Query<Vec<(String, String)>>,
    wants: Wants,
) -> Answer {
    let before = pairs.iter().find(|(name, _)| name == "before");
    let before = before.and_then(|(_, id)| id.parse::<MessageId>().ok());
    let list = app.reader.read(|db| listed(db, user.id, before))?;
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

fn listed(db: &Connection, user_id: UserId, before: Option<MessageId>) -> Result<CallList> {
    let from = before.unwrap_or(MessageId(i64::MAX));
    let (calls, next) = queries::calls::calls(db, user_id, from)?;
    let about: Vec<(Reason, bool)> =
        calls.iter().map(|call| (call.reason, call.is_unread)).collect();
    let hits = calls.into_iter().map(|Call { hit, .. }| hit).collect();
    let messages = searches::drawn(db, user_id, hits, &[])?;
    let calls = messages.into_iter().zip(about).map(|(message, (reason, is_unread))| ListedCall {
        message,
        reason: match reason {
            Reason::Mention => "mentioned you",
            Reason::Reply => "answered you",
            Reason::Ping => "pinged you",
        },
        is_unread,
    });
    Ok(CallList {
        calls: calls.collect(),
        more: next.map(|id| format!("/mentions?before={id}")),
        is_continued: before.is_some(),
    })
}
