//! Files of messages, served to who is in the room of the message, whenever they ask.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::Answer;
use super::extract::{CurrentUser, Ids};
use super::middleware::security_headers::FILE_POLICY;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::AttachmentId;
use crate::model::attachment::{OPAQUE, url_name};
use crate::pictures;
use crate::queries;
use crate::queries::attachments::Served;

/// Read and sent at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// `GET /files/:id/:name`: shown by browsers if its bytes are of a harmless kind, else kept.
pub async fn show(
    State(app): State<App>,
    user: CurrentUser,
    Ids(id): Ids<AttachmentId>,
    params: RawPathParams,
    headers: HeaderMap,
) -> Answer {
    let served = visible(&app, &user, id)?;
    let filename = &served.attachment.filename;
    // Under any other name it could be taken for a page or a style by what stands in between.
    let named = params.iter().nth(1).is_some_and(|(_, name)| url_name(name) == url_name(filename));
    if !named {
        return Err(Error::NotFound.into());
    }
    let file = opened(&app, &served.storage_key)?;
    let shown = served.attachment.shown_type();
    let disposition = disposition(shown.is_some(), filename);
    let kind = shown.unwrap_or(OPAQUE).to_owned();
    let tag = tag_of(&served, "");
    respond(file, &kind, &disposition, &tag, &headers)
}

/// `GET /files/:id/thumbnail`: the small copy of a picture or a film.
pub async fn thumbnail(
    State(app): State<App>,
    user: CurrentUser,
    Ids(id): Ids<AttachmentId>,
    headers: HeaderMap,
) -> Answer {
    let served = visible(&app, &user, id)?;
    let key = served.thumbnail_key.as_deref().ok_or(Error::NotFound)?;
    let mut file = opened(&app, key)?;
    let mut start = Vec::new();
    let read = (&mut file).take(16).read_to_end(&mut start);
    read.map_err(|error| Error::Internal(error.into()))?;
    let tag = tag_of(&served, "-thumbnail");
    respond(file, pictures::media_type(&start), "inline; filename=\"thumbnail\"", &tag, &headers)
}

/// The file, if this person is in the room of its message now.
fn visible(app: &App, user: &CurrentUser, id: AttachmentId) -> Result<Served> {
    let served = app.reader.read(|db| queries::attachments::served(db, id))?;
    if !app.access.is_member(served.room_id, user.id) {
        return Err(Error::NotFound);
    }
    Ok(served)
}

fn opened(app: &App, key: &str) -> Result<File> {
    app.files.open(key).map_err(|error| {
        tracing::error!(%error, "a stored file could not be opened");
        Error::NotFound
    })
}

/// The content never changes under its number; its digest tells it from that of another database.
fn tag_of(served: &Served, part: &str) -> String {
    let digest = served.sha256.iter().flatten().take(12);
    let digest: String = digest.map(|byte| format!("{byte:02x}")).collect();
    format!("\"{}-{digest}{part}\"", served.attachment.id)
}

/// RFC 6266: a name of plain letters, and the real one for whoever understands it.
fn disposition(shown: bool, filename: &str) -> String {
    let way = if shown { "inline" } else { "attachment" };
    let plain: String = filename
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " .-_()".contains(c) { c } else { '_' })
        .collect();
    let encoded = utf8_percent_encode(filename, NON_ALPHANUMERIC);
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// What of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// First and last byte.
    Piece(u64, u64),
    /// Nothing of it is there.
    Beyond,
}

/// One range of bytes. More than one at a time nobody needs: then all of it is sent.
fn part_of(range: Option<&str>, size: u64) -> Part {
    let Some((first, last)) = range
        .and_then(|range| range.trim().strip_prefix("bytes="))
        .filter(|range| !range.contains(','))
        .and_then(|range| range.split_once('-'))
    else {
        return Part::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let piece = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => return Part::Whole,
        (Ok(first), Ok(last)) => (first, last.min(size.saturating_sub(1))),
        (Ok(first), Err(_)) if last.is_empty() => (first, size.saturating_sub(1)),
        (Err(_), Ok(length)) if first.is_empty() && length > 0 => {
            (size.saturating_sub(length), size.saturating_sub(1))
        }
        (Err(_), Ok(0)) if first.is_empty() => return Part::Beyond,
        _ => return Part::Whole,
    };
    if piece.0 >= size { Part::Beyond } else { Part::Piece(piece.0, piece.1) }
}

