//! The form of a message: its fields, and the files it brings. Files go to the disk as they come,
//! no further than their limit, so that a request costs no memory to speak of.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;
use futures_util::Stream;

use super::Fields;
use super::fields::{malformed, not_utf8, push, refused};
use crate::app::App;
use crate::error::Error;
use crate::model::attachment::MAX_ATTACHMENTS;
use crate::web::MAX_FORM;
use crate::web::error::Failure;
use crate::web::uploads::{self, ReceivedFile};
use crate::words::{self, sentence};

/// Bytes the parser may take without handing anything on: the head of a part fits in.
const UNUSED: usize = 64 * 1024;
/// How long a form without files may take.
pub const PLAIN_FORM: Duration = Duration::from_secs(60);

/// What a message is made of. Multipart, or urlencoded without files.
pub struct MessageForm {
    pub fields: Fields,
    /// The files of the fields `attachments` and `attachment`, in the order they came; or why
    /// they are not taken. They are deleted when dropped.
    pub files: Result<Vec<ReceivedFile>, Error>,
}

impl FromRequest<App> for MessageForm {
    type Rejection = Failure;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data")) {
            DefaultBodyLimit::max(MAX_FORM).apply(&mut request);
            let fields = tokio::time::timeout(PLAIN_FORM, Fields::from_request(request, app));
            let fields = fields.await.map_err(|_| malformed())??;
            return Ok(Self { fields, files: Ok(Vec::new()) });
        }
        let unused = Arc::new(AtomicUsize::new(UNUSED));
        let metered = unused.clone();
        let request = request.map(|body| {
            let parts = body.into_data_stream();
            Body::from_stream(Metered { parts, left: metered, rests: false })
        });
        let parts = Multipart::from_request(request, app).await.map_err(|_| malformed())?;
        read(parts, &unused, app).await
    }
}

async fn read(
    mut parts: Multipart,
    unused: &AtomicUsize,
    app: &App,
) -> Result<MessageForm, Failure> {
    let mut fields = Fields::default();
    let mut files = Ok(Vec::new());
    let mut text_left = MAX_FORM;
    while let Some(part) = parts.next_field().await.map_err(|error| refused(&error))? {
        unused.store(UNUSED, Ordering::Relaxed);
        let name = part.name().unwrap_or_default().to_owned();
        let Some(file_name) = part.file_name().map(str::to_owned) else {
            let text = text(part, unused, &mut text_left).await?;
            push(&mut fields.0, name, text)?;
            continue;
        };
        let wanted = ["attachments", "attachment"].contains(&name.as_str());
        let received = match &mut files {
            Ok(files) if wanted && files.len() < MAX_ATTACHMENTS => {
                Some(uploads::receive(app, &file_name, Chunks { part, unused }).await?)
            }
            Ok(_) if wanted => {
                let refused = sentence(|| words::too_many_files(MAX_ATTACHMENTS));
                drain(Chunks { part, unused }).await?;
                Some(Err(Error::invalid("attachments", refused)))
            }
            _ => {
                drain(Chunks { part, unused }).await?;
                None
            }
        };
        match (received, &mut files) {
            (Some(Ok(Some(file))), Ok(files)) => files.push(file),
            (Some(Err(error)), _) => files = Err(error),
            // A field in which nothing was chosen.
            _ => {}
        }
    }
    Ok(MessageForm { fields, files })
}

async fn text(
    mut part: Field<'_>,
    unused: &AtomicUsize,
    left: &mut usize,
) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| refused(&error))? {
        unused.store(UNUSED, Ordering::Relaxed);
        *left = left.checked_sub(chunk.len()).ok_or(Failure::TooLarge)?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| not_utf8())
}

/// The content of a part, piece by piece.
pub struct Chunks<'a> {
    part: Field<'a>,
    unused: &'a AtomicUsize,
}

impl Chunks<'_> {
    /// The next piece; none at the end.
    ///
    /// # Errors
    /// When the request breaks off or is too large.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let chunk = self.part.chunk().await.map_err(|error| refused(&error))?;
        self.unused.store(UNUSED, Ordering::Relaxed);
        Ok(chunk)
    }
}

/// Reads what nobody wants, so that the answer is heard.
async fn drain(mut chunks: Chunks<'_>) -> Result<(), Failure> {
    while chunks.next().await?.is_some() {}
    Ok(())
}

/// Hands the parser one piece at a time and stops when it takes too much without giving anything
/// back: it keeps all of it in memory.
struct Metered {
    parts: BodyDataStream,
    left: Arc<AtomicUsize>,
    /// A piece was just handed over: the parser should do something with it first.
    rests: bool,
}

impl Stream for Metered {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.rests) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.parts).poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            let left = self.left.load(Ordering::Relaxed);
            if piece.len() > left {
                let error = std::io::Error::other("a part has no end");
                return Poll::Ready(Some(Err(axum::Error::new(error))));
            }
            self.left.store(left - piece.len(), Ordering::Relaxed);
            self.rests = true;
        }
        polled
    }
}
