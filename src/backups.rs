//! Backups: the database as it is at one moment, with every file it names, made while people talk.
//!
//! First the database, then its files; none is deleted between the two. Files never change, so a
//! backup on the same disk holds them as further names of what is there and takes no room for
//! them. It has its name once it is whole.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::db::{Reader, snapshot};
use crate::error::Error;
use crate::files::{Files, place_of};
use crate::model::Timestamp;
use crate::queries;

/// The database in a data directory and in a backup.
pub const DATABASE: &str = "campfire.db";
const PART: &str = "part";
/// Beside the database and the files, if they are there: the secrets that bots' keys are sealed
/// with, and the operator's own sounds.
pub const COMPANIONS: [&str; 2] = ["secrets.toml", "sounds"];

/// Why a backup is made; the first word of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Occasion {
    /// Every night; old ones are removed.
    Nightly,
    /// The operator asked for it; it stays until they remove it.
    Asked,
}

impl Occasion {
    fn word(self) -> &'static str {
        match self {
            Occasion::Nightly => "nightly",
            Occasion::Asked => "backup",
        }
    }
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub place: PathBuf,
    /// Of the database.
    pub bytes: u64,
    pub files: u64,
    /// What the files are that the database names and that were not there.
    pub missing: Vec<String>,
}

/// Makes backups, one at a time. Clones are cheap.
#[derive(Clone)]
pub struct Backups(Arc<Shared>);

struct Shared {
    data_dir: PathBuf,
    reader: Reader,
    files: Files,
    one_at_a_time: Mutex<()>,
    is_stopped: AtomicBool,
}

impl Backups {
    pub fn new(data_dir: PathBuf, reader: Reader, files: Files) -> Self {
        Self(Arc::new(Shared {
            data_dir,
            reader,
            files,
            one_at_a_time: Mutex::new(()),
            is_stopped: AtomicBool::new(false),
        }))
    }

    /// Where nightly ones are.
    pub fn folder(&self) -> PathBuf {
        self.0.data_dir.join("backups")
    }

