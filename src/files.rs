//! Stored files: written whole or not at all, opened, deleted. Knows no noun.
//!
//! A file has a random name, its *key*; nothing anybody typed becomes part of a path. While it is
//! written it ends in `.part`; what a crash leaves of those is swept away at the next start.

mod sounds;

pub use sounds::Sounds;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

const PART: &str = "part";
/// Hexadecimal digits of a key.
const KEY_LENGTH: usize = 32;

/// The folder of stored files. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Arc<Path>,
    held: Arc<Mutex<Held>>,
    /// Taken while a folder within is looked for or made.
    shelving: Arc<Mutex<()>>,
}

/// Deletions that wait, and how many want them to.
#[derive(Debug, Default)]
struct Held {
    holders: usize,
    doomed: Vec<String>,
}

/// While this lives nothing is deleted: what is asked for is done at its end.
#[derive(Debug)]
pub struct Hold(Files);

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
        Ok(Self { folder: folder.into(), held: Arc::default(), shelving: Arc::default() })
    }

    /// Keeps every file that is there now, for who copies a database first and its files second.
    /// Deletions that a crash takes away are made up for by the sweep.
    #[must_use]
    pub fn hold(&self) -> Hold {
        self.held().holders += 1;
        Hold(self.clone())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Size in bytes and SHA-256 of a stored file, read in pieces.
    ///
    /// # Errors
    /// `NotFound` when there is none by this key, or it cannot be read.
    pub fn digest(&self, key: &str) -> io::Result<(u64, Vec<u8>)> {
        digest_of(&self.path(key)?)
    }

    /// Deletes a stored file; one that is gone already is no error.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn delete(&self, key: &str) -> io::Result<()> {
        let path = self.path(key)?;
        let mut held = self.held();
        if held.holders > 0 {
            held.doomed.push(key.to_owned());
            return Ok(());
        }
        drop(held);
        match std::fs::remove_file(path) {
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

    /// Whoever finds the folder there must find it on the disk, too: they wait for who makes it.
    fn make_shelf(&self, shelf: &Path) -> io::Result<()> {
        let _shelving = self.shelving.lock().unwrap_or_else(PoisonError::into_inner);
        if !shelf.is_dir() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(shelf)?;
            File::open(&self.folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Where a stored file is, for a program that can only be given a name.
    ///
    /// # Errors
    /// `NotFound` when it is no key.
    pub fn path(&self, key: &str) -> io::Result<PathBuf> {
        Ok(self.folder.join(place_of(key)?))
    }
}

/// Where the file of a key is below a folder of stored files.
///
/// # Errors
/// `NotFound` when it is no key.
pub fn place_of(key: &str) -> io::Result<PathBuf> {
    let is_key = key.len() == KEY_LENGTH
        && key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let shelf = key.get(..2).filter(|_| is_key).ok_or(io::ErrorKind::NotFound)?;
    Ok(Path::new(shelf).join(key))
}

/// Size in bytes and SHA-256 of any file, read in pieces.
///
/// # Errors
/// When it cannot be read.
pub fn digest_of(path: &Path) -> io::Result<(u64, Vec<u8>)> {
    let mut file = File::open(path)?;
    let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((size, hash.finalize().to_vec()));
        }
        hash.update(&piece[..read]);
        size += read as u64;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.holders -= 1;
        let doomed = match held.holders {
            0 => std::mem::take(&mut held.doomed),
            _ => Vec::new(),
        };
        drop(held);
        for key in doomed {
            if let Err(error) = self.0.delete(&key) {
                tracing::warn!(%error, "a file could not be deleted; it is swept away later");
            }
        }
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
        self.files.make_shelf(shelf)?;
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

#[cfg(test)]
mod tests {
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
    fn what_is_held_is_deleted_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open_folder(folder.path().to_owned()).unwrap();
        let key = files.store(b"still named by a backup").unwrap();
        let (one, other) = (files.hold(), files.clone().hold());
        files.delete(&key).unwrap();
        drop(one);
        assert!(files.open(&key).is_ok());
        drop(other);
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
    fn nobody_uses_a_new_folder_before_it_is_flushed() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open_folder(folder.path().to_owned()).unwrap();
        let shelf = folder.path().join("ab");
        // Somebody has made it, and is on the way to flushing what names it.
        let shelving = files.shelving.lock().unwrap();
        std::fs::create_dir(&shelf).unwrap();
        let (pass, passed) = std::sync::mpsc::channel();
        let other = std::thread::spawn({
            let files = files.clone();
            move || {
                files.make_shelf(&shelf).unwrap();
                pass.send(()).unwrap();
            }
        });
        let early = passed.recv_timeout(std::time::Duration::from_millis(200));
        assert!(early.is_err(), "the folder is used, and a power cut could still take it away");
        drop(shelving);
        other.join().unwrap();
        passed.recv().unwrap();
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
}
