//! The gallery of views on a port of its own: every page and fragment with sample data.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::assets;
use crate::views::preview::gallery;

/// A gallery that answers until the process ends.
pub struct Gallery {
    pub address: SocketAddr,
}

/// Starts to show the gallery.
pub async fn start(bind: SocketAddr) -> anyhow::Result<Gallery> {
    let listener = TcpListener::bind(bind).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/", get(index))
        .route("/preview/{name}", get(show))
        .route("/assets/{*path}", get(assets::show));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(Gallery { address })
}

async fn show(Path(name): Path<String>) -> Response {
    let found = gallery().into_iter().find(|(found, _)| *found == name);
    found.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |(_, html)| Html(html).into_response(),
    )
}

async fn index() -> Html<String> {
    let links: Vec<String> = gallery()
        .iter()
        .map(|(name, _)| format!("<li><a href=\"/preview/{name}\">{name}</a></li>"))
        .collect();
    Html(format!(
        "<!doctype html><title>Gallery</title><h1>Gallery</h1><ul>{}</ul>",
        links.concat()
    ))
}
