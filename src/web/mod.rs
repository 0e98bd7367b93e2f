//! HTTP in, HTTP out. The table below is the map of the site.

pub mod accounts;
pub mod assets;
pub mod avatars;
pub mod catch_up;
pub mod clock;
pub mod cookies;
pub mod error;
pub mod extract;
pub mod first_runs;
pub mod health;
pub mod html;
pub mod joins;
pub mod limits;
pub mod messages;
pub mod middleware;
pub mod preview;
pub mod rooms;
pub mod server;
pub mod session_store;
pub mod sessions;
pub mod socket;
pub mod users;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::app::App;
use middleware::{one_meaning, request_log, security_headers};

/// Largest body of a form, in bytes.
pub const MAX_FORM: usize = 1024 * 1024;
/// How long a body may pause between two pieces.
const BODY_PAUSE: std::time::Duration = std::time::Duration::from_secs(10);

/// Every route, grouped by who may enter. The extractors of each handler enforce it.
#[rustfmt::skip]
pub fn router(app: App) -> Router {
    let anyone = Router::new()
        .route("/up", get(health::up))
        .route("/health", get(health::health))
        .route("/robots.txt", get(health::robots))
        .route("/first_run", get(first_runs::show).post(first_runs::create))
        .route("/session/new", get(sessions::new))
        .route("/session", post(sessions::create))
        .route("/join/{join_code}", get(joins::new).post(joins::create));

    let people = Router::new()
        .route("/", get(rooms::last))
        .route("/session/delete", post(sessions::destroy))
        .route("/live", get(socket::live))
        .route("/account/edit", get(accounts::edit))
        .route("/users/me/profile", get(users::profile))
        .route("/users/me/sidebar", get(users::sidebar))
        .route("/users/me/style.css", get(users::style))
        .route("/users/{id}", get(users::show))
        .route("/users/{id}/avatar", get(avatars::show));

    let room_members = Router::new()
        .route("/rooms/{id}", get(rooms::show))
        .route("/rooms/{id}/{at}", get(rooms::show_around))
        .route("/rooms/{id}/messages", get(messages::index).post(messages::create))
        .route("/rooms/{id}/messages/{mid}", get(messages::show));

    let pages = anyone.merge(people).merge(room_members)
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(session_store::layer(&app))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn_with_state(app.clone(), error::present))
        .layer(CompressionLayer::new());

    let headers = security_headers::Headers::new(&app.config);
    pages
        .merge(Router::new().route("/assets/{*path}", get(assets::show)))
        .layer(from_fn(one_meaning::require))
        .layer(from_fn(request_log::log))
        .layer(from_fn_with_state(headers, security_headers::add))
        .with_state(app)
}
