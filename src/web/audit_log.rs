//! What administrators did, for administrators to read.

use axum::extract::{Query, State};
use serde::Deserialize;

use super::error::Answer;
use super::extract::Administrator;
use super::html;
use crate::app::App;
use crate::error::Error;
use crate::model::audit_log::ENTRIES_A_PAGE;
use crate::queries;
use crate::views::audit_log::AuditLogPage;

/// Which part of the log.
#[derive(Deserialize)]
pub struct Part {
    before: Option<String>,
}

/// `GET /account/audit_log?before=`: the newest entries, or those before one.
pub async fn index(
    State(app): State<App>,
    Administrator(user): Administrator,
    Query(part): Query<Part>,
) -> Answer {
    let before = part.before.map(|text| text.parse::<i64>());
    let before = before.transpose().map_err(|_| Error::NotFound)?;
    let page = app.reader.read(|db| {
        let mut entries = queries::audit_log::page(db, before, ENTRIES_A_PAGE + 1)?;
        let has_older = entries.len() > ENTRIES_A_PAGE;
        entries.truncate(ENTRIES_A_PAGE);
        Ok(AuditLogPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            entries,
            has_older,
            is_newest: before.is_none(),
        })
    })?;
    html::page(&page)
}
