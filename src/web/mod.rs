//! HTTP in, HTTP out. The table below is the map of the site.

pub mod accounts;
pub mod archives;
pub mod assets;
pub mod audit_log;
pub mod autocompletion;
pub mod avatars;
pub mod bans;
pub mod boosts;
pub mod bot_boosts;
pub mod bot_guide;
pub mod bot_messages;
pub mod bot_rooms;
pub mod bots;
pub mod by_key;
pub mod calls;
pub mod catch_up;
pub mod composing;
pub mod cookies;
pub mod custom_styles;
pub mod deliveries;
pub mod demos;
pub mod directs;
pub mod error;
pub mod extract;
pub mod files;
pub mod first_runs;
pub mod flash;
pub mod health;
pub mod html;
pub mod icons;
pub mod installed;
pub mod joins;
pub mod json;
pub mod kept;
pub mod limits;
mod line;
pub mod link_previews;
pub mod live;
pub mod logos;
pub mod memberships;
pub mod messages;
pub mod middleware;
pub mod people;
pub mod people_picker;
pub mod preferences;
pub mod preview;
pub mod profiles;
pub mod push_subscriptions;
pub mod qr_codes;
pub mod requests;
pub mod room_settings;
pub mod rooms;
pub mod searches;
pub mod server;
pub mod session_list;
pub mod session_store;
pub mod sessions;
pub mod shares;
pub mod sidebar;
pub mod slack;
pub mod socket;
pub mod sounds;
pub mod switcher;
pub mod to_https;
pub mod transfers;
pub mod upgrade;
pub mod uploads;
pub mod users;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use tower::ServiceBuilder;
use tower::layer::layer_fn;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::map_request_body::MapRequestBodyLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::app::App;
use crate::model::attachment::MAX_ATTACHMENTS;
use by_key::by_key;
use extract::CurrentUser;
use middleware::packing::Packing;
use middleware::{banned_addresses, one_meaning, request_log, security_headers};
use room_settings::{CLOSED, OPEN};

/// Largest body of a form, in bytes.
pub const MAX_FORM: usize = 1024 * 1024;
/// Largest body of a form that may bring a picture, in bytes: more than the picture may have, so
/// that who sends too much is told so beside the field.
const MAX_UPLOAD: usize = 32 * 1024 * 1024;
/// How long a body may pause between two pieces.
const BODY_PAUSE: Duration = Duration::from_secs(10);
/// Bytes a second with which files may come.
const SLOWEST_LINE: u64 = 16 * 1024;
/// How long a request may take in all, its body included.
const WHOLE_REQUEST: Duration = Duration::from_secs(60);

/// Every route, grouped by who may enter. The extractors of each handler enforce it.
pub fn router(app: App) -> Router {
    router_with(app, Router::new())
}

