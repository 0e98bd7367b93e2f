//! Whether what was written holds together: every rule, every file.

use anyhow::{bail, ensure};
use rusqlite::Connection;

use super::Report;
use super::report::Note;
use crate::files::Files;
use crate::progress::Progress;
use crate::queries::audit::{self, Finding};

/// Holds the new database against the rules of `verify`, and its files, unless this is only a
/// trial, against their digests. Notes when nobody administers it.
///
/// # Errors
/// One sentence that says what is wrong.
pub fn check(here: &Connection, files: Option<&Files>, report: &mut Report) -> anyhow::Result<()> {
    sound(&audit::integrity(here))?;
    for finding in audit::all(here) {
        // An account without administrators came as it is.
        if finding.name != "people" {
            sound(&finding)?;
        }
    }
    if let Some(files) = files {
        stored(here, files)?;
    }
    let administered: i64 = here.query_row(
        "select count(*) from users where role = 'administrator' and status = 'active'",
        [],
        |row| row.get(0),
    )?;
    if administered == 0 && report.noted(Note::NobodyAdministers) == 0 {
        report.note(Note::NobodyAdministers);
    }
    Ok(())
}

fn sound(finding: &Finding) -> anyhow::Result<()> {
    if let Some(problem) = finding.problems.first() {
        bail!("the new database is not sound: {}: {problem}", finding.name);
    }
    Ok(())
}

/// Every file that a row names is on the disk as it was read.
fn stored(here: &Connection, files: &Files) -> anyhow::Result<()> {
    let named = audit::named_files(here)?;
    let mut progress = Progress::new("files checked", named.len() as u64, 0);
    for (done, file) in (1..).zip(named) {
        let (size, sha256) = files
            .digest(&file.key)
            .map_err(|error| anyhow::anyhow!("{} cannot be read again: {error}", file.what))?;
        ensure!(file.fits(size, &sha256), "{} is not on the disk as it was read", file.what);
        progress.at(done);
    }
    Ok(())
}

/// Rows of a table of the new database.
///
/// # Errors
/// When the database fails.
pub fn rows(here: &Connection, table: &str) -> anyhow::Result<u64> {
    let sql = format!("select count(*) from {table}");
    let count: i64 = here.query_row(&sql, [], |row| row.get(0))?;
    Ok(u64::try_from(count)?)
}
