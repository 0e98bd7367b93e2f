//! The cards of pages: while a message is written, their pictures, and taking one away.

use std::io::Read;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use super::error::Answer;
use super::extract::{ClientAddress, CurrentUser, Fields, MessageMember, Wants};
use super::html;
use super::messages::place_of;
use super::middleware::security_headers::FILE_POLICY;
use crate::app::App;
use crate::commands::messages::RemoveLinkPreview;
use crate::error::Error;
use crate::outbound::opengraph::Page;
use crate::pictures;
use crate::queries;
use crate::views::errors::ProblemFragment;
use crate::views::link_previews::WrittenLinkFragment;
use crate::views::messages::EditedFrame;
use crate::words;

/// A picture's address changes with it.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// `POST /unfurl_link`: what the page at `url` says of itself; 204 when that is nothing.
pub async fn create(
    State(app): State<App>,
    _: CurrentUser,
    address: ClientAddress,
    wants: Wants,
    fields: Fields,
) -> Answer {
    if !app.linked_pages.are_enabled() {
        return Ok(switched_off(wants));
    }
    app.limits.unfurl(address.0)?;
    let typed = fields.text("url").trim();
    let is_web = ["http://", "https://", "www."].iter().any(|start| {
        typed.get(..start.len()).is_some_and(|typed| typed.eq_ignore_ascii_case(start))
    });
    if !is_web || typed.contains(char::is_whitespace) {
        return Err(Error::invalid("url", words::sentence(words::no_page_address)).into());
    }
    let has_scheme = typed.contains("://");
    let url = if has_scheme { typed.to_owned() } else { format!("http://{typed}") };
    match (app.linked_pages.find(&url).await, wants) {
        (None, _) => Ok(StatusCode::NO_CONTENT.into_response()),
        (Some(page), Wants::Fragment) => html::fragment(&WrittenLinkFragment {
            url: &page.url,
            title: &page.title,
            description: &page.description,
        }),
        (Some(page), _) => Ok(axum::Json(as_json(&page)).into_response()),
    }
}

fn switched_off(wants: Wants) -> Response {
    if wants == Wants::Json {
        return (
            StatusCode::FORBIDDEN,
            axum::Json(json!({ "error": words::previews_switched_off() })),
        )
            .into_response();
    }
    let sentence = words::previews_switched_off().to_owned();
    html::fragment_with_status(StatusCode::FORBIDDEN, &ProblemFragment { sentence })
}

/// A page as programs see it. Its picture is shown by this server alone.
fn as_json(page: &Page) -> serde_json::Value {
    json!({ "title": page.title, "url": page.url, "description": page.description })
}

/// `GET /messages/:mid/link_preview/picture`
pub async fn picture(State(app): State<App>, member: MessageMember) -> Answer {
    let id = member.message_id;
    let key = app.reader.read(|db| queries::link_previews::picture_key(db, id))?;
    let mut file = key.and_then(|key| app.files.open(&key).ok()).ok_or(Error::NotFound)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| Error::Internal(error.into()))?;
    let headers = [
        (header::CONTENT_TYPE, pictures::media_type(&bytes)),
        (header::CONTENT_DISPOSITION, "inline; filename=\"picture\""),
        (header::CONTENT_SECURITY_POLICY, FILE_POLICY),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    Ok((headers, bytes).into_response())
}

/// `POST /messages/:mid/link_preview/delete`
pub async fn destroy(State(app): State<App>, member: MessageMember, wants: Wants) -> Answer {
    let (room_id, message_id, user_id) = (member.room_id, member.message_id, member.user.id);
    let edited = app.writer.run(RemoveLinkPreview { room_id, message_id, user_id }).await?;
    let message = &edited.message;
    match wants {
        Wants::Page => Ok(Redirect::to(&place_of(&app, message)?).into_response()),
        Wants::Fragment => html::fragment(&EditedFrame { message, cursor: edited.cursor }),
        Wants::Json => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
