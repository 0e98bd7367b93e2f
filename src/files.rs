//! Stored files: written whole or not at all, opened, deleted. Knows no noun.
//!
//! A file has a random name, its *key*; nothing anybody typed becomes part of a path. While it is
//! written it ends in `.part`; what a crash leaves of those is swept away at the next start.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

const PART: &str = "part";
/// Hexadecimal digits of a key.
const KEY_LENGTH: usize = 32;

/// The folder of stored files. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Arc<Path>,
}

impl Files {
    /// Uses this folder, which exists, and sweeps away what was never finished.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open_folder(folder: PathBuf) -> io::Result<Self> {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == PART) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(Self { folder: folder.into() })
    }

    /// Begins a file that is deleted when dropped, unless it is kept.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn begin(&self) -> io::Result<NewFile> {
        let path = self.folder.join(new_key()).with_extension(PART);
        let file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(NewFile { files: self.clone(), path, file, byte_size: 0 })
    }

    /// Stores these bytes and gives their key. They are on the disk when this returns.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn store(&self, bytes: &[u8]) -> io::Result<String> {
        let mut file = self.begin()?;
        file.write(bytes)?;
        file.keep()
    }

    /// Opens a stored file for reading.
    ///
    /// # Errors
    /// `NotFound` when there is none by this key, or it is no key.
    pub fn open(&self, key: &str) -> io::Result<File> {
        File::open(self.path(key)?)
    }

    /// Deletes a stored file; one that is gone already is no error.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn delete(&self, key: &str) -> io::Result<()> {
        match std::fs::remove_file(self.path(key)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The keys of the files that were stored before a moment.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn stored_before(&self, moment: SystemTime) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        for shelf in std::fs::read_dir(&self.folder)? {
            let shelf = shelf?.path();
            if !shelf.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(&shelf)? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                // Deleted meanwhile: then it is not there.
                let Ok(stored_at) = entry.metadata().and_then(|about| about.modified()) else {
                    continue;
                };
                if stored_at < moment && self.path(&name).is_ok() {
                    keys.push(name);
                }
            }
        }
        Ok(keys)
    }

    /// Where a stored file is, for a program that can only be given a name.
    ///
    /// # Errors
    /// `NotFound` when it is no key.
    pub fn path(&self, key: &str) -> io::Result<PathBuf> {
        let is_key = key.len() == KEY_LENGTH
            && key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let shelf = key.get(..2).filter(|_| is_key).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.folder.join(shelf).join(key))
    }
}

/// A file on its way in.
#[derive(Debug)]
pub struct NewFile {
    files: Files,
    path: PathBuf,
    file: File,
    byte_size: u64,
}

impl NewFile {
    /// Adds bytes at the end.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.byte_size += bytes.len() as u64;
        Ok(())
    }

    /// Bytes written so far.
    pub fn byte_size(&self) -> u64 {
        self.byte_size
    }

    /// What was written, from the beginning.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn contents(&mut self) -> io::Result<&mut File> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(&mut self.file)
    }

    /// Makes it a stored file and gives its key: name and bytes are on the disk then.
    ///
    /// # Errors
    /// When the disk refuses; the file is gone then.
    pub fn keep(self) -> io::Result<String> {
        // Stored from now on, however long it took to arrive.
        self.file.set_modified(SystemTime::now())?;
        self.file.sync_all()?;
        let key = new_key();
        let path = self.files.path(&key)?;
        let shelf = path.parent().ok_or(io::ErrorKind::NotFound)?;
        if !shelf.is_dir() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(shelf)?;
            File::open(&self.files.folder)?.sync_all()?;
        }
        std::fs::rename(&self.path, &path)?;
        File::open(shelf)?.sync_all()?;
        Ok(key)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After `keep` there is nothing by this name any more.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn new_key() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Kinds of audio an operator may put into the folder of sounds, by ending.
const AUDIO: [(&str, &str); 5] = [
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/wav"),
    ("m4a", "audio/mp4"),
    ("webm", "audio/webm"),
];

/// Largest sound that is served, in bytes.
const MAX_SOUND: u64 = 5 * 1024 * 1024;

/// The operator's own sounds: files `NAME.mp3` and the like, put there by hand at any time.
#[derive(Clone)]
pub struct Sounds {
    folder: PathBuf,
}

impl Sounds {
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The file of a sound and its type; none if there is no such sound.
    pub fn find(&self, name: &str) -> Option<(PathBuf, &'static str)> {
        if !is_sound_name(name) {
            return None;
        }
        AUDIO.into_iter().find_map(|(ending, kind)| {
            let path = self.folder.join(format!("{name}.{ending}"));
            path.is_file().then_some((path, kind))
        })
    }

    /// The bytes of a sound and its type; none if there is no such sound or it cannot be read.
    pub fn read(&self, name: &str) -> Option<(Vec<u8>, &'static str)> {
        let (path, kind) = self.find(name)?;
        let size = path.metadata().ok()?.len();
        if size > MAX_SOUND {
            tracing::warn!(name, size, "a sound is too large to be served");
            return None;
        }
        Some((std::fs::read(path).ok()?, kind))
    }

    /// The names of all of them, sorted. A folder that cannot be read holds none.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let ending = path.extension()?.to_str()?;
                let name = path.file_stem()?.to_str()?;
                let known = AUDIO.iter().any(|(audio, _)| *audio == ending);
                (known && is_sound_name(name)).then(|| name.to_owned())
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// What can be typed after `/play`, and nothing that could lead out of the folder.
fn is_sound_name(name: &str) -> bool {
    (1..=50).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn count(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_is_stored_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open_folder(folder.path().to_owned()).unwrap();
        let mut dropped = files.begin().unwrap();
        dropped.write(b"half").unwrap();
        assert_eq!((dropped.byte_size(), count(folder.path())), (4, 1));
        drop(dropped);
        assert_eq!(count(folder.path()), 0);

        let key = files.store(b"whole").unwrap();
        let mut found = String::new();
        files.open(&key).unwrap().read_to_string(&mut found).unwrap();
        assert_eq!(found, "whole");
        files.delete(&key).unwrap();
        files.delete(&key).unwrap();
        assert!(files.open(&key).is_err());
    }

    #[test]
    fn what_a_crash_left_is_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open_folder(folder.path().to_owned()).unwrap();
        std::mem::forget(files.begin().unwrap());
        assert_eq!(count(folder.path()), 1);
        Files::open_folder(folder.path().to_owned()).unwrap();
        assert_eq!(count(folder.path()), 0);
    }

    #[test]
    fn only_keys_are_paths() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open_folder(folder.path().to_owned()).unwrap();
        let long = "/".repeat(KEY_LENGTH);
        for bad in ["", "..", "../../etc/passwd", long.as_str(), "ABCDEF0123456789ABCDEF0123456789"]
        {
            assert!(files.open(bad).is_err() && files.delete(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn sounds_are_found_by_name_and_never_outside_their_folder() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("gong.mp3"), b"x").unwrap();
        std::fs::write(directory.path().join("notes.txt"), b"x").unwrap();
        let sounds = Sounds::in_folder(directory.path().join("."));
        assert_eq!(sounds.names(), ["gong"]);
        assert_eq!(sounds.find("gong").map(|(_, kind)| kind), Some("audio/mpeg"));
        for none in ["notes", "../gong", "gong.mp3", "", "g/../gong"] {
            assert!(sounds.find(none).is_none(), "{none:?}");
        }
    }
}
