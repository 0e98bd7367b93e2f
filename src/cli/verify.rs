//! `campfire verify`: one line for each thing that must hold in a data directory or a backup.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{fail, say};
use crate::db::{connection, migrations};
use crate::files::{digest_of, place_of};
use crate::queries::audit::{self, Finding, NamedFile};

/// How long a file may be there before the row that names it: uploads take their time.
const GRACE: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// Problems printed for each check.
const SHOWN: usize = 5;

/// Checks what is at this path and says so, one line for each check. Exit code 0 if all is well,
/// 1 if anything is wrong.
///
/// # Errors
/// One sentence when there is nothing to check, or no room for the copy.
pub fn verify(path: &Path) -> anyhow::Result<ExitCode> {
    let (database, files) = what_is_at(path)?;
    let scratch = Scratch::make()?;
    let copy = scratch.path.join("copy.db");
    let found = match copied(&database, &copy) {
        Ok(()) => match all_findings(&copy, files.as_deref()) {
            Ok(found) => found,
            // So badly that not even the tables can be read.
            Err(error) if is_damage(error.downcast_ref()) => vec![damaged(&error)],
            Err(error) => return Err(error),
        },
        Err(Copying::Damaged(error)) => vec![damaged(&error.into())],
        Err(Copying::Failed(error)) => return Err(error),
    };
    found.iter().for_each(report);
    let wrong = found.iter().filter(|finding| !finding.problems.is_empty()).count();
    if wrong > 0 {
        return Ok(fail(1, &format!("{wrong} of {} checks found something wrong", found.len())));
    }
    say(&format!("All is well: {} checks of {}", found.len(), path.display()));
    Ok(ExitCode::SUCCESS)
}

fn damaged(error: &anyhow::Error) -> Finding {
    let problems = vec![error.root_cause().to_string()];
    Finding { name: "integrity", seen: "the file".to_owned(), problems }
}

/// Whether SQLite says that what it reads is no database, or not a whole one.
fn is_damage(error: Option<&rusqlite::Error>) -> bool {
    let code = error.and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt))
}

/// The database at a path, and the folder of the files that belong to it, if it is there.
pub fn what_is_at(path: &Path) -> anyhow::Result<(PathBuf, Option<PathBuf>)> {
    let database = if path.is_dir() { path.join("campfire.db") } else { path.to_owned() };
    if !database.is_file() {
        bail!("There is no database at {}", database.display());
    }
    let files = database.parent().map(|folder| folder.join("files"));
    Ok((database, files.filter(|folder| folder.is_dir())))
}

fn all_findings(copy: &Path, files: Option<&Path>) -> anyhow::Result<Vec<Finding>> {
    let mut database = connection::open_writer(copy)?;
    let mut found = vec![audit::integrity(&database)];
    if !found[0].problems.is_empty() {
        return Ok(found);
    }
    // A backup from before an upgrade is checked as it would be after it.
    migrations::apply(&mut database, None)?;
    found.extend(audit::all(&database));
    if let Some(folder) = files {
        found.push(stored_files(&database, folder)?);
    }
    Ok(found)
}

fn report(finding: &Finding) {
    let Finding { name, seen, problems } = finding;
    if problems.is_empty() {
        say(&format!("ok       {name:<12} {seen}"));
    }
    for problem in problems.iter().take(SHOWN) {
        say(&format!("PROBLEM  {name:<12} {problem}"));
    }
    if problems.len() > SHOWN {
        say(&format!("PROBLEM  {name:<12} and {} more", problems.len() - SHOWN));
    }
}

/// Why there is no copy.
pub enum Copying {
    /// What is there is no database, or its pages cannot be read.
    Damaged(rusqlite::Error),
    Failed(anyhow::Error),
}

