//! The account's logo: taken in by administrators, shown to everybody, stock until there is one.

use std::io::{BufReader, Read};

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::error::Answer;
use super::extract::upload::Content;
use super::extract::{Administrator, FieldsAndFile};
use super::{accounts, assets, flash};
use crate::app::App;
use crate::commands::accounts::{LogoKeys, ReplaceLogo};
use crate::error::{Error, Result};
use crate::pictures::{self, LOGO_SIDE, SMALL_LOGO_SIDE};
use crate::queries;
use crate::views::FieldErrors;
use crate::views::assets::{LOGO_192, LOGO_512};
use crate::words;

/// The name of the form's field.
pub const FIELD: &str = "logo";
const CACHED: &str = "public, max-age=300, stale-while-revalidate=604800";

/// Stores a logo in both its sizes, or says why not.
///
/// # Errors
/// `Busy` when the disk refuses or too many pictures wait.
pub async fn take_in(app: &App, content: Content) -> Result<std::result::Result<LogoKeys, String>> {
    let Content::Whole(mut sent) = content else {
        return Ok(Err(words::logo_too_large().to_owned()));
    };
    if sent.byte_size() == 0 {
        return Ok(Err(words::choose_a_picture_first().to_owned()));
    }
    let files = app.files.clone();
    let worked = app.pictures.work(FIELD, move || {
        let source = match sent.contents() {
            Ok(file) => BufReader::new(file),
            Err(error) => return Ok(Err(error)),
        };
        let large = pictures::fitted(source, LOGO_SIDE)?;
        let small = pictures::shrunk(&large, SMALL_LOGO_SIDE);
        let (large, small) = (pictures::png(&large)?, pictures::png(&small)?);
        let stored = files
            .store(&large)
            .and_then(|large| Ok(LogoKeys { small: files.store(&small)?, large }));
        Ok(stored)
    });
    match worked.await {
        Ok(Ok(keys)) => Ok(Ok(keys)),
        Ok(Err(error)) => {
            tracing::error!(%error, "a logo could not be stored");
            Err(Error::Busy)
        }
        Err(Error::Invalid(fields)) => {
            let sentences: Vec<String> =
                fields.into_iter().map(|field| field.sentence.to_string()).collect();
            Ok(Err(sentences.join(" ")))
        }
        Err(error) => Err(error),
    }
}

/// `POST /account/logo`: `logo`, a picture.
pub async fn update(
    State(app): State<App>,
    Administrator(user): Administrator,
    headers: HeaderMap,
    FieldsAndFile { fields, file }: FieldsAndFile,
) -> Answer {
    let taken = match file.filter(|file| file.field == FIELD) {
        Some(file) => take_in(&app, file.content).await?,
        None => Err(words::choose_a_picture_first().to_owned()),
    };
    match taken {
        Ok(keys) => {
            app.writer.run(ReplaceLogo { actor_id: user.id, logo: Some(keys) }).await?;
            tracing::info!(actor_id = %user.id, "the logo was changed");
            flash::redirect(&app, "/account/edit", flash::LOGO_CHANGED)
        }
        Err(sentence) => {
            let mut errors = FieldErrors::default();
            errors.add(FIELD, sentence);
            accounts::refused(&app, &user, &headers, &fields, errors)
        }
    }
}

/// `POST /account/logo/delete`
pub async fn destroy(State(app): State<App>, Administrator(user): Administrator) -> Answer {
    app.writer.run(ReplaceLogo { actor_id: user.id, logo: None }).await?;
    tracing::info!(actor_id = %user.id, "the logo was removed");
    flash::redirect(&app, "/account/edit", flash::LOGO_REMOVED)
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    size: String,
}

/// `GET /account/logo?size=small`: PNG within 192 by 192 pixels, else within 512 by 512.
pub async fn show(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Answer {
    let small = wanted.size == "small";
    let own = app.reader.read(|db| queries::accounts::logo(db, small))?;
    let own = own.and_then(|(key, changed_at)| {
        let name =
            format!("logo-{}-{}", if small { SMALL_LOGO_SIDE } else { LOGO_SIDE }, changed_at.0);
        stored(&app, &key).map(|bytes| (name, bytes))
    });
    let (name, bytes) = match own {
        Some(own) => own,
        None => stock(if small { LOGO_192 } else { LOGO_512 })?,
    };
    let tag = format!("\"{name}\"");
    let known = headers.get(header::IF_NONE_MATCH);
    let mut response = if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "image/png")], bytes).into_response()
    };
    label(&mut response, &tag);
    Ok(response)
}

pub(super) fn label(response: &mut Response, tag: &str) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHED));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
}

/// None if the file is lost: the stock icon is better than a hole.
fn stored(app: &App, key: &str) -> Option<Bytes> {
    let mut bytes = Vec::new();
    match app.files.open(key).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => Some(bytes.into()),
        Err(error) => {
            tracing::warn!(%error, "the file of the logo could not be read");
            None
        }
    }
}

pub(super) fn stock(url: &'static str) -> Result<(String, Bytes)> {
    let bytes = assets::embedded(url).ok_or(Error::NotFound)?;
    let name = url.rsplit('/').next().unwrap_or(url);
    Ok((name.trim_end_matches(".png").to_owned(), bytes))
}
