//! `campfire restore`: an empty data directory becomes what a backup holds.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::verify::{self, Copying, with_ending};
use super::{fail, say};
use crate::backups::{COMPANIONS, DATABASE, bring, bring_all, flush_folders};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::db::{connection, migrations};
use crate::files::{digest_of, place_of};
use crate::queries::audit::{self, NamedFile};

/// The database while it is not whole.
const RESTORING: &str = "restoring.db";
/// Files named one by one when they are missing.
const SHOWN: usize = 5;

/// Restores what is at `backup`, a backup or a database alone, into the data directory of the
/// settings. Exit code 1 if files were missing or damaged; what there is was restored then.
///
/// # Errors
/// One sentence for the operator: there is no backup, it is damaged, or there are people in the
/// data directory. Nothing was put into its place then, and the next attempt begins anew.
pub fn restore(config: &Config, backup: &Path) -> anyhow::Result<ExitCode> {
    let (source, files) = verify::what_is_at(backup)?;
    let home = &config.data_dir;
    let held = DataDir::open(home)?;
    refuse_people(home)?;
    let partial = home.join(RESTORING);
    forget(&partial)?;
    let restored = bring_database(&source, &partial).and_then(|named| {
        let lost = bring_files(&named, files.as_deref(), &held.files())?;
        if let Some(folder) = source.parent().filter(|_| files.is_some()) {
            bring_companions(folder, home)?;
        }
        Ok((named.len(), lost))
    });
    let (named, lost) = restored.inspect_err(|_| drop(forget(&partial)))?;
    // A log or an index of one that was here before would be taken for this one's.
    let place = held.database()?;
    forget(&place)?;
    std::fs::rename(&partial, &place).context("moving the database into its place")?;
    File::open(home)?.sync_all()?;
    say(&format!(
        "Restored into {}: the database and {} files. Start Campfire on it now.",
        home.display(),
        named - lost.len()
    ));
    for what in lost.iter().take(SHOWN) {
        say(&format!("PROBLEM  files        {what}"));
    }
    match lost.len() {
        0 => Ok(ExitCode::SUCCESS),
        count => Ok(fail(1, &format!("{count} files of the backup were missing or damaged"))),
    }
}

fn refuse_people(home: &Path) -> anyhow::Result<()> {
    let path = home.join(DATABASE);
    if path.metadata().map_or(0, |found| found.len()) == 0 {
        return Ok(());
    }
    let connection = connection::open_writer(&path)?;
    let has_people: bool = connection
        .query_row("select exists (select 1 from users)", [], |row| row.get(0))
        .with_context(|| format!("{} is no Campfire database; move it away", path.display()))?;
    if has_people {
        bail!(
            "There are people in {} already. Move it away, or restore into an empty directory named with --data-dir.",
            home.display()
        );
    }
    Ok(())
}

/// Copies the database, its log included, brings the copy up to date and checks it. Gives the
/// files it names.
fn bring_database(source: &Path, into: &Path) -> anyhow::Result<Vec<NamedFile>> {
    verify::make_empty(into)?;
    match verify::copied(source, into) {
        Ok(()) => {}
        Err(Copying::Damaged(error)) => {
            bail!("{} is damaged ({error}); take another backup.", source.display())
        }
        Err(Copying::Failed(error)) => return Err(error),
    }
    let mut connection = connection::open_writer(into)?;
    if let Some(problem) = audit::integrity(&connection).problems.first() {
        bail!("{} is damaged ({problem}); take another backup.", source.display());
    }
    migrations::apply(&mut connection, None)?;
    let named = audit::named_files(&connection)?;
    connection.execute_batch("pragma wal_checkpoint(truncate)")?;
    connection.close().map_err(|(_, error)| error).context("closing the database")?;
    File::open(into)?.sync_all()?;
    Ok(named)
}

/// Gives what could not be brought.
fn bring_files(
    named: &[NamedFile],
    from: Option<&Path>,
    into: &Path,
) -> anyhow::Result<Vec<String>> {
    let mut lost = Vec::new();
    for file in named {
        let what = &file.what;
        let (Ok(place), Some(folder)) = (place_of(&file.key), from) else {
            lost.push(format!("{what}: the backup has no file of it"));
            continue;
        };
        let stored = folder.join(&place);
        match digest_of(&stored) {
            Err(error) => {
                lost.push(format!("{what}: {} cannot be read ({error})", stored.display()));
            }
            Ok((size, hash)) if !file.fits(size, &hash) => {
                lost.push(format!("{what}: {} is not what was stored", stored.display()));
            }
            Ok(_) => bring(&stored, &into.join(&place)).with_context(|| what.clone())?,
        }
    }
    flush_folders(into)?;
    Ok(lost)
}

fn bring_companions(backup: &Path, home: &Path) -> anyhow::Result<()> {
    for name in COMPANIONS {
        bring_all(&backup.join(name), &home.join(name))?;
    }
    Ok(())
}

fn forget(database: &Path) -> anyhow::Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let path: PathBuf = with_ending(database, ending);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}
