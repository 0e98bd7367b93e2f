//! The account's logo as launchers want it: square, and where they cut it to a shape of their own,
//! small enough on a ground of ours.

use std::collections::HashMap;
use std::io::BufReader;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::error::Answer;
use super::logos::{FIELD, label, stock};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::Timestamp;
use crate::pictures::{self, LOGO_SIDE, SMALL_LOGO_SIDE};
use crate::queries;
use crate::views::assets::{LOGO_192, LOGO_512};

/// The colour of pages, which is also said in the manifest.
const GROUND: [u8; 3] = [0xfc, 0xfa, 0xf7];
/// Of the side, in tenths: a square of this size is within every shape that launchers cut.
const SAFE: u32 = 5;

/// Which of the icons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// 192 by 192 pixels.
    Small,
    /// 512 by 512 pixels.
    Large,
    /// As large, to be cut to a shape.
    Maskable,
}

impl Kind {
    fn of(text: &str) -> Self {
        match text {
            "small" => Kind::Small,
            "maskable" => Kind::Maskable,
            _ => Kind::Large,
        }
    }

    fn side(self) -> u32 {
        if self == Kind::Small { SMALL_LOGO_SIDE } else { LOGO_SIDE }
    }
}

/// Icons that were made, each of the logo that was last changed at that moment.
#[derive(Default)]
pub struct Icons(Mutex<HashMap<Kind, (Timestamp, Bytes)>>);

impl Icons {
    fn find(&self, kind: Kind, changed_at: Timestamp) -> Option<Bytes> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&kind).filter(|(at, _)| *at == changed_at).map(|(_, icon)| icon.clone())
    }

    fn keep(&self, kind: Kind, changed_at: Timestamp, icon: Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(kind, (changed_at, icon));
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    kind: String,
}

/// `GET /account/logo/icon?kind=small|large|maskable`: a square PNG, large if it is not said.
pub async fn show(State(app): State<App>, Query(wanted): Query<Wanted>) -> Answer {
    let kind = Kind::of(&wanted.kind);
    let own = app.reader.read(|db| queries::accounts::logo(db, false))?;
    let made = match own {
        Some((key, changed_at)) => made(&app, kind, key, changed_at).await?,
        None => None,
    };
    let (name, bytes) = match made {
        Some(made) => made,
        None => stock(if kind == Kind::Small { LOGO_192 } else { LOGO_512 })?,
    };
    let mut response = ([(header::CONTENT_TYPE, "image/png")], bytes).into_response();
    label(&mut response, &format!("\"{name}\""));
    Ok(response)
}

/// None if the logo cannot be read: the stock icon is better than a hole.
async fn made(
    app: &App,
    kind: Kind,
    key: String,
    changed_at: Timestamp,
) -> Result<Option<(String, Bytes)>> {
    let name = format!("icon-{kind:?}-{}", changed_at.0).to_lowercase();
    if let Some(icon) = app.icons.find(kind, changed_at) {
        return Ok(Some((name, icon)));
    }
    let files = app.files.clone();
    let drawn = app.pictures.work(FIELD, move || {
        let logo = match files.open(&key) {
            Ok(file) => BufReader::new(file),
            Err(error) => {
                tracing::warn!(%error, "the file of the logo could not be read");
                return Ok(None);
            }
        };
        let side = kind.side();
        let square = match kind {
            Kind::Maskable => pictures::framed(logo, side, side * SAFE / 10, Some(GROUND))?,
            Kind::Small | Kind::Large => pictures::framed(logo, side, side, None)?,
        };
        pictures::png(&square).map(Some)
    });
    match drawn.await {
        Ok(Some(icon)) => {
            let icon = Bytes::from(icon);
            app.icons.keep(kind, changed_at, icon.clone());
            Ok(Some((name, icon)))
        }
        Ok(None) | Err(Error::Invalid(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
