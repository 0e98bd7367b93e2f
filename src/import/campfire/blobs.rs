//! Files as a Campfire stores them: found by their key, copied, held against size and checksum.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use rusqlite::Row;
use sha2::{Digest, Sha256};

use super::source::{number, text};
use crate::files::{Files, NewFile};
use crate::import::attachments::Whole;
use crate::pictures::measure;

/// Bytes read at once.
const PIECE: usize = 256 * 1024;

/// The columns [`Blob::read`] reads, in this order.
pub const COLUMNS: &str = "blobs.key, blobs.filename, blobs.byte_size, blobs.checksum";

/// A stored file as its row describes it.
pub struct Blob {
    key: String,
    pub filename: String,
    byte_size: i64,
    /// MD5 in base64. Not every file has one.
    checksum: Option<String>,
}

/// What became of a file.
pub enum Brought {
    Whole(Whole),
    Missing,
    /// It is not what was stored.
    Damaged,
}

impl Blob {
    /// Reads [`COLUMNS`] from this column on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(row: &Row<'_>, from: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            key: text(row, from)?.unwrap_or_default(),
            filename: text(row, from + 1)?.unwrap_or_default(),
            byte_size: number(row, from + 2)?,
            checksum: text(row, from + 3)?.filter(|checksum| !checksum.is_empty()),
        })
    }

    /// Where the file ought to be below the folder of files; none when its key is no name.
    fn place(&self) -> Option<PathBuf> {
        let is_name = self.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let (first, second) = (self.key.get(..2)?, self.key.get(2..4)?);
        is_name.then(|| Path::new(first).join(second).join(&self.key))
    }

    /// What the operator can look for.
    pub fn name(&self) -> String {
        match self.place() {
            Some(place) => format!("files/{} “{}”", place.display(), self.filename),
            None => format!("“{}”, by a key that is none", self.filename),
        }
    }

    /// Opens it; none if it is not there.
    fn open(&self, folder: &Path) -> anyhow::Result<Option<File>> {
        let Some(place) = self.place() else { return Ok(None) };
        let path = folder.join(place);
        // Nothing that leads elsewhere is followed.
        match std::fs::symlink_metadata(&path) {
            Ok(about) if about.is_file() => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot_be_read(&path, error)),
        }
        File::open(&path).map(Some).map_err(|error| cannot_be_read(&path, error))
    }

    /// Copies it into `into`, if that is given, and holds it against its row.
    ///
    /// # Errors
    /// When it is there and cannot be read, or the disk does not take the copy.
    pub fn bring(&self, folder: &Path, into: Option<&Files>) -> anyhow::Result<Brought> {
        let Some(mut file) = self.open(folder)? else { return Ok(Brought::Missing) };
        let look = measure::look(&mut file).with_context(|| self.name())?;
        io::Seek::rewind(&mut file)?;
        let mut copy = into.map(Files::begin).transpose().context("storing a file")?;
        let (byte_size, md5, sha256) = self.copy(&mut file, copy.as_mut())?;
        let fits = self.checksum.as_ref().is_none_or(|known| *known == STANDARD.encode(md5));
        if byte_size != self.byte_size || !fits {
            return Ok(Brought::Damaged);
        }
        let key = match copy {
            Some(copy) => copy.keep().context("storing a file")?,
            None => format!("{:032x}", rand::random::<u128>()),
        };
        Ok(Brought::Whole(Whole { key, byte_size, sha256, look }))
    }

    fn copy(
        &self,
        file: &mut File,
        mut copy: Option<&mut NewFile>,
    ) -> anyhow::Result<(i64, [u8; 16], [u8; 32])> {
        let (mut md5, mut sha256, mut piece) = (Md5::new(), Sha256::new(), vec![0; PIECE]);
        let mut size = 0;
        loop {
            let read = file.read(&mut piece).with_context(|| format!("reading {}", self.name()))?;
            if read == 0 {
                return Ok((size, md5.finalize().into(), sha256.finalize().into()));
            }
            md5.update(&piece[..read]);
            sha256.update(&piece[..read]);
            if let Some(copy) = &mut copy {
                copy.write(&piece[..read]).context("storing a file")?;
            }
            size += i64::try_from(read)?;
        }
    }

    /// Reads all of it, if it is there, fits its row and has at most `most` bytes.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn contents(&self, folder: &Path, most: u64) -> anyhow::Result<Option<Cursor<Vec<u8>>>> {
        let Some(file) = self.open(folder)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).with_context(|| self.name())?;
        let md5: [u8; 16] = Md5::digest(&bytes).into();
        let fits = self.checksum.as_ref().is_none_or(|known| *known == STANDARD.encode(md5));
        Ok((fits && bytes.len() as u64 <= most).then(|| Cursor::new(bytes)))
    }
}

fn cannot_be_read(path: &Path, error: io::Error) -> anyhow::Error {
    anyhow::Error::new(error).context(format!("{} cannot be read", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(key: &str) -> Blob {
        Blob { key: key.into(), filename: "a.txt".into(), byte_size: 5, checksum: None }
    }

    #[test]
    fn a_key_never_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for bad in ["", "abc", "../../../etc/passwd", "ab/cd/ef", "é1é2", "/etc/passwd"] {
            let found = blob(bad).bring(folder.path(), None).unwrap();
            assert!(matches!(found, Brought::Missing), "{bad:?}");
        }
        let shelf = folder.path().join("ab/cd");
        std::fs::create_dir_all(&shelf).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", shelf.join("abcdefgh")).unwrap();
        let link = blob("abcdefgh").bring(folder.path(), None).unwrap();
        assert!(matches!(link, Brought::Missing), "links are not followed");
    }

    #[test]
    fn a_file_is_held_against_its_row() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = folder.path().join("ab/cd");
        std::fs::create_dir_all(&shelf).unwrap();
        std::fs::write(shelf.join("abcdefgh"), b"hello").unwrap();
        let mut blob = blob("abcdefgh");
        let bring = |blob: &Blob| blob.bring(folder.path(), None).unwrap();
        assert!(matches!(bring(&blob), Brought::Whole(whole) if whole.byte_size == 5));
        blob.checksum = Some("XUFAKrxLKna5cZ2REBfFkg==".into());
        assert!(matches!(bring(&blob), Brought::Whole(_)));
        blob.checksum = Some("XUFAKrxLKna5cZ2REBfFkA==".into());
        assert!(matches!(bring(&blob), Brought::Damaged));
        (blob.checksum, blob.byte_size) = (None, 6);
        assert!(matches!(bring(&blob), Brought::Damaged));
    }
}
