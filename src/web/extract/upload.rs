//! A form that may bring one file. The file goes to the disk as it comes, and no further than its
//! limit, so that a request costs no memory to speak of.

use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;

use super::Fields;
use super::fields::{malformed, not_utf8, push, refused};
use crate::app::App;
use crate::error::Error;
use crate::files::NewFile;
use crate::pictures::MAX_PICTURE_BYTES;
use crate::web::error::Failure;

/// The text fields, and the file if one was chosen.
pub struct FieldsAndFile {
    pub fields: Fields,
    pub file: Option<Upload>,
}

/// One file of a form.
pub struct Upload {
    /// The name of the form's field.
    pub field: String,
    pub content: Content,
}

pub enum Content {
    /// Everything that was sent; deleted when dropped.
    Whole(NewFile),
    /// More than [`MAX_PICTURE_BYTES`]; read to its end and forgotten.
    TooLarge,
}

impl FromRequest<App> for FieldsAndFile {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data")) {
            let fields = Fields::from_request(request, app).await?;
            return Ok(Self { fields, file: None });
        }
        let mut parts = Multipart::from_request(request, app).await.map_err(|_| malformed())?;
        let mut form = Self { fields: Fields::default(), file: None };
        while let Some(part) = parts.next_field().await.map_err(|error| refused(&error))? {
            let Some(name) = part.name().map(str::to_owned) else { continue };
            match part.file_name() {
                None => {
                    let bytes = part.bytes().await.map_err(|error| refused(&error))?;
                    let text = String::from_utf8(bytes.into()).map_err(|_| not_utf8())?;
                    push(&mut form.fields.0, name, text)?;
                }
                // A field in which nothing was chosen.
                Some("") => {}
                Some(_) if form.file.is_some() => return Err(malformed()),
                Some(_) => {
                    form.file = Some(Upload { field: name, content: receive(part, app).await? });
                }
            }
        }
        Ok(form)
    }
}

async fn receive(mut part: Field<'_>, app: &App) -> Result<Content, Failure> {
    let mut file = Some(app.files.begin().map_err(disk)?);
    while let Some(chunk) = part.chunk().await.map_err(|error| refused(&error))? {
        file = match file {
            Some(file) if file.byte_size() + chunk.len() as u64 > MAX_PICTURE_BYTES => None,
            Some(mut file) => {
                file.write(&chunk).map_err(disk)?;
                Some(file)
            }
            None => None,
        };
    }
    Ok(file.map_or(Content::TooLarge, Content::Whole))
}

/// A full disk is the usual reason: the person can only try later.
fn disk(error: std::io::Error) -> Failure {
    tracing::error!(%error, "an upload could not be stored");
    Error::Busy.into()
}
