//! The fields of a form, urlencoded or multipart. Handlers take the ones they know by name, so a
//! field nobody asked for changes nothing.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use percent_encoding::percent_decode;

use crate::error::Error;
use crate::web::error::Failure;
use crate::words::{self, sentence};

/// Fields in one form at most: the form of a room may name everybody.
const MAX_FIELDS: usize = 20_000;

/// Text fields in the order they came; a name may come more than once.
#[derive(Debug, Default)]
pub struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The first value of a field; empty when it did not come.
    pub fn text(&self, name: &str) -> &str {
        self.find(name).unwrap_or("")
    }

    /// Every value of a field that may come more than once.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Adds a value, as if it had come with the form.
    pub fn put(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// The first value of a field.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            return multipart(request, state).await;
        }
        let body = Bytes::from_request(request, state).await.map_err(|refused| {
            if refused.into_response_status() == StatusCode::PAYLOAD_TOO_LARGE {
                Failure::TooLarge
            } else {
                malformed()
            }
        })?;
        urlencoded(&body)
    }
}

trait RejectionStatus {
    fn into_response_status(self) -> StatusCode;
}

impl<T: axum::response::IntoResponse> RejectionStatus for T {
    fn into_response_status(self) -> StatusCode {
        self.into_response().status()
    }
}

/// Unlike the usual parsers this one refuses bytes that are not UTF-8: a message must not be
/// stored with its letters replaced.
pub(super) fn urlencoded(body: &[u8]) -> Result<Fields, Failure> {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let mut fields = Vec::new();
    for pair in pairs {
        let split = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (&pair[..split], pair.get(split + 1..).unwrap_or(b""));
        push(&mut fields, decode(name)?, decode(value)?)?;
    }
    Ok(Fields(fields))
}

fn decode(encoded: &[u8]) -> Result<String, Failure> {
    let spaced: Vec<u8> = encoded.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).map_err(|_| not_utf8())
}

async fn multipart<S: Send + Sync>(request: Request, state: &S) -> Result<Fields, Failure> {
    let mut parts = Multipart::from_request(request, state).await.map_err(|_| malformed())?;
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|error| refused(&error))? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.map_err(|error| refused(&error))?;
        if !is_file {
            push(&mut fields, name, String::from_utf8(bytes.into()).map_err(|_| not_utf8())?)?;
        }
    }
    Ok(Fields(fields))
}

pub(super) fn push(
    fields: &mut Vec<(String, String)>,
    name: String,
    value: String,
) -> Result<(), Failure> {
    if fields.len() == MAX_FIELDS {
        return Err(malformed());
    }
    fields.push((name, value));
    Ok(())
}

pub(super) fn refused(error: &axum::extract::multipart::MultipartError) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Failure::TooLarge } else { malformed() }
}

pub(super) fn malformed() -> Failure {
    Error::invalid("form", sentence(words::form_unreadable)).into()
}

pub(super) fn not_utf8() -> Failure {
    Error::invalid("form", sentence(words::text_unreadable)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_may_repeat() {
        let fields = urlencoded(b"a=1+2&a=%C3%A9&b&=x&c=d=e").unwrap();
        assert_eq!(fields.text("a"), "1 2");
        assert_eq!(fields.0[1].1, "é");
        assert_eq!((fields.text("b"), fields.text("c"), fields.find("z")), ("", "d=e", None));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        assert!(urlencoded(b"body=%FF%FE").is_err());
        assert!(urlencoded(b"body=\xff").is_err());
    }
}
