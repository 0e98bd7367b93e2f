//! What another app hands over to the installed one: text, links and files on their way into a
//! room. Files wait as those do that are sent ahead of their message.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::Answer;
use super::extract::{CurrentUser, Fields, MessageForm};
use super::{html, rooms, uploads};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::attachment::MAX_ATTACHMENTS;
use crate::model::message::MAX_BODY;
use crate::model::{AttachmentId, ClientMessageId};
use crate::queries;
use crate::views::shares::{SharePage, ShareTarget};

/// Longest address that leads to the page, in bytes; more is shown without going there.
const MAX_ADDRESS: usize = 6 * 1024;

/// `GET /share?title=&text=&url=&uploads=`: asks where to. Nothing is posted.
pub async fn show(
    State(app): State<App>,
    user: CurrentUser,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer {
    let all = |name: &str| {
        let named = pairs.iter().filter(|(found, _)| found == name);
        named.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    let first = |name| all(name).first().copied().unwrap_or_default();
    let text = joined([first("title"), first("text"), first("url")]);
    let uploads: Vec<AttachmentId> =
        all("uploads").into_iter().filter_map(|id| id.parse().ok()).take(MAX_ATTACHMENTS).collect();
    html::page(&page(&app, &user, text, &uploads, None)?)
}

/// `POST /share`: the same with files.
pub async fn create(State(app): State<App>, user: CurrentUser, form: MessageForm) -> Answer {
    app.limits.post(user.id)?;
    let MessageForm { fields, files } = form;
    let text = shared_text(&fields);
    let mut sent = Vec::new();
    let refused = match files {
        Ok(files) => {
            let mut refused = None;
            for file in files {
                match uploads::send_ahead(&app, user.id, file).await {
                    Ok(attachment) => sent.push(attachment.id),
                    Err(error) => refused = Some(error),
                }
            }
            refused
        }
        Err(error) => Some(error),
    };
    let (status, problem) = match refused {
        None => (StatusCode::OK, None),
        Some(Error::TooLarge(sentence)) => {
            (StatusCode::PAYLOAD_TOO_LARGE, Some(sentence.to_string()))
        }
        Some(Error::SwitchedOff(sentence)) => (StatusCode::FORBIDDEN, Some(sentence.to_string())),
        Some(Error::Invalid(fields)) => {
            let sentence = fields.into_iter().map(|field| field.sentence.to_string()).next();
            (StatusCode::UNPROCESSABLE_ENTITY, sentence)
        }
        Some(error) => return Err(error.into()),
    };
    let mut address = format!("/share?text={}", utf8_percent_encode(&text, NON_ALPHANUMERIC));
    for id in &sent {
        address.push_str(&format!("&uploads={id}"));
    }
    if problem.is_none() && address.len() <= MAX_ADDRESS {
        return Ok(Redirect::to(&address).into_response());
    }
    Ok(html::page_with_status(status, &page(&app, &user, text, &sent, problem)?))
}

fn page(
    app: &App,
    user: &CurrentUser,
    text: String,
    uploads: &[AttachmentId],
    problem: Option<String>,
) -> Result<SharePage> {
    app.reader.read(|db| {
        let mut files = Vec::with_capacity(uploads.len());
        for id in uploads {
            files.extend(queries::attachments::unposted(db, *id, user.id)?);
        }
        let pings = queries::sidebar::pings(db, user.id, None)?
            .into_iter()
            .map(|ping| ShareTarget { room_id: ping.id, name: rooms::people_title(&ping.people) });
        let rooms = queries::sidebar::rooms(db, user.id)?
            .into_iter()
            .map(|room| ShareTarget { room_id: room.id, name: room.name });
        Ok(SharePage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            client_message_id: ClientMessageId::from_random(rand::random()),
            text,
            files,
            targets: pings.chain(rooms).collect(),
            problem,
        })
    })
}

fn shared_text(fields: &Fields) -> String {
    joined(["title", "text", "url"].map(|name| fields.text(name)))
}

/// Title, text and address, each said once.
fn joined(values: [&str; 3]) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for value in values.map(str::trim) {
        if !value.is_empty() && !lines.iter().any(|line| line.contains(value)) {
            lines.push(value);
        }
    }
    // A title that the text begins with says nothing more.
    if let [title, text, ..] = lines.as_slice()
        && text.contains(title)
    {
        lines.remove(0);
    }
    lines.join("\n").chars().filter(|c| *c != '\0').take(MAX_BODY).collect()
}
