//! What was chosen on this device: light or dark, whether sounds play by themselves, whether single
//! keys act, and how a page calls while nobody looks at it. And by a person, wherever they are: the
//! language.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::cookies;
use super::error::Answer;
use super::extract::{CurrentUser, Fields};
use super::session_store::cookie_name;
use super::{flash, html};
use crate::app::App;
use crate::commands::profiles::ChooseLanguage;
use crate::error::Error;
use crate::model::{Attention, Theme};
use crate::views::keys::KeysPage;
use crate::words::{self, Language};

/// The choices of one device.
#[derive(Clone, Copy, Default)]
pub struct Preferences {
    pub theme: Theme,
    /// Sounds wait for a click.
    pub muted: bool,
    pub attention: Attention,
    /// Letters alone do nothing.
    pub keyless: bool,
    /// Somebody has signed in here; whether that still counts is asked elsewhere.
    pub has_session: bool,
    /// The same for every device: this server shows a demo.
    pub is_demo: bool,
}

tokio::task_local! {
    /// Every page of a request has one look, error pages included; handing it through each
    /// handler would only invite one to forget it.
    static CHOSEN: Preferences;
}

/// Reads the choices before anything is drawn.
pub async fn apply(State(app): State<App>, request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let chosen = Preferences {
        theme: cookies::theme(&app, &jar),
        muted: cookies::muted(&app, &jar),
        attention: cookies::attention(&app, &jar),
        keyless: cookies::keyless(&app, &jar),
        has_session: jar.get(cookie_name(app.config.is_secure(), app.config.demo)).is_some(),
        is_demo: app.config.demo,
    };
    let language = wanted(request.headers());
    words::speaking_through(language, CHOSEN.scope(chosen, next.run(request))).await
}

/// What the browser asks for. Who has chosen a language gets that as soon as they are known.
fn wanted(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.map_or_else(Language::default, Language::wanted)
}

/// `POST /users/me/language`: `language` is one of our tags, or empty for that of the browser.
pub async fn update_language(State(app): State<App>, user: CurrentUser, fields: Fields) -> Answer {
    let language = match fields.text("language") {
        "" => None,
        tag => Some(Language::parse(tag).ok_or_else(|| {
            Error::invalid("language", words::sentence(words::choose_a_language))
        })?),
    };
    app.writer.run(ChooseLanguage { user_id: user.id, language }).await?;
    flash::redirect(&app, "/users/me/profile", flash::LANGUAGE_CHANGED)
}

/// The choices of the device whose request is being answered.
pub fn chosen() -> Preferences {
    CHOSEN.try_with(|chosen| *chosen).unwrap_or_default()
}

/// `POST /users/me/theme`
pub async fn update_theme(State(app): State<App>, _: CurrentUser, fields: Fields) -> Answer {
    let theme = Theme::parse(fields.text("theme"))
        .ok_or_else(|| Error::invalid("theme", words::sentence(words::choose_theme)))?;
    let mut headers = HeaderMap::new();
    cookies::remember_theme(&app, &mut headers, theme);
    cookies::leave_notice(&app, &mut headers, flash::THEME_CHANGED);
    Ok((headers, Redirect::to("/users/me/profile")).into_response())
}

/// `POST /users/me/sounds`
pub async fn update_sounds(State(app): State<App>, _: CurrentUser, fields: Fields) -> Answer {
    let muted = match fields.text("sounds") {
        "on" => false,
        "off" => true,
        _ => return Err(Error::invalid("sounds", words::sentence(words::choose_on_or_off)).into()),
    };
    let mut headers = HeaderMap::new();
    cookies::remember_muted(&app, &mut headers, muted);
    cookies::leave_notice(&app, &mut headers, flash::SOUNDS_CHANGED);
    Ok((headers, Redirect::to("/users/me/profile")).into_response())
}

/// `POST /users/me/attention`: `attention` comes once for each way that is on.
pub async fn update_attention(State(app): State<App>, _: CurrentUser, fields: Fields) -> Answer {
    let attention = Attention::of_ways(fields.all("attention"))
        .ok_or_else(|| Error::invalid("attention", words::sentence(words::choose_attention)))?;
    let mut headers = HeaderMap::new();
    cookies::remember_attention(&app, &mut headers, attention);
    cookies::leave_notice(&app, &mut headers, flash::ATTENTION_CHANGED);
    Ok((headers, Redirect::to("/users/me/profile")).into_response())
}

/// `GET /users/me/keys`: what keys do.
pub async fn keys(State(app): State<App>, user: CurrentUser, jar: CookieJar) -> Answer {
    let mut headers = HeaderMap::new();
    let flash = flash::take(&app, &jar, &mut headers);
    let site = html::site(&app)?;
    let viewer = app.reader.read(|db| html::viewer(db, user.id))?;
    let page = KeysPage { site, viewer, flash };
    Ok((headers, html::page(&page)?).into_response())
}

/// `POST /users/me/keys`: whether letters alone act on this device.
pub async fn update_keys(State(app): State<App>, _: CurrentUser, fields: Fields) -> Answer {
    let keyless = match fields.text("keys") {
        "on" => false,
        "off" => true,
        _ => return Err(Error::invalid("keys", words::sentence(words::choose_on_or_off)).into()),
    };
    let mut headers = HeaderMap::new();
    cookies::remember_keyless(&app, &mut headers, keyless);
    cookies::leave_notice(&app, &mut headers, flash::KEYS_CHANGED);
    Ok((headers, Redirect::to("/users/me/keys")).into_response())
}
