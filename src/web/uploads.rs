//! Files on their way into messages: received onto the disk, kept once they are whole, posted
//! with their message or sent ahead of it.

use std::io;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::error::{Answer, Failure};
use super::extract::message_form::{Chunks, MessageForm};
use super::extract::{CurrentUser, Ids};
use crate::app::App;
use crate::commands::attachments::{DiscardUpload, StageUpload};
use crate::commands::messages::{PostMessage, Posted};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::files::{Files, NewFile};
use crate::model::attachment::{Kind, StoredFile, Uploader, clean_filename, kind_of, size_words};
use crate::model::{Attachment, AttachmentId, NewAttachment, Preview, UserId};
use crate::pictures::measure;
use crate::views::rooms::FILES_OFF;
use crate::words::{self, sentence};

/// Bytes that are gathered before they are written.
const GATHERED: usize = 256 * 1024;

/// One whole file, not yet part of anything; deleted when dropped.
pub struct ReceivedFile {
    file: NewFile,
    sha256: [u8; 32],
    filename: String,
}

/// Writes a file to the disk as it comes. `Ok(None)` for a field in which nothing was chosen; the
/// inner error says why a whole file is not taken. What is not taken is read to its end, so that
/// the answer is heard.
///
/// # Errors
/// When the request breaks off.
pub async fn receive(
    app: &App,
    sent_name: &str,
    mut chunks: Chunks<'_>,
) -> std::result::Result<Result<Option<ReceivedFile>>, Failure> {
    let most = app.config.max_upload();
    let mut receiving = app.files.begin().map(Receiving::new).map_err(refused);
    if !app.config.files_enabled && !sent_name.is_empty() {
        receiving = Err(Error::SwitchedOff(sentence(FILES_OFF)));
    }
    while let Some(chunk) = chunks.next().await? {
        receiving = match receiving {
            Ok(receiving) if receiving.size + chunk.len() as u64 > most => {
                Err(too_large(&clean_filename(sent_name), most))
            }
            Ok(receiving) => receiving.take(&chunk).await,
            refused => refused,
        };
    }
    let received = match receiving {
        Ok(receiving) if receiving.size == 0 && sent_name.is_empty() => return Ok(Ok(None)),
        Ok(receiving) => receiving.finish(clean_filename(sent_name)).await,
        Err(error) => Err(error),
    };
    Ok(received.map(Some))
}

fn too_large(filename: &str, most: u64) -> Error {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Error::TooLarge(sentence(|| words::file_too_large(filename, size_words(most))))
}

/// What a disk that refuses means for the person.
fn refused(error: io::Error) -> Error {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        tracing::error!("the disk has no room left for files");
        return Error::NoSpace;
    }
    tracing::error!(%error, "a file could not be stored");
    Error::Busy
}

/// A file that is being received. Written in large pieces, on threads that may wait for the disk.
struct Receiving {
    file: NewFile,
    hash: Sha256,
    gathered: Vec<u8>,
    /// Bytes that have come, written or not.
    size: u64,
}

impl Receiving {
    fn new(file: NewFile) -> Self {
        Self { file, hash: Sha256::new(), gathered: Vec::new(), size: 0 }
    }

    async fn take(mut self, chunk: &[u8]) -> Result<Self> {
        self.gathered.extend_from_slice(chunk);
        self.size += chunk.len() as u64;
        if self.gathered.len() < GATHERED { Ok(self) } else { self.write().await }
    }

    async fn write(mut self) -> Result<Self> {
        blocking(move || {
            self.file.write(&self.gathered)?;
            self.hash.update(&self.gathered);
            self.gathered.clear();
            Ok(self)
        })
        .await
    }

    async fn finish(self, filename: String) -> Result<ReceivedFile> {
        let Self { file, hash, .. } = self.write().await?;
        Ok(ReceivedFile { file, sha256: hash.finalize().into(), filename })
    }
}