    /// Makes one in `folder`. Takes as long as copying the database does, so not for a thread that
    /// others wait for.
    ///
    /// # Errors
    /// When another one is being made, the server stops, or the disk does not take it. Nothing of
    /// it is left then.
    pub fn take(&self, folder: &Path, occasion: Occasion) -> anyhow::Result<Taken> {
        let _turn = match self.0.one_at_a_time.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => bail!("Another backup is being made just now."),
        };
        let told = |what: &str, path: &Path| format!("{what} {}", path.display());
        make_private(folder).with_context(|| told("making", folder))?;
        if folder == self.folder() {
            sweep(folder)?;
        }
        let place = free_place(folder, &name(occasion, clock::now()));
        let part = place.with_extension(PART);
        make_private(&part).with_context(|| told("making", &part))?;
        let whole = self.fill(&part).and_then(|taken| {
            std::fs::rename(&part, &place).with_context(|| told("naming", &place))?;
            flush_folder(folder)?;
            Ok(Taken { place: place.clone(), ..taken })
        });
        if whole.is_err() {
            remove(&part)?;
        }
        whole.with_context(|| told("The backup could not be made in", folder))
    }

    fn fill(&self, part: &Path) -> anyhow::Result<Taken> {
        let shared = &*self.0;
        // From before the look at the database to after the last file.
        let _hold = shared.files.hold();
        let database = part.join(DATABASE);
        let named = shared.reader.read(|db| {
            snapshot::copy(db, &database, || !shared.is_stopped.load(Ordering::Relaxed))
                .map_err(Error::Internal)?;
            queries::audit::named_files(db)
        });
        let named = named.map_err(|error| match error {
            Error::Internal(cause) => cause,
            other => other.into(),
        })?;
        let mut taken = Taken {
            place: PathBuf::new(),
            bytes: database.metadata()?.len(),
            files: 0,
            missing: Vec::new(),
        };
        make_private(&part.join("files"))?;
        for file in named {
            if shared.is_stopped.load(Ordering::Relaxed) {
                bail!("it was told to stop");
            }
            let place = place_of(&file.key).context("a file has no name")?;
            match bring(
                &shared.data_dir.join("files").join(&place),
                &part.join("files").join(place),
            ) {
                Ok(()) => taken.files += 1,
                Err(error) if error.kind() == ErrorKind::NotFound => taken.missing.push(file.what),
                Err(error) => return Err(error).with_context(|| file.what),
            }
        }
        for companion in COMPANIONS {
            bring_all(&shared.data_dir.join(companion), &part.join(companion))?;
        }
        flush_folders(part)?;
        Ok(taken)
    }

    /// Removes all but the newest `kept` nightly ones. Gives how many went.
    ///
    /// # Errors
    /// When the folder cannot be read or one cannot be removed.
    pub fn prune(&self, kept: usize) -> anyhow::Result<usize> {
        let nightly = self.nightly()?;
        let surplus = nightly.len().saturating_sub(kept);
        for old in &nightly[..surplus] {
            remove(&self.folder().join(old))?;
        }
        Ok(surplus)
    }

    /// When the newest nightly one was begun; none if there is none.
    pub fn last_nightly(&self) -> anyhow::Result<Option<Timestamp>> {
        Ok(self.nightly()?.last().and_then(|name| begun_at(name)))
    }

    /// Names of the whole nightly ones, the oldest first.
    fn nightly(&self) -> anyhow::Result<Vec<String>> {
        let folder = self.folder();
        let told = || format!("reading {}", folder.display());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder).with_context(told)? {
            let name = entry.with_context(told)?.file_name().to_string_lossy().into_owned();
            if name.starts_with(Occasion::Nightly.word()) && begun_at(&name).is_some() {
                found.push(name);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Ends what is under way at its next step, and takes no more.
    pub fn stop(&self) {
        self.0.is_stopped.store(true, Ordering::Relaxed);
    }
}

/// `nightly-2026-11-21T03-00-00Z`: sorts by time, and no program minds it as a name.
fn name(occasion: Occasion, now: Timestamp) -> String {
    let moment = now.to_string().replace(':', "-");
    let seconds = moment.split('.').next().unwrap_or(&moment);
    format!("{}-{seconds}Z", occasion.word())
}

/// Two may be asked for in the same second.
fn free_place(folder: &Path, name: &str) -> PathBuf {
    let further = (2..).map(|n| folder.join(format!("{name}-{n}")));
    let mut places = std::iter::once(folder.join(name)).chain(further);
    places.find(|place| !place.exists()).unwrap_or_else(|| folder.join(name))
}

/// Removes what a crash has left of backups that were never whole.
fn sweep(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.extension().is_some_and(|extension| extension == PART) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// The moment in a name; none if it is not the name of a whole backup.
fn begun_at(name: &str) -> Option<Timestamp> {
    let (day, time) = name.split_once('-')?.1.strip_suffix('Z')?.split_once('T')?;
    let moment: jiff::Timestamp = format!("{day}T{}Z", time.replace('-', ":")).parse().ok()?;
    Some(Timestamp(moment.as_millisecond()))
}

/// Gives a file a further name, or copies it where it cannot have one. What is there already stays.
///
/// # Errors
/// When the file is not there, or the disk does not take it.
pub fn bring(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(shelf) = to.parent().filter(|shelf| !shelf.is_dir()) {
        make_private(shelf)?;
    }
    match std::fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(error) if [ErrorKind::NotFound, ErrorKind::AlreadyExists].contains(&error.kind()) => {
            (error.kind() == ErrorKind::AlreadyExists).then_some(()).ok_or(error)
        }
        // Another disk, or one that knows no further names.
        Err(_) => copy(from, to),
    }
}

/// Under its name once it is whole.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let part = to.with_extension(PART);
    std::fs::copy(from, &part)?;
    File::open(&part)?.sync_all()?;
    std::fs::rename(&part, to)
}

/// Copies a file, or all files in a folder, if it is there.
///
/// # Errors
/// When it cannot be read, or the disk does not take it.
pub fn bring_all(from: &Path, to: &Path) -> anyhow::Result<()> {
    let told = || format!("copying {}", from.display());
    if from.is_dir() {
        make_private(to).with_context(told)?;
        for entry in std::fs::read_dir(from).with_context(told)? {
            let path = entry.with_context(told)?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                copy(&path, &to.join(name)).with_context(told)?;
            }
        }
    } else if from.is_file() {
        copy(from, to).with_context(told)?;
    }
    Ok(())
}

/// Makes a folder, and those around it, that only its owner can enter. One that is there is fine.
///
/// # Errors
/// When the disk refuses.
pub fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes the names in a folder, and in the folders in it, durable.
///
/// # Errors
/// When the disk refuses.
pub fn flush_folders(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            flush_folders(&path)?;
        }
    }
    flush_folder(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_when_and_sort_by_it() {
        let at = Timestamp(1_795_183_509_120);
        assert_eq!(name(Occasion::Nightly, at), "nightly-2026-11-20T14-05-09Z");
        assert_eq!(begun_at("nightly-2026-11-20T14-05-09Z"), Some(Timestamp(1_795_183_509_000)));
        for other in ["nightly-2026-11-20T14-05-09.part", "nightly-x", "before-schema-3-0.db", ""] {
            assert_eq!(begun_at(other), None, "{other}");
        }
    }

    #[test]
    fn a_file_is_brought_by_name_or_by_copy_and_a_second_time_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b/c"));
        std::fs::write(&from, b"x").unwrap();
        bring(&from, &to).unwrap();
        bring(&from, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"x");
        let none = bring(&folder.path().join("none"), &folder.path().join("d")).unwrap_err();
        assert_eq!(none.kind(), ErrorKind::NotFound);
    }
}
