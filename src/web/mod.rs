//! HTTP in, HTTP out. The table below is the map of the site.

pub mod accounts;
pub mod archives;
pub mod assets;
pub mod autocompletion;
pub mod avatars;
pub mod bans;
pub mod boosts;
pub mod bots;
pub mod catch_up;
pub mod cookies;
pub mod custom_styles;
pub mod directs;
pub mod error;
pub mod extract;
pub mod first_runs;
pub mod flash;
pub mod health;
pub mod html;
pub mod joins;
pub mod limits;
pub mod logos;
pub mod memberships;
pub mod messages;
pub mod middleware;
pub mod people;
pub mod people_picker;
pub mod preferences;
pub mod preview;
pub mod profiles;
pub mod qr_codes;
pub mod room_settings;
pub mod rooms;
pub mod server;
pub mod session_list;
pub mod session_store;
pub mod sessions;
pub mod sidebar;
pub mod socket;
pub mod sounds;
pub mod switcher;
pub mod transfers;
pub mod users;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, DefaultPredicate};
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::app::App;
use middleware::{banned_addresses, one_meaning, request_log, security_headers};
use room_settings::{CLOSED, OPEN};

/// Largest body of a form, in bytes.
pub const MAX_FORM: usize = 1024 * 1024;
/// Largest body of a form that may bring a picture, in bytes: more than the picture may have, so
/// that who sends too much is told so beside the field.
const MAX_UPLOAD: usize = 32 * 1024 * 1024;
/// Answers below this many bytes are sent as they are: packing costs more than it saves.
const WORTH_PACKING: u64 = 2 * 1024;
/// How long a body may pause between two pieces.
const BODY_PAUSE: Duration = Duration::from_secs(10);
/// How long a request may take in all, its body included.
const WHOLE_REQUEST: Duration = Duration::from_secs(60);