/// The same with routes of somebody else's, which then go through all that ours go through.
#[rustfmt::skip]
pub fn router_with(app: App, more: Router<App>) -> Router {
    let anyone = Router::new()
        .route("/up", get(health::up))
        .route("/health", get(health::health))
        // For monitors: see their extractor.
        .route("/health/detailed", get(health::detailed))
        .route("/metrics", get(health::metrics))
        .route("/robots.txt", get(health::robots))
        .route("/account/logo/icon", get(icons::show))
        .route("/webmanifest", get(installed::manifest))
        .route("/webmanifest.json", get(installed::manifest))
        .route("/service-worker.js", get(installed::service_worker))
        .route("/offline", get(installed::offline))
        .route("/qr_code/{id}", get(qr_codes::show))
        .route("/bots/guide", get(bot_guide::show))
        .route("/bots/guide.txt", get(bot_guide::text))
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
        .route("/live", get(live::listen))
        .route("/live/frames", get(live::ask))
        .route("/account/edit", get(accounts::edit))
        .route("/autocompletable/users", get(autocompletion::users))
        .route("/autocompletable/emoji", get(autocompletion::emoji))
        .route("/autocompletable/sounds", get(autocompletion::sounds))
        .route("/users/me/profile", get(profiles::show).post(profiles::update)
            .put(profiles::update).patch(profiles::update).layer(uploads()))
        .route("/users/me/avatar", delete(avatars::destroy))
        .route("/users/me/avatar/delete", post(avatars::destroy))
        .route("/unfurl_link", post(link_previews::create))
        .route("/sounds/{name}", get(sounds::show))
        .route("/users/me/sounds", post(preferences::update_sounds))
        .route("/users/me/keys", get(preferences::keys).post(preferences::update_keys))
        .route("/users/me/attention", post(preferences::update_attention))
        .route("/users/me/language", post(preferences::update_language))
        .route("/users/me/theme", post(preferences::update_theme))
        .route("/users/me/transfers", post(transfers::create_own))
        .route("/users/me/sessions", get(session_list::index))
        .route("/users/me/sessions/delete", post(session_list::destroy_others))
        .route("/users/me/sessions/{id}", delete(session_list::destroy))
        .route("/users/me/sessions/{id}/delete", post(session_list::destroy))
        .route("/users/me/push_subscriptions", get(push_subscriptions::index).post(push_subscriptions::create))
        .route("/users/me/push_subscriptions/{id}", delete(push_subscriptions::destroy))
        .route("/users/me/push_subscriptions/{id}/delete", post(push_subscriptions::destroy))
        .route("/users/me/push_subscriptions/{id}/test_notifications", post(push_subscriptions::test))
        .route("/users/me/quiet_hours", post(push_subscriptions::update_quiet_hours))
        .route("/users/me/sidebar", get(sidebar::show))
        .route("/users/me/switcher", get(switcher::show))
        .route("/mentions", get(calls::index))
        .route("/searches", get(searches::index).post(searches::create))
        .route("/searches/clear", post(searches::clear))
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
        .route("/users/{id}/avatar", get(avatars::show))
        .route("/uploads/{id}/delete", post(uploads::destroy));

    let administrators = Router::new()
        .route("/account", post(accounts::update).put(accounts::update).patch(accounts::update)
            .layer(uploads()))
        .route("/account/bots", get(bots::index).post(bots::create).layer(uploads()))
        .route("/account/bots/new", get(bots::new))
        .route("/account/bots/{id}", post(bots::update).put(bots::update).patch(bots::update)
            .delete(bots::destroy).layer(uploads()))
        .route("/account/bots/{id}/edit", get(bots::edit))
        .route("/account/bots/{id}/key", post(bots::reset_key).put(bots::reset_key)
            .patch(bots::reset_key))
        .route("/account/bots/{id}/deliveries", get(deliveries::index).post(deliveries::create))
        .route("/account/bots/{id}/avatar/delete", post(bots::remove_picture))
        .route("/account/bots/{id}/delete", post(bots::destroy))
        .route("/account/health", get(health::show))
        .route("/account/audit_log", get(audit_log::index))
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
        .route("/rooms/{id}/mute", post(push_subscriptions::mute))
        .route("/rooms/{id}/membership/delete", post(memberships::destroy))
        .route("/rooms/{id}/archive", post(archives::create).delete(archives::destroy))
        .route("/rooms/{id}/archive/delete", post(archives::destroy))
        .route("/rooms/{id}/messages/{mid}/unread", post(memberships::mark_unread))
        .route("/rooms/{id}/{at}", get(rooms::show_around))
        .route("/files/{id}/{name}", get(files::show))
        .route("/files/{id}/thumbnail", get(files::thumbnail))
        .route("/rooms/{id}/messages", get(by_key(bot_messages::index, messages::index)))
        .route("/rooms/{id}/messages/{mid}", get(by_key(bot_messages::show, messages::show))
            .post(by_key(bot_messages::update, messages::update))
            .put(by_key(bot_messages::update, messages::update))
            .patch(by_key(bot_messages::update, messages::update))
            .delete(by_key(bot_messages::destroy, messages::destroy)))
        .route("/rooms/{id}/messages/{mid}/edit", get(messages::edit))
        .route("/rooms/{id}/messages/{mid}/delete",
            post(by_key(bot_messages::destroy, messages::destroy)))
        .route("/messages/{mid}/link_preview", delete(link_previews::destroy))
        .route("/messages/{mid}/link_preview/delete", post(link_previews::destroy))
        .route("/messages/{mid}/link_preview/picture", get(link_previews::picture))
        .route("/messages/{mid}/boosts", get(boosts::index).post(boosts::create))
        .route("/messages/{mid}/boosts/{id}", delete(boosts::destroy))
        .route("/messages/{mid}/boosts/{id}/delete", post(boosts::destroy));

    let bots = Router::new()
        .route("/bots/me", get(bot_rooms::show))
        .route("/bots/me/pings", post(bot_rooms::create_ping))
        .route("/bots/{bot_key}", get(bot_rooms::show))
        .route("/bots/{bot_key}/pings", post(bot_rooms::create_ping))
        .route("/rooms/{id}/{bot_key}/messages", get(bot_messages::index))
        .route("/rooms/{id}/{bot_key}/messages/{mid}", get(bot_messages::show)
            .post(bot_messages::update).put(bot_messages::update).patch(bot_messages::update)
            .delete(bot_messages::destroy))
        .route("/rooms/{id}/{bot_key}/messages/{mid}/delete", post(bot_messages::destroy))
        .route("/rooms/{id}/{bot_key}/messages/{mid}/boosts", get(bot_boosts::index)
            .post(bot_boosts::create))
        .route("/rooms/{id}/{bot_key}/messages/{mid}/boosts/{boost}", delete(bot_boosts::destroy))
        .route("/rooms/{id}/{bot_key}/messages/{mid}/boosts/{boost}/delete",
            post(bot_boosts::destroy))
        // The same with the key in a header.
        .route("/rooms/{id}/messages/{mid}/boosts", get(bot_boosts::index).post(bot_boosts::create))
        .route("/rooms/{id}/messages/{mid}/boosts/{boost}", delete(bot_boosts::destroy))
        .route("/rooms/{id}/messages/{mid}/boosts/{boost}/delete", post(bot_boosts::destroy))
        .route("/rooms/{id}/{bot_key}/slack", post(slack::create));

    // Nothing of it is there unless this server shows a demo.
    let demo = Router::new()
        .route("/demo", get(demos::index))
        .route("/demo/people/{id}", get(demos::show).post(demos::create))
        .route("/demo/tour/{step}", get(demos::tour));
    let demo = if app.config.demo { demo } else { Router::new() };

    // They bring files, which may come over slow lines.
    let senders_of_files = Router::new()
        .route("/rooms/{id}/messages", post(by_key(bot_messages::create, messages::create))
            .layer(files_of(&app, MAX_ATTACHMENTS)))
        .route("/rooms/{id}/{bot_key}/messages", post(bot_messages::create)
            .layer(files_of(&app, MAX_ATTACHMENTS)))
        .route("/share", get(shares::show).post(shares::create)
            .layer(files_of(&app, MAX_ATTACHMENTS)))
        .route("/uploads", post(uploads::create).layer(files_of(&app, 1)));

    let pages = anyone.merge(people).merge(administrators).merge(room_members).merge(bots).merge(demo)
        .merge(more)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, WHOLE_REQUEST))
        .merge(senders_of_files)
        // Who is signed in is told so in their language.
        .fallback(|_: Result<CurrentUser, error::Failure>| async { StatusCode::NOT_FOUND });

    // Each `layer` of a router copies all that lies below it for every request; so what pages and
    // forms go through is one layer, the outermost part first.
    let pages = pages.layer(
        ServiceBuilder::new()
            .layer(layer_fn(Packing::of))
            .layer(from_fn_with_state(app.clone(), preferences::apply))
            .layer(from_fn_with_state(app.clone(), error::present))
            .layer(CatchPanicLayer::custom(error::panicked))
            .layer(CsrfLayer::new())
            .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
            .layer(MapRequestBodyLayer::new(Body::new))
            .layer(DefaultBodyLimit::max(MAX_FORM))
            .layer(session_store::layer(&app))
            .layer(from_fn_with_state(app.clone(), banned_addresses::refuse)),
    );
    let headers = security_headers::Headers::new(&app.config);
    let counted = app.clone();
    pages
        .merge(Router::new().route("/assets/{*path}", get(assets::show)))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(headers, security_headers::add))
                .layer(from_fn_with_state(counted, request_log::log))
                .layer(from_fn(one_meaning::require)),
        )
        .with_state(app)
}

/// What so many files may take: their bytes and their form, and time for a line of 16 KiB a second.
fn files_of(app: &App, count: usize) -> (DefaultBodyLimit, TimeoutLayer) {
    let bytes =
        app.config.max_upload().saturating_mul(count as u64).saturating_add(2 * MAX_FORM as u64);
    let time = WHOLE_REQUEST + Duration::from_secs(bytes / SLOWEST_LINE);
    let limit = DefaultBodyLimit::max(usize::try_from(bytes).unwrap_or(usize::MAX));
    (limit, TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, time))
}

fn uploads() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_UPLOAD)
}
