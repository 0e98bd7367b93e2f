//! The operator's stylesheet: edited by administrators, served to everybody as a file of its own.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum_extra::extract::cookie::CookieJar;

use super::error::Answer;
use super::extract::{Administrator, CurrentUser, Fields};
use super::{flash, html};
use crate::app::App;
use crate::commands::accounts::ReplaceCustomStyles;
use crate::error::Error;
use crate::model::CustomStyles;
use crate::queries;
use crate::views::accounts::CustomStylesPage;
use crate::views::{Flash, Site};

/// `GET /account/custom_styles.css`: its address changes with its content, on pages of ours.
pub async fn show(State(app): State<App>) -> Answer {
    let styles = app.reader.read(queries::accounts::custom_styles)?.ok_or(Error::NotFound)?;
    let kind = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300, stale-while-revalidate=604800"),
    ];
    Ok((kind, styles).into_response())
}

/// `GET /account/custom_styles/edit`
pub async fn edit(
    State(app): State<App>,
    Administrator(user): Administrator,
    jar: CookieJar,
) -> Answer {
    let mut forget = HeaderMap::new();
    let said = flash::take(&app, &jar, &mut forget);
    let styles = app.reader.read(queries::accounts::custom_styles)?.unwrap_or_default();
    let mut response = page(&app, &user, StatusCode::OK, styles, None, said)?;
    response.headers_mut().extend(forget);
    Ok(response)
}

/// `POST /account/custom_styles`: `custom_styles`; blank takes them away.
pub async fn update(
    State(app): State<App>,
    Administrator(user): Administrator,
    fields: Fields,
) -> Answer {
    let typed = fields.text("custom_styles");
    let styles = match CustomStyles::parse(typed) {
        Ok(styles) => styles,
        Err(refused) => {
            let (typed, problem) = (typed.to_owned(), Some(refused.to_string()));
            return page(&app, &user, StatusCode::UNPROCESSABLE_ENTITY, typed, problem, None);
        }
    };
    app.writer.run(ReplaceCustomStyles { actor_id: user.id, styles }).await?;
    tracing::info!(actor_id = %user.id, "the custom styles were changed");
    flash::redirect(&app, "/account/custom_styles/edit", flash::STYLES_SAVED)
}

fn page(
    app: &App,
    user: &CurrentUser,
    status: StatusCode,
    styles: String,
    problem: Option<String>,
    flash: Option<Flash>,
) -> Answer {
    let page = app.reader.read(|db| {
        let site = html::site_of(queries::accounts::account(db)?.as_ref());
        Ok(CustomStylesPage {
            // Whatever they do to other pages, this one must stay usable to undo it.
            site: Site { custom_styles_url: None, ..site },
            viewer: html::viewer(db, user.id)?,
            styles,
            problem,
            flash,
        })
    })?;
    Ok(html::page_with_status(status, &page))
}
