//! Puts a view into a response.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::{Answer, Failure};
use super::preferences;
use crate::app::App;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::account::DEFAULT_ACCOUNT_NAME;
use crate::model::{Account, User, UserId};
use crate::queries;
use crate::views::{Site, Viewer};

/// Marks a response whose body a handler has drawn, whatever its status.
#[derive(Clone, Copy)]
struct Drawn;

pub fn is_drawn(response: &Response) -> bool {
    response.extensions().get::<Drawn>().is_some()
}

/// A page with status 200.
pub fn page(view: &impl Template) -> Answer {
    Ok(page_with_status(StatusCode::OK, view))
}

/// A page that must not be kept by any cache or history: it holds a secret or a form for one.
pub fn secret_page(status: StatusCode, view: &impl Template) -> Answer {
    let mut response = page_with_status(status, view);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A page with any status. A view that cannot be drawn is a failure of ours.
pub fn page_with_status(status: StatusCode, view: &impl Template) -> Response {
    match view.render() {
        Ok(html) => drawn(status, html),
        Err(error) => Failure::from(Error::Internal(error.into())).into_response(),
    }
}

/// What has been drawn already.
pub fn drawn(status: StatusCode, html: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    let mut response = (status, kind, html).into_response();
    response.extensions_mut().insert(Drawn);
    response
}

/// An answer that is right as it is, though its status is that of a refusal.
pub fn as_drawn(mut response: Response) -> Response {
    response.extensions_mut().insert(Drawn);
    response
}

/// A piece of a page for htmx or a script of ours.
pub fn fragment(view: &impl Template) -> Answer {
    Ok(fragment_with_status(StatusCode::OK, view))
}

pub fn fragment_with_status(status: StatusCode, view: &impl Template) -> Response {
    page_with_status(status, view)
}

/// What every page says about the server.
pub fn site(app: &App) -> Result<Site> {
    Ok(site_of(app.reader.read(queries::accounts::account)?.as_ref()))
}

pub fn site_of(account: Option<&Account>) -> Site {
    match account {
        None => nameless_site(),
        Some(account) => Site {
            account_name: account.name.clone(),
            logo_url: account
                .logo_changed_at
                .map_or_else(|| stock_logo().to_owned(), |at| format!("/account/logo?v={}", at.0)),
            custom_styles_url: account
                .custom_styles_changed_at
                .map(|at| format!("/account/custom_styles.css?v={}", at.0)),
            version: VERSION,
            theme: preferences::chosen().theme,
            muted: preferences::chosen().muted,
            attention: preferences::chosen().attention,
            keyless: preferences::chosen().keyless,
            is_demo: preferences::chosen().is_demo,
        },
    }
}

/// For pages before there is an account, and for errors that strike before it can be read.
pub fn nameless_site() -> Site {
    Site {
        account_name: DEFAULT_ACCOUNT_NAME.to_owned(),
        logo_url: stock_logo().to_owned(),
        custom_styles_url: None,
        version: VERSION,
        theme: preferences::chosen().theme,
        muted: preferences::chosen().muted,
        attention: preferences::chosen().attention,
        keyless: preferences::chosen().keyless,
        is_demo: preferences::chosen().is_demo,
    }
}

/// The person who looks at a page.
pub fn viewer(db: &Connection, id: UserId) -> Result<Viewer> {
    let user: User = queries::users::by_id(db, id)?;
    Ok(Viewer { user })
}

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

fn stock_logo() -> &'static str {
    crate::views::assets::LOGO
}
