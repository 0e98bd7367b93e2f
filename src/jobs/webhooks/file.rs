//! A file that a bot's program answers with: onto the disk as it comes, then a part of a message.

use std::io;

use sha2::{Digest, Sha256};

use super::super::Tools;
use crate::files::{Files, NewFile};
use crate::model::Preview;
use crate::model::attachment::{Kind, StoredFile, kind_of};
use crate::outbound::{Answer, CallError};
use crate::pictures::measure;

/// Bytes that are gathered before they are written.
const GATHERED: usize = 256 * 1024;
/// How files of these types are called; others by what is usual for their type.
const NAMES: [(&str, &str); 7] = [
    ("image/jpeg", "jpeg"),
    ("image/svg+xml", "svg"),
    ("text/html", "html"),
    ("text/plain", "txt"),
    ("application/octet-stream", "bin"),
    ("audio/mpeg", "mp3"),
    ("video/mp4", "mp4"),
];

/// Why there is no file.
pub enum NoFile {
    Call(CallError),
    /// The disk does not take it.
    Disk(io::Error),
}

/// Reads what is left of an answer, after what was read of it already. None if it is empty.
pub async fn receive(
    tools: &Tools,
    read_already: Vec<u8>,
    kind: &str,
    answer: &mut Answer,
) -> Result<Option<StoredFile>, NoFile> {
    let mut receiving = Receiving {
        file: tools.files.begin().map_err(NoFile::Disk)?,
        hash: Sha256::new(),
        gathered: read_already,
    };
    while let Some(piece) = answer.chunk().await.map_err(NoFile::Call)? {
        receiving.gathered.extend_from_slice(&piece);
        if receiving.gathered.len() >= GATHERED {
            receiving = blocking(move || receiving.written()).await?;
        }
    }
    let filename = name_for(kind);
    let reads_films = tools.workshop.reads_films();
    blocking(move || receiving.written()?.kept(filename, reads_films)).await
}

/// Deletes a file that became part of nothing. What cannot be deleted now is swept away later.
pub fn forget(files: &Files, stored: &StoredFile) {
    if let Err(error) = files.delete(&stored.key) {
        tracing::warn!(%error, "a file that was not posted could not be deleted yet");
    }
}

struct Receiving {
    file: NewFile,
    hash: Sha256,
    gathered: Vec<u8>,
}

impl Receiving {
    fn written(mut self) -> io::Result<Self> {
        self.file.write(&self.gathered)?;
        self.hash.update(&self.gathered);
        self.gathered.clear();
        Ok(self)
    }

    fn kept(self, filename: String, reads_films: bool) -> io::Result<Option<StoredFile>> {
        let Self { mut file, hash, .. } = self;
        if file.byte_size() == 0 {
            return Ok(None);
        }
        let look = measure::look(file.contents()?)?;
        Ok(Some(StoredFile {
            byte_size: i64::try_from(file.byte_size()).unwrap_or(i64::MAX),
            filename,
            content_type: look.content_type.to_owned(),
            sha256: hash.finalize().into(),
            width: look.size.map(|(width, _)| width.into()),
            height: look.size.map(|(_, height)| height.into()),
            preview: match kind_of(look.content_type) {
                Kind::Film if !reads_films => Preview::None,
                _ => look.preview,
            },
            key: file.keep()?,
        }))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, NoFile> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| NoFile::Disk(io::Error::other(error)))?.map_err(NoFile::Disk)
}

/// `attachment.png` for `image/png`.
fn name_for(kind: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == kind).map(|(_, extension)| *extension);
    let usual = || mime_guess::get_mime_extensions_str(kind)?.last().copied();
    let (_, subtype) = kind.split_once('/').unwrap_or_default();
    let is_extension = mime_guess::get_mime_extensions_str(kind)
        .is_some_and(|extensions| extensions.contains(&subtype));
    let extension = match (known, is_extension) {
        (Some(known), _) => known,
        (None, true) => subtype,
        (None, false) => usual().unwrap_or("bin"),
    };
    format!("attachment.{extension}")
}

#[cfg(test)]
mod tests {
    use super::name_for;

    #[test]
    fn files_are_named_by_their_type() {
        for (kind, name) in [
            ("image/jpeg", "attachment.jpeg"),
            ("image/png", "attachment.png"),
            ("image/svg+xml", "attachment.svg"),
            ("application/pdf", "attachment.pdf"),
            ("application/json", "attachment.json"),
            ("text/csv", "attachment.csv"),
            ("text/plain", "attachment.txt"),
            ("x-unheard/of", "attachment.bin"),
            ("nonsense", "attachment.bin"),
        ] {
            assert_eq!(name_for(kind), name, "{kind}");
        }
    }
}
