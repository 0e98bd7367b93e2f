//! Turns what went wrong into an answer: a page for people, a fragment for htmx, JSON for bots.
//!
//! Handlers return a [`Failure`]; it travels as an extension of an empty response to a middleware
//! that knows what was asked for. Layers that answer by themselves (404, 405, 413) are drawn there
//! too, so that no refusal looks different from the others.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use super::extract::Wants;
use super::extract::current_bot::is_program;
use super::middleware::request_log::RequestId;
use super::{html, preferences};
use crate::app::App;
use crate::error::Error;
use crate::views::errors::{ErrorPage, ProblemFragment};
use crate::words::{self, Sentence, sentence};

/// Why a request is not answered as asked.
#[derive(Debug)]
pub enum Failure {
    Domain(Error),
    /// Nobody is signed in; afterwards the person comes back to this page.
    SignedOut {
        return_to: Option<String>,
    },
    /// The page is not for this person; they are sent to another.
    Elsewhere(&'static str),
    /// No key of an active bot came with a request that only bots make.
    WrongBotKey,
    /// A monitor of another machine without the token for it.
    WrongMetricsToken,
    /// A key among the parameters of an address.
    MisplacedBotKey,
    /// More bytes than are taken here.
    TooLarge,
    /// The address belongs to somebody who is banned.
    BannedAddress {
        opens_socket: bool,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Domain(error)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::Domain(Error::Internal(error))
    }
}

/// Said to a program whose key is not that of any bot.
const WRONG_BOT_KEY: &str = "This bot key is not valid. An administrator finds the present one \
                             under Account, Bots; it looks like 7-a1B2c3D4e5F6.";

const WRONG_METRICS_TOKEN: &str =
    "Send the server's METRICS_TOKEN in the header Authorization: Bearer.";

const MISPLACED_BOT_KEY: &str = "A bot key belongs into the path, as in \
    /rooms/1/7-a1B2c3D4e5F6/messages, or into the header Authorization: Bearer.";

/// What a handler gives back.
pub type Answer = Result<Response, Failure>;

/// What the middleware needs to draw a refusal.
#[derive(Clone, Debug, Default)]
struct Refusal {
    sentence: Option<Sentence>,
    return_to: Option<String>,
    signed_out: bool,
}

/// 401 for a program, with the way in that it missed.
fn wrong_token(sentence: &'static str) -> Response {
    let refusal =
        Refusal { sentence: Some(Sentence::for_programs(sentence)), ..Refusal::default() };
    let mut response = refuse(StatusCode::UNAUTHORIZED, refusal);
    let bearer = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    response
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Failure::Elsewhere(path) => Redirect::to(path).into_response(),
            Failure::SignedOut { return_to } => {
                let refusal = Refusal { return_to, signed_out: true, ..Refusal::default() };
                refuse(StatusCode::UNAUTHORIZED, refusal)
            }
            Failure::WrongBotKey => wrong_token(WRONG_BOT_KEY),
            Failure::WrongMetricsToken => wrong_token(WRONG_METRICS_TOKEN),
            Failure::MisplacedBotKey => {
                let sentence = Some(Sentence::for_programs(MISPLACED_BOT_KEY));
                refuse(StatusCode::FORBIDDEN, Refusal { sentence, ..Refusal::default() })
            }
            Failure::TooLarge => refuse(StatusCode::PAYLOAD_TOO_LARGE, Refusal::default()),
            Failure::BannedAddress { opens_socket } => {
                let status = if opens_socket {
                    StatusCode::FORBIDDEN
                } else {
                    StatusCode::TOO_MANY_REQUESTS
                };
                let sentence = Some(sentence(words::banned_address));
                let mut response = refuse(status, Refusal { sentence, ..Refusal::default() });
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("86400"));
                response
            }
            Failure::Domain(error) => domain(error),
        }
    }
}

