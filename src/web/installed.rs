//! The installed app: its manifest, its service worker, and its page for when there is no network.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::Answer;
use super::html;
use crate::app::App;
use crate::views::Site;
use crate::views::assets;
use crate::views::installed::OfflinePage;

const WORKER: &str = include_str!("../../static/service-worker.js");
/// What the worker itself may fetch: it has a policy of its own, apart from that of the pages.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'self'";

/// `GET /webmanifest`, and as browsers like to call it, `/webmanifest.json`.
pub async fn manifest(State(app): State<App>) -> Answer {
    let manifest = manifest_of(&html::site(&app)?);
    let headers =
        [(CONTENT_TYPE, "application/manifest+json"), (CACHE_CONTROL, "public, max-age=3600")];
    Ok((headers, manifest.to_string()).into_response())
}

fn manifest_of(site: &Site) -> Value {
    let own = site.logo_url != assets::LOGO;
    // The stock icons have their edges free, so a launcher may cut them to its shape. An account's
    // own logo may reach to its edges.
    let icons = match own {
        true => {
            let small = format!("{}&size=small", site.logo_url);
            json!([
                { "src": small, "sizes": "192x192", "type": "image/png", "purpose": "any" },
                { "src": site.logo_url, "sizes": "512x512", "type": "image/png", "purpose": "any" },
                { "src": assets::LOGO_512, "sizes": "512x512", "type": "image/png", "purpose": "maskable" },
            ])
        }
        false => json!([
            { "src": assets::LOGO_192, "sizes": "192x192", "type": "image/png", "purpose": "any" },
            { "src": assets::LOGO_512, "sizes": "512x512", "type": "image/png", "purpose": "any" },
            { "src": assets::LOGO_512, "sizes": "512x512", "type": "image/png", "purpose": "maskable" },
        ]),
    };
    let shortcut = |name: &str, url: &str| {
        json!({
            "name": name, "url": url,
            "icons": [{ "src": assets::LOGO_192, "sizes": "192x192", "type": "image/png" }],
        })
    };
    json!({
        "id": "/",
        "name": site.account_name,
        "short_name": site.account_name.chars().take(30).collect::<String>(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "categories": ["social", "business", "productivity"],
        "icons": icons,
        "shortcuts": [
            shortcut("New room", "/rooms/opens/new"),
            shortcut("Search", "/searches"),
            shortcut("Mentions", "/mentions"),
            shortcut("Your profile", "/users/me/profile"),
        ],
        "share_target": {
            "action": "/share", "method": "GET",
            "params": { "title": "title", "text": "text", "url": "url" },
        },
    })
}

/// `GET /service-worker.js`: never kept without asking, so that a new version comes at once.
pub async fn service_worker() -> Response {
    let files = [assets::APP_CSS, assets::APP_JS, assets::ICONS, assets::LOGO, assets::LOGO_192];
    let files: Vec<&str> = files.into_iter().chain(["/offline"]).collect();
    let files = serde_json::to_string(&files).unwrap_or_default();
    let digest = Sha256::digest(format!("{WORKER}{files}{}", html::VERSION));
    let version: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let worker = WORKER.replace("@VERSION@", &version).replace("@FILES@", &files);
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, WORKER_POLICY),
    ];
    (headers, worker).into_response()
}

/// `GET /offline`: what is shown in place of a page that needs the network.
pub async fn offline(State(app): State<App>) -> Answer {
    html::page(&OfflinePage { site: html::site(&app)? })
}
