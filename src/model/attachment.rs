//! A stored file that belongs to a message.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::text::clean_line;
use super::{AttachmentId, UserId};
use crate::words;

/// Most files in one message.
pub const MAX_ATTACHMENTS: usize = 10;
/// Longest name of a file, in characters; longer ones lose their middle.
pub const MAX_FILENAME: usize = 120;
/// What a small copy of a picture fits into, in pixels.
pub const THUMBNAIL: (i64, i64) = (1_200, 800);
/// Pictures up to this many pixels wide are shown at their own size, larger ones at half the size
/// of their small copy, so that they are sharp on fine screens.
const SHOWN_WHOLE: i64 = 200;
/// The type of what is not known to be harmless.
pub const OPAQUE: &str = "application/octet-stream";

/// Types that browsers may show by themselves, by the bytes of the file and nothing else.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const FILMS: [&str; 3] = ["video/mp4", "video/webm", "video/quicktime"];
const RECORDINGS: [&str; 5] = ["audio/mpeg", "audio/ogg", "audio/mp4", "audio/wav", "audio/flac"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    /// As shown: cleaned of control, bidi and zero-width characters.
    pub filename: String,
    /// What the bytes say the file is.
    pub content_type: String,
    pub byte_size: i64,
    /// Of a picture, in pixels, standing upright.
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub preview: Preview,
    /// A picture that moves.
    pub animated: bool,
}

/// What is shown of a file beside its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preview {
    /// There is nothing to show.
    #[default]
    None,
    /// A small copy is being made.
    Pending,
    Ready,
    /// It could not be made: the file is shown by its name.
    Failed,
}

impl Preview {
    const ALL: [Self; 4] = [Self::None, Self::Pending, Self::Ready, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Preview::None => "none",
            Preview::Pending => "pending",
            Preview::Ready => "ready",
            Preview::Failed => "failed",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preview| preview.as_str() == text)
    }
}

/// How a file appears in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Picture,
    Film,
    Recording,
    /// A row with the name, to be downloaded.
    Other,
}

/// The kind of a file by its type alone.
pub fn kind_of(content_type: &str) -> Kind {
    match content_type {
        known if PICTURES.contains(&known) => Kind::Picture,
        known if FILMS.contains(&known) => Kind::Film,
        known if RECORDINGS.contains(&known) => Kind::Recording,
        _ => Kind::Other,
    }
}

impl Attachment {
    /// How it appears. A picture that cannot be read is any file.
    pub fn kind(&self) -> Kind {
        match kind_of(&self.content_type) {
            Kind::Picture if matches!(self.preview, Preview::None | Preview::Failed) => Kind::Other,
            kind => kind,
        }
    }

    /// The type it is sent with when browsers may show it, else none: then it is only to be kept.
    pub fn shown_type(&self) -> Option<&str> {
        let shown = match self.kind() {
            // What has not been read yet could be anything.
            Kind::Picture => self.preview == Preview::Ready,
            Kind::Film | Kind::Recording => true,
            Kind::Other => false,
        };
        shown.then_some(&self.content_type)
    }

    /// Where the file is.
    pub fn path(&self) -> String {
        format!("/files/{}/{}", self.id, url_name(&self.filename))
    }

    /// Where its small copy is.
    pub fn thumbnail_path(&self) -> String {
        format!("/files/{}/thumbnail", self.id)
    }

    /// The width and height a picture takes on the page, in CSS pixels; known before its small
    /// copy is made.
    pub fn shown_size(&self) -> Option<(i64, i64)> {
        let (width, height) = (self.width?, self.height?);
        if width <= 0 || height <= 0 {
            return None;
        }
        let (scaled_width, scaled_height) = scaled(width, height);
        if width <= SHOWN_WHOLE {
            return Some((scaled_width, scaled_height));
        }
        Some(((scaled_width / 2).max(1), (scaled_height / 2).max(1)))
    }

    /// The size as people say it: `312 bytes`, `1.4 MB`.
    pub fn size_words(&self) -> String {
        size_words(self.byte_size)
    }
}

/// A size in bytes as people say it.
pub fn size_words(bytes: i64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes < 10 * unit => {
            words::decimal(bytes / unit, bytes % unit / (unit / 10), name).to_string()
        }
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => words::bytes_counted(bytes).to_string(),
    }
}

