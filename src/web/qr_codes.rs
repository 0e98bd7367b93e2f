//! Texts as QR codes, so that a phone can open a link that a screen shows.

use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::error::Answer;
use crate::error::Error;

/// Longest text, in bytes: links are shorter, and denser codes are hard to read.
const MAX_TEXT: usize = 1_000;

/// `GET /qr_code/:id`, where the id is the text as URL-safe base64. Links hold secrets, so no
/// cache keeps the picture.
pub async fn show(Path(id): Path<String>) -> Answer {
    let padding =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text = GeneralPurpose::new(&URL_SAFE, padding).decode(id).map_err(|_| Error::NotFound)?;
    if text.is_empty() || text.len() > MAX_TEXT || std::str::from_utf8(&text).is_err() {
        return Err(Error::NotFound.into());
    }
    let code = QrCode::with_error_correction_level(&text, EcLevel::M)
        .map_err(|error| Error::Internal(error.into()))?;
    let picture = code.render::<svg::Color>().module_dimensions(4, 4).build();
    Ok(([(header::CONTENT_TYPE, "image/svg+xml; charset=utf-8")], picture).into_response())
}