fn respond(mut file: File, kind: &str, disposition: &str, tag: &str, asked: &HeaderMap) -> Answer {
    let broken = |error: std::io::Error| Error::Internal(error.into());
    let size = file.metadata().map_err(broken)?.len();
    let said = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let known = said(header::IF_NONE_MATCH).is_some_and(|tags| {
        tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)
    });
    // A piece fits only what the asker has of the same file.
    let fits = said(header::IF_RANGE).is_none_or(|known| known == tag);
    let part = part_of(said(header::RANGE).filter(|_| fits), size);
    let mut response = match part {
        _ if known => StatusCode::NOT_MODIFIED.into_response(),
        Part::Beyond => {
            let whole = format!("bytes */{size}");
            (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, whole)]).into_response()
        }
        Part::Whole => {
            file.seek(SeekFrom::Start(0)).map_err(broken)?;
            ([(header::CONTENT_LENGTH, size.to_string())], body(file, size)).into_response()
        }
        Part::Piece(first, last) => {
            file.seek(SeekFrom::Start(first)).map_err(broken)?;
            let length = last - first + 1;
            let headers = [
                (header::CONTENT_LENGTH, length.to_string()),
                (header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}")),
            ];
            (StatusCode::PARTIAL_CONTENT, headers, body(file, length)).into_response()
        }
    };
    label(&mut response, kind, disposition, tag)?;
    Ok(response)
}

fn label(response: &mut Response, kind: &str, disposition: &str, tag: &str) -> Result<()> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(anyhow::Error::from);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, value(kind)?);
    headers.insert(header::CONTENT_DISPOSITION, value(disposition)?);
    headers.insert(header::ETAG, value(tag)?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    Ok(())
}

/// So many bytes of a file from where it stands, read as they are taken.
fn body(file: File, length: u64) -> Body {
    Body::from_stream(stream::unfold(Some((file, length)), |rest| async move {
        let (file, left) = rest.filter(|(_, left)| *left > 0)?;
        let read = tokio::task::spawn_blocking(move || piece(file, left)).await;
        Some(match read.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            Ok((bytes, file)) => {
                let left = left - bytes.len() as u64;
                (Ok(bytes), Some((file, left)))
            }
            Err(error) => (Err(error), None),
        })
    }))
}

fn piece(mut file: File, left: u64) -> std::io::Result<(Bytes, File)> {
    let mut bytes = Vec::with_capacity(PIECE);
    (&mut file).take(left.min(PIECE as u64)).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok((bytes.into(), file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_at_a_time() {
        for (range, part) in [
            (None, Part::Whole),
            (Some("bytes=0-9"), Part::Piece(0, 9)),
            (Some("bytes=90-"), Part::Piece(90, 99)),
            (Some("bytes=90-1000"), Part::Piece(90, 99)),
            (Some("bytes=-10"), Part::Piece(90, 99)),
            (Some("bytes=-1000"), Part::Piece(0, 99)),
            (Some("bytes=100-"), Part::Beyond),
            (Some("bytes=-0"), Part::Beyond),
            (Some("bytes=9-0"), Part::Whole),
            (Some("bytes=0-1,5-6"), Part::Whole),
            (Some("bytes=a-b"), Part::Whole),
            (Some("lines=0-9"), Part::Whole),
        ] {
            assert_eq!(part_of(range, 100), part, "{range:?}");
        }
        assert_eq!(part_of(Some("bytes=0-"), 0), Part::Beyond);
    }

    #[test]
    fn a_name_cannot_say_anything_else_in_a_header() {
        let said = disposition(false, "a\"; filename=b\\ü.exe");
        assert!(said.starts_with("attachment; filename=\"a__ filename_b__.exe\"; "), "{said}");
        assert!(said.ends_with("filename*=UTF-8''a%22%3B%20filename%3Db%5C%C3%BC%2Eexe"), "{said}");
    }
}