/// The size of the small copy of a picture: at most [`THUMBNAIL`], never larger than the picture.
pub fn scaled(width: i64, height: i64) -> (i64, i64) {
    let (most_width, most_height) = THUMBNAIL;
    if width <= most_width && height <= most_height {
        return (width, height);
    }
    if width.saturating_mul(most_height) >= height.saturating_mul(most_width) {
        (most_width, (height.saturating_mul(most_width) / width).max(1))
    } else {
        ((width.saturating_mul(most_height) / height).max(1), most_height)
    }
}

/// A file on the disk that is to become part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    pub key: String,
    pub filename: String,
    pub content_type: String,
    pub byte_size: i64,
    pub sha256: [u8; 32],
    pub width: Option<i64>,
    pub height: Option<i64>,
    /// Pending if a small copy is to be made.
    pub preview: Preview,
}

/// A file that a message is posted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewAttachment {
    /// It came with the message.
    Stored(StoredFile),
    /// It came before, by the same person.
    Uploaded(AttachmentId),
}

/// How much may be stored, in bytes; none: as much as there is room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    pub server: Option<i64>,
    pub person: Option<i64>,
}

/// Whose files, and how much room there is for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploader {
    pub id: UserId,
    pub quota: Quota,
}

/// The name of a file as it is shown and offered for download: one line of at most
/// [`MAX_FILENAME`] characters that deceives nobody, and no path.
pub fn clean_filename(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let line = clean_line(last);
    // Joiners make letters in some scripts, but in a name they can hide an ending.
    let line: String = line.chars().filter(|c| *c != '\u{200D}' && *c != '\u{00AD}').collect();
    let line = line.trim();
    if line.chars().all(|c| c == '.') {
        return "file".to_owned();
    }
    shortened(line)
}

/// Leaves the ending where it can be seen.
fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= MAX_FILENAME {
        return name.to_owned();
    }
    let kept_at_end = 20;
    let start: String = name.chars().take(MAX_FILENAME - kept_at_end - 1).collect();
    let end: String = name.chars().skip(count - kept_at_end).collect();
    format!("{start}…{end}")
}

/// Everything but letters, digits and what is harmless in a path is written as a number.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The name as the last part of an address.
pub fn url_name(filename: &str) -> String {
    // There is something else at that address.
    let name = if filename == "thumbnail" { "thumbnail.file" } else { filename };
    utf8_percent_encode(name, IN_A_PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_that_deceives_nobody() {
        assert_eq!(clean_filename("C:\\Users\\ada\\plan.pdf"), "plan.pdf");
        assert_eq!(clean_filename("../../etc/passwd"), "passwd");
        assert_eq!(clean_filename("holiday\u{202E}gpj.exe"), "holidaygpj.exe");
        assert_eq!(clean_filename("a\u{200B}b\u{0}\r\nc.txt"), "ab c.txt");
        for nothing in ["", " ", "..", ".", "/", "\u{200B}"] {
            assert_eq!(clean_filename(nothing), "file", "{nothing:?}");
        }
        let long = clean_filename(&format!("{}.tar.gz", "é".repeat(300)));
        assert_eq!(long.chars().count(), MAX_FILENAME);
        assert!(long.ends_with(".tar.gz"), "{long}");
    }

    #[test]
    fn an_address_holds_any_name() {
        assert_eq!(url_name("a b/ü?.png"), "a%20b%2F%C3%BC%3F.png");
        assert_eq!(url_name("thumbnail"), "thumbnail.file");
    }

    #[test]
    fn small_copies_keep_the_shape() {
        assert_eq!(scaled(640, 480), (640, 480));
        assert_eq!(scaled(4_000, 3_000), (1_066, 800));
        assert_eq!(scaled(12_000, 1), (1_200, 1));
        assert_eq!(scaled(1, 12_000), (1, 800));
    }

    #[test]
    fn sizes_are_said_in_words() {
        assert_eq!(size_words(1), "1 byte");
        assert_eq!(size_words(0), "0 bytes");
        assert_eq!(size_words(1_449), "1.4 KB");
        assert_eq!(size_words(104_857_600), "104 MB");
    }
}