impl ReceivedFile {
    /// Onto the disk for good. A film gets a picture only where something can take one.
    fn keep(mut self, reads_films: bool) -> io::Result<StoredFile> {
        let byte_size = i64::try_from(self.file.byte_size()).unwrap_or(i64::MAX);
        let look = measure::look(self.file.contents()?)?;
        Ok(StoredFile {
            byte_size,
            filename: self.filename,
            content_type: look.content_type.to_owned(),
            sha256: self.sha256,
            width: look.size.map(|(width, _)| width.into()),
            height: look.size.map(|(_, height)| height.into()),
            preview: match kind_of(look.content_type) {
                Kind::Film if !reads_films => Preview::None,
                _ => look.preview,
            },
            key: self.file.keep()?,
        })
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?;
    done.map_err(refused)
}

/// Files that are on the disk and in no row yet.
async fn keep(app: &App, received: Vec<ReceivedFile>) -> Result<Vec<StoredFile>> {
    let (files, reads_films) = (app.files.clone(), app.workshop.reads_films());
    blocking(move || {
        let mut kept = Vec::with_capacity(received.len());
        for file in received {
            match file.keep(reads_films) {
                Ok(file) => kept.push(file),
                Err(error) => {
                    forget(&files, &kept);
                    return Err(error);
                }
            }
        }
        Ok(kept)
    })
    .await
}

/// Deletes files that became part of nothing. What cannot be deleted now is swept away later.
fn forget(files: &Files, stored: &[StoredFile]) {
    for file in stored {
        if let Err(error) = files.delete(&file.key) {
            tracing::warn!(%error, "a refused file could not be deleted yet");
        }
    }
}

/// Runs a command that puts these files into rows, and deletes them if it is refused. It goes on
/// when the asker has left, as the command would be applied nevertheless. When nobody knows
/// whether it was (the database does not take writes), the sweep decides later.
async fn with_files<C: Command<Event>>(
    app: &App,
    stored: Vec<StoredFile>,
    command: C,
    unused: impl FnOnce(&C::Output) -> bool + Send + 'static,
) -> Result<C::Output> {
    let (writer, files) = (app.writer.clone(), app.files.clone());
    let posted = tokio::spawn(async move {
        let outcome = writer.run(command).await;
        let is_unused = match &outcome {
            Ok(output) => unused(output),
            Err(Error::Busy | Error::Internal(_)) => false,
            Err(_) => true,
        };
        if is_unused {
            let _ = tokio::task::spawn_blocking(move || forget(&files, &stored)).await;
        }
        outcome
    });
    posted.await.map_err(anyhow::Error::from)?
}

/// Posts a message with the files that came with it, behind those that came before.
///
/// # Errors
/// What the command refuses; `NoSpace` and `Busy` when the disk does not take the files.
pub async fn post(
    app: &App,
    mut message: PostMessage,
    received: Vec<ReceivedFile>,
) -> Result<Posted> {
    if received.is_empty() {
        return app.writer.run(message).await;
    }
    let stored = keep(app, received).await?;
    message.files.extend(stored.iter().cloned().map(NewAttachment::Stored));
    // A message that was posted before has its files already.
    with_files(app, stored, message, |posted| posted.repeated).await
}

/// Who sends, and how much room there is.
pub fn uploader(app: &App, id: UserId) -> Uploader {
    Uploader { id, quota: app.config.quota() }
}

/// Keeps a file whose message is yet to be posted, for a day.
///
/// # Errors
/// What the command refuses; `NoSpace` and `Busy` when the disk does not take the file.
pub async fn send_ahead(app: &App, user_id: UserId, file: ReceivedFile) -> Result<Attachment> {
    let stored = keep(app, vec![file]).await?;
    let [file] = <[StoredFile; 1]>::try_from(stored).map_err(|_| Error::Busy)?;
    let command = StageUpload { uploader: uploader(app, user_id), file: file.clone() };
    with_files(app, vec![file], command, |_| false).await
}

/// `POST /uploads`: one file, sent ahead of the message that will name it by the answered number.
pub async fn create(State(app): State<App>, user: CurrentUser, form: MessageForm) -> Answer {
    app.limits.post(user.id)?;
    let received = form.files?;
    let [file] = <[ReceivedFile; 1]>::try_from(received)
        .map_err(|_| Error::invalid("attachment", sentence(words::one_file_at_a_time)))?;
    let attachment = send_ahead(&app, user.id, file).await?;
    let answer = json!({
        "id": attachment.id,
        "filename": attachment.filename,
        "byte_size": attachment.byte_size,
    });
    Ok((StatusCode::CREATED, axum::Json(answer)).into_response())
}

/// `POST /uploads/:id/delete`: one's own file whose message was not posted.
pub async fn destroy(
    State(app): State<App>,
    user: CurrentUser,
    Ids(id): Ids<AttachmentId>,
) -> Answer {
    app.writer.run(DiscardUpload { id, uploader_id: user.id }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