fn domain(error: Error) -> Response {
    let plain = |status| refuse(status, Refusal::default());
    match error {
        Error::NotFound => plain(StatusCode::NOT_FOUND),
        Error::Forbidden => plain(StatusCode::FORBIDDEN),
        Error::Conflict => plain(StatusCode::CONFLICT),
        Error::TooLarge(sentence) => said(StatusCode::PAYLOAD_TOO_LARGE, sentence),
        Error::SwitchedOff(sentence) => said(StatusCode::FORBIDDEN, sentence),
        Error::NoSpace => plain(StatusCode::INSUFFICIENT_STORAGE),
        Error::Invalid(fields) => {
            let sentences: Vec<Sentence> = fields.into_iter().map(|field| field.sentence).collect();
            let sentence = Some(Sentence::joined(&sentences));
            let refusal = Refusal { sentence, ..Refusal::default() };
            refuse(StatusCode::UNPROCESSABLE_ENTITY, refusal)
        }
        Error::TooMany { wait, limit } => {
            let refusal = Refusal { sentence: Some(limit), ..Refusal::default() };
            retry_later(refuse(StatusCode::TOO_MANY_REQUESTS, refusal), wait)
        }
        Error::Busy => retry_later(plain(StatusCode::SERVICE_UNAVAILABLE), Duration::from_secs(1)),
        Error::Internal(error) => {
            tracing::error!(error = format!("{error:#}"), "a request failed");
            plain(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn said(status: StatusCode, sentence: Sentence) -> Response {
    refuse(status, Refusal { sentence: Some(sentence), ..Refusal::default() })
}

fn retry_later(mut response: Response, wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn refuse(status: StatusCode, refusal: Refusal) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(refusal);
    response
}

/// Draws refusals. Answers that were drawn by their handler (a form with its errors) pass.
pub async fn present(State(app): State<App>, request: Request, next: Next) -> Response {
    let wants = Wants::of(request.headers(), request.extensions());
    let is_program = is_program(request.headers(), request.extensions());
    let request_id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let refused = response.status().is_client_error() || response.status().is_server_error();
    let drawn = html::is_drawn(&response);
    if !refused || drawn {
        return response;
    }
    let status = response.status();
    let refusal = response.extensions().get::<Refusal>().cloned().unwrap_or_default();
    let mut presented = match wants {
        _ if refusal.signed_out => sign_in_first(&app, wants, refusal),
        Wants::Page => page(&app, status, refusal, request_id),
        Wants::Fragment => {
            let sentence = said_of(status, refusal.sentence).to_string();
            html::fragment_with_status(status, &ProblemFragment { sentence })
        }
        Wants::Json => {
            let own = refusal.sentence.or_else(|| for_bots(status).filter(|_| is_program));
            let sentence = said_of(status, own);
            let spoken = sentence.to_string();
            // Programs look for the words they know.
            json_error(status, if is_program { sentence.english() } else { &spoken })
        }
    };
    keep_headers(response.headers(), presented.headers_mut());
    presented
}

fn sign_in_first(app: &App, wants: Wants, refusal: Refusal) -> Response {
    match wants {
        Wants::Page => {
            let mut response = Redirect::to("/session/new").into_response();
            if let Some(path) = refusal.return_to {
                super::cookies::remember_return(app, response.headers_mut(), &path);
            }
            response
        }
        Wants::Fragment => {
            let name = HeaderName::from_static("hx-redirect");
            (StatusCode::UNAUTHORIZED, [(name, "/session/new")]).into_response()
        }
        Wants::Json => json_error(StatusCode::UNAUTHORIZED, words::sign_in_first()),
    }
}

fn page(
    app: &App,
    status: StatusCode,
    refusal: Refusal,
    request_id: Option<RequestId>,
) -> Response {
    let site = match html::site(app) {
        Ok(site) => site,
        // Without a database there is no account to name; the sentence still reaches the person.
        Err(_) => html::nameless_site(),
    };
    let page = ErrorPage {
        site,
        status: status.as_u16(),
        title: title(status).to_owned(),
        sentence: said_of(status, refusal.sentence).to_string(),
        // Only a failure of ours is worth looking up; elsewhere it would tell two answers apart.
        request_id: request_id.filter(|_| status.as_u16() == 500).map(|id| id.0),
        signed_in: preferences::chosen().has_session,
    };
    html::page_with_status(status, &page)
}

fn json_error(status: StatusCode, sentence: &str) -> Response {
    (status, axum::Json(json!({ "error": sentence }))).into_response()
}

/// What a layer said beside its status: when to come back, which methods are allowed.
fn keep_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [
        header::RETRY_AFTER,
        header::ALLOW,
        header::SET_COOKIE,
        header::WWW_AUTHENTICATE,
        header::CONTENT_RANGE,
    ] {
        for value in from.get_all(&name) {
            to.append(name.clone(), value.clone());
        }
    }
}

fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => words::not_allowed(),
        404 => words::nothing_here(),
        405 => words::cannot_be_done_here(),
        413 => words::too_large(),
        409 => words::somebody_was_faster(),
        422 => words::please_check_that(),
        429 => words::a_little_slower(),
        503 => words::busy_just_now(),
        507 => words::no_room_left(),
        400..500 => words::did_not_work(),
        _ => words::something_went_wrong(),
    }
}

/// What helps whoever writes a bot.
fn for_bots(status: StatusCode) -> Option<Sentence> {
    let sentence = match status.as_u16() {
        403 => "A bot can change and delete only what it wrote itself.",
        404 => {
            "There is nothing here. Is the id right, and is the bot in that room? GET /bots/me \
             lists its rooms."
        }
        413 => "That is too much at once: without files, at most 1 MiB.",
        _ => return None,
    };
    Some(Sentence::for_programs(sentence))
}

fn said_of(status: StatusCode, own: Option<Sentence>) -> Sentence {
    let usual = match status.as_u16() {
        403 => words::not_allowed_hint,
        404 => words::nothing_here_hint,
        405 => words::cannot_be_done_here_hint,
        409 => words::somebody_was_faster_hint,
        413 => words::too_large_hint,
        429 => words::a_little_slower_hint,
        503 => words::busy_just_now_hint,
        507 => words::no_space,
        400..500 => words::did_not_work_hint,
        _ => words::something_went_wrong_hint,
    };
    own.unwrap_or_else(|| sentence(usual))
}

/// A handler panicked: that request gets the page of a failure of ours, the process lives.
pub fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text");
    domain(Error::Internal(anyhow::anyhow!("a handler panicked: {text}")))
}
