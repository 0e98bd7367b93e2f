//! The installed app: its manifest, its service worker, and its page for when there is no network.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::{Answer, Failure};
use super::extract::CurrentUser;
use super::html;
use crate::app::App;
use crate::model::Theme;
use crate::pictures::{LOGO_SIDE, SMALL_LOGO_SIDE};
use crate::views::installed::OfflinePage;
use crate::views::{Site, assets, draw};
use crate::words;

const WORKER: &str = include_str!("../../static/service-worker.js");
/// What the worker itself may fetch: it has a policy of its own, apart from that of the pages.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'self'";
/// Whoever it is: who is signed in is spoken to in the language they have chosen.
type Somebody = std::result::Result<CurrentUser, Failure>;

const OFFLINE: &str = "/offline";
/// Characters of the account's name that are shown below an icon.
const SHORT_NAME: usize = 30;

/// `GET /webmanifest`, and as browsers like to call it, `/webmanifest.json`.
pub async fn manifest(State(app): State<App>, _: Somebody) -> Answer {
    let manifest = manifest_of(&html::site(&app)?, app.config.files_enabled);
    let headers =
        [(CONTENT_TYPE, "application/manifest+json"), (CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, manifest.to_string()).into_response())
}

fn manifest_of(site: &Site, files_enabled: bool) -> Value {
    // The address says which logo it is, so that a new one has another.
    let version = site.logo_url.split_once('?').map(|(_, version)| version);
    let icon = |kind: &str, side: u32, stock: &str| {
        let own = version.map(|version| format!("/account/logo/icon?kind={kind}&{version}"));
        json!({
            "src": own.as_deref().unwrap_or(stock),
            "sizes": format!("{side}x{side}"),
            "type": "image/png",
            "purpose": if kind == "maskable" { "maskable" } else { "any" },
        })
    };
    let icons = [
        icon("small", SMALL_LOGO_SIDE, assets::LOGO_192),
        icon("large", LOGO_SIDE, assets::LOGO_512),
        // The stock icon has its edges free.
        icon("maskable", LOGO_SIDE, assets::LOGO_512),
    ];
    let shortcut = |name: &str, url: &str| {
        json!({
            "name": name, "url": url,
            "icons": [&icons[0]],
        })
    };
    json!({
        "id": "/",
        "name": site.account_name,
        "short_name": site.account_name.chars().take(SHORT_NAME).collect::<String>(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fcfaf7",
        "theme_color": "#fcfaf7",
        "categories": ["social", "business", "productivity"],
        "icons": icons,
        "shortcuts": [
            shortcut(words::new_room(), "/rooms/opens/new"),
            shortcut(words::search(), "/searches"),
            shortcut(words::mentions(), "/mentions"),
            shortcut(words::your_profile(), "/users/me/profile"),
        ],
        "share_target": share_target(files_enabled),
    })
}

/// What other apps may hand over, and how.
fn share_target(files_enabled: bool) -> Value {
    let mut params = json!({ "title": "title", "text": "text", "url": "url" });
    if !files_enabled {
        return json!({ "action": "/share", "method": "GET", "params": params });
    }
    params["files"] = json!([{ "name": "attachments", "accept": ["*/*"] }]);
    json!({
        "action": "/share", "method": "POST", "enctype": "multipart/form-data", "params": params,
    })
}

/// `GET /service-worker.js`: never kept without asking, so that a new version comes at once. Its
/// version is a digest of itself and of all it keeps.
pub async fn service_worker(State(app): State<App>, _: Somebody) -> Answer {
    let site = html::site(&app)?;
    let files = [
        assets::APP_CSS,
        assets::app_js(),
        assets::kept_js(),
        assets::ICONS,
        assets::LOGO_192,
        &site.logo_url,
        OFFLINE,
    ];
    let files = serde_json::to_string(&files).unwrap_or_default();
    let offline = draw(&offline_page(site))?;
    // The worker puts the moment in.
    let kept = words::kept_room("{at}").to_string();
    let digest = Sha256::digest([WORKER, &files, &offline, &kept].concat());
    let version: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let worker = WORKER
        .replace("@VERSION@", &version)
        .replace("@FILES@", &files)
        .replace("@SEEN@", &serde_json::to_string(&kept).unwrap_or_default());
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, WORKER_POLICY),
    ];
    Ok((headers, worker).into_response())
}

/// `GET /offline`: what is shown in place of a page that needs the network.
pub async fn offline(State(app): State<App>, _: Somebody) -> Answer {
    html::page(&offline_page(html::site(&app)?))
}

/// The look is the device's own: the page is kept for longer than a choice may last.
fn offline_page(site: Site) -> OfflinePage {
    OfflinePage { site: Site { theme: Theme::System, ..site } }
}