/// Every route, grouped by who may enter. The extractors of each handler enforce it.
#[rustfmt::skip]
pub fn router(app: App) -> Router {
    let anyone = Router::new()
        .route("/up", get(health::up))
        .route("/health", get(health::health))
        .route("/robots.txt", get(health::robots))
        .route("/qr_code/{id}", get(qr_codes::show))
        .route("/first_run", get(first_runs::show).post(first_runs::create).layer(uploads()))
        .route("/session/new", get(sessions::new))
        .route("/session", post(sessions::create).delete(sessions::destroy))
        .route("/session/transfers/{token}", get(transfers::show).post(transfers::update)
            .put(transfers::update).patch(transfers::update))
        .route("/join/{join_code}", get(joins::new).post(joins::create).layer(uploads()))
        .route("/account/custom_styles.css", get(custom_styles::show));

    let people = Router::new()
        .route("/", get(rooms::last))
        .route("/session/delete", post(sessions::destroy))
        .route("/live", get(socket::live))
        .route("/account/edit", get(accounts::edit))
        .route("/autocompletable/users", get(autocompletion::users))
        .route("/autocompletable/emoji", get(autocompletion::emoji))
        .route("/autocompletable/sounds", get(autocompletion::sounds))
        .route("/users/me/profile", get(profiles::show).post(profiles::update)
            .put(profiles::update).patch(profiles::update).layer(uploads()))
        .route("/users/me/avatar", delete(avatars::destroy))
        .route("/users/me/avatar/delete", post(avatars::destroy))
        .route("/sounds/{name}", get(sounds::show))
        .route("/users/me/sounds", post(preferences::update_sounds))
        .route("/users/me/theme", post(preferences::update_theme))
        .route("/users/me/transfers", post(transfers::create_own))
        .route("/users/me/sessions", get(session_list::index))
        .route("/users/me/sessions/delete", post(session_list::destroy_others))
        .route("/users/me/sessions/{id}", delete(session_list::destroy))
        .route("/users/me/sessions/{id}/delete", post(session_list::destroy))
        .route("/users/me/sidebar", get(sidebar::show))
        .route("/users/me/switcher", get(switcher::show))
        .route("/users/me/reads", post(memberships::read_everything))
        .route("/rooms", get(rooms::home))
        .route("/rooms/opens/new", get(room_settings::new::<OPEN>).post(room_settings::new_again::<OPEN>))
        .route("/rooms/opens", get(rooms::home).post(room_settings::create::<OPEN>))
        .route("/rooms/closeds/new", get(room_settings::new::<CLOSED>).post(room_settings::new_again::<CLOSED>))
        .route("/rooms/closeds", get(rooms::home).post(room_settings::create::<CLOSED>))
        .route("/rooms/directs/new", get(directs::new).post(directs::new_again))
        .route("/rooms/directs", get(rooms::home).post(directs::create))
        .route("/rooms/{id}/membership", post(memberships::create).delete(memberships::destroy))
        .route("/users/me/style.css", get(users::style))
        .route("/users/{id}", get(users::show))
        .route("/users/{id}/transfers", post(transfers::create))
        .route("/users/{id}/avatar", get(avatars::show));

    let administrators = Router::new()
        .route("/account", post(accounts::update).put(accounts::update).patch(accounts::update)
            .layer(uploads()))
        .route("/account/bots", get(bots::index).post(bots::create))
        .route("/account/join_code", post(accounts::replace_join_code))
        // The logo itself is for everybody.
        .route("/account/logo", get(logos::show).post(logos::update).put(logos::update)
            .delete(logos::destroy).layer(uploads()))
        .route("/account/logo/delete", post(logos::destroy))
        .route("/account/custom_styles", post(custom_styles::update).put(custom_styles::update)
            .patch(custom_styles::update))
        .route("/account/custom_styles/edit", get(custom_styles::edit).post(custom_styles::update))
        .route("/account/users/{id}", post(people::update).put(people::update)
            .patch(people::update).delete(people::destroy))
        .route("/account/users/{id}/delete", post(people::destroy))
        .route("/users/{id}/ban", post(bans::create).delete(bans::destroy))
        .route("/users/{id}/ban/delete", post(bans::destroy));

    let room_members = Router::new()
        .route("/rooms/{id}", get(rooms::show).delete(rooms::destroy))
        .route("/rooms/{id}/delete", post(rooms::destroy))
        .route("/rooms/opens/{id}", get(room_settings::show).post(room_settings::update::<OPEN>)
            .put(room_settings::update::<OPEN>).patch(room_settings::update::<OPEN>))
        .route("/rooms/opens/{id}/edit", get(room_settings::edit::<OPEN>).post(room_settings::edit_again::<OPEN>))
        .route("/rooms/closeds/{id}", get(room_settings::show).post(room_settings::update::<CLOSED>)
            .put(room_settings::update::<CLOSED>).patch(room_settings::update::<CLOSED>))
        .route("/rooms/closeds/{id}/edit", get(room_settings::edit::<CLOSED>).post(room_settings::edit_again::<CLOSED>))
        .route("/rooms/directs/{id}", get(directs::show).delete(directs::destroy))
        .route("/rooms/directs/{id}/edit", get(directs::edit))
        .route("/rooms/directs/{id}/delete", post(directs::destroy))
        .route("/rooms/{id}/involvement", get(memberships::involvement).post(memberships::change_involvement)
            .put(memberships::change_involvement).patch(memberships::change_involvement))
        .route("/rooms/{id}/membership/delete", post(memberships::destroy))
        .route("/rooms/{id}/archive", post(archives::create).delete(archives::destroy))
        .route("/rooms/{id}/archive/delete", post(archives::destroy))
        .route("/rooms/{id}/messages/{mid}/unread", post(memberships::mark_unread))
        .route("/rooms/{id}/{at}", get(rooms::show_around))
        .route("/rooms/{id}/messages", get(messages::index).post(messages::create))
        .route("/rooms/{id}/messages/{mid}", get(messages::show).post(messages::update)
            .put(messages::update).patch(messages::update).delete(messages::destroy))
        .route("/rooms/{id}/messages/{mid}/edit", get(messages::edit))
        .route("/rooms/{id}/messages/{mid}/delete", post(messages::destroy))
        .route("/messages/{mid}/boosts", get(boosts::index).post(boosts::create))
        .route("/messages/{mid}/boosts/{id}", delete(boosts::destroy))
        .route("/messages/{mid}/boosts/{id}/delete", post(boosts::destroy));

    let pages = anyone.merge(people).merge(administrators).merge(room_members)
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(app.clone(), banned_addresses::refuse))
        .layer(session_store::layer(&app))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, WHOLE_REQUEST))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn_with_state(app.clone(), error::present))
        .layer(from_fn_with_state(app.clone(), preferences::apply))
        .layer(
            // The quickest level takes a quarter of the time for a few bytes more.
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(DefaultPredicate::new().and(SizeAbove::new(WORTH_PACKING))),
        );

    let headers = security_headers::Headers::new(&app.config);
    pages
        .merge(Router::new().route("/assets/{*path}", get(assets::show)))
        .layer(from_fn(one_meaning::require))
        .layer(from_fn(request_log::log))
        .layer(from_fn_with_state(headers, security_headers::add))
        .with_state(app)
}

fn uploads() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_UPLOAD)
}