/// Copies every page as it is, the log's included, in one read transaction.
///
/// # Errors
/// When the database is damaged, or the copy cannot be written.
pub fn copied(database: &Path, copy: &Path) -> Result<(), Copying> {
    let told = |what: &str| format!("{what} {}", database.display());
    let source = open_source(database)
        .with_context(|| told("opening the database"))
        .map_err(Copying::Failed)?;
    let mut into = Connection::open(copy)
        .with_context(|| format!("making a copy at {}", copy.display()))
        .map_err(Copying::Failed)?;
    let outcome = Backup::new(&source, &mut into).and_then(|backup| backup.step(-1));
    match outcome {
        Ok(StepResult::Done) => Ok(()),
        Ok(_) => Err(Copying::Failed(anyhow::anyhow!(told("another program holds")))),
        Err(error) if is_damage(Some(&error)) => Err(Copying::Damaged(error)),
        Err(error) => Err(Copying::Failed(anyhow::Error::new(error).context(format!(
            "copying the database to {} (set TMPDIR to choose another place)",
            copy.display()
        )))),
    }
}

/// Makes a file that only its owner can read.
///
/// # Errors
/// When there is one already, or the disk refuses.
pub fn make_empty(path: &Path) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("making {}", path.display()))?;
    Ok(())
}

/// Opens without ever writing beside the file: one that nobody has open and that has no log is
/// read as it lies there, the others as one more reader.
pub(super) fn open_source(database: &Path) -> anyhow::Result<Connection> {
    let log = with_ending(database, "-wal");
    let has_log = log.metadata().is_ok_and(|log| log.len() > 0);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if has_log || with_ending(database, "-shm").exists() {
        let source = Connection::open_with_flags(database, flags)?;
        source.busy_timeout(connection::BUSY_TIMEOUT)?;
        return Ok(source);
    }
    let path = std::path::absolute(database)?;
    let name = percent_encode(path.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    let name = format!("file:{name}?immutable=1");
    Ok(Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_URI)?)
}

/// A path with these letters at its end.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(ending);
    PathBuf::from(name)
}

/// Whether every file that a row names is there, whole, and no other one has been left behind.
fn stored_files(database: &Connection, folder: &Path) -> anyhow::Result<Finding> {
    let named = audit::named_files(database)?;
    let leaving: HashSet<String> = audit::files_to_remove(database)?.into_iter().collect();
    let mut problems: Vec<String> =
        named.iter().filter_map(|file| problem_with(file, folder)).collect();
    let known: HashSet<&str> = named.iter().map(|file| file.key.as_str()).collect();
    let mut present = 0;
    for path in paths_under(folder)? {
        present += 1;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !known.contains(name.as_str()) && !leaving.contains(&name) && is_old(&path) {
            problems.push(format!("{}: belongs to nothing", path.display()));
        }
    }
    let seen = format!("{} named, {present} there", named.len());
    Ok(Finding { name: "files", seen, problems })
}

fn problem_with(file: &NamedFile, folder: &Path) -> Option<String> {
    let (key, what) = (&file.key, &file.what);
    let Ok(place) = place_of(key) else {
        return Some(format!("{what}: {key} is no name of a file"));
    };
    let path = folder.join(place);
    match digest_of(&path) {
        Err(error) => Some(format!("{what}: {} cannot be read ({error})", path.display())),
        Ok((size, _)) if file.byte_size.is_some_and(|known| known != size) => {
            Some(format!("{what}: {} has {size} bytes, not as many as it should", path.display()))
        }
        Ok((size, hash)) if !file.fits(size, &hash) => {
            Some(format!("{what}: {} is not what was stored", path.display()))
        }
        Ok(_) => None,
    }
}

/// Every file in the folder and the folders in it.
fn paths_under(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(paths_under(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// A file whose age cannot be told is not held against anybody.
fn is_old(path: &Path) -> bool {
    let written = path.metadata().and_then(|about| about.modified());
    written.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > GRACE))
}

/// A private folder for the copy, gone when dropped.
pub struct Scratch {
    pub path: PathBuf,
}

impl Scratch {
    /// Makes one where the system has room for such.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn make() -> anyhow::Result<Self> {
        let name = format!("campfire-copy-{:016x}", rand::random::<u64>());
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("making {} for a copy", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
