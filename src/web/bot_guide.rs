//! The guide for people who write bots, for everybody who asks.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;

use super::error::Answer;
use super::{html, users};
use crate::app::App;
use crate::views::bot_guide::{GuidePage, GuideText};

/// `GET /bots/guide`
pub async fn show(State(app): State<App>, headers: HeaderMap) -> Answer {
    html::page(&GuidePage::new(html::site(&app)?, &users::origin(&app, &headers)))
}

/// `GET /bots/guide.txt`
pub async fn text(State(app): State<App>, headers: HeaderMap) -> Answer {
    let account_name = html::site(&app)?.account_name;
    let guide = GuideText::new(account_name, users::origin(&app, &headers));
    let text = guide.render().map_err(anyhow::Error::from)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
