//! Whether all of it has arrived: counts against the source, every rule, every file.

use anyhow::{bail, ensure};
use rusqlite::Connection;

use super::Place;
use super::files::ATTACHED;
use super::source::Source;
use crate::files::Files;
use crate::import::report::{Carried, Note};
use crate::import::unfinished::Unfinished;
use crate::progress::Progress;
use crate::queries::audit::{self, Finding};

/// Holds what was written against what was there. Files are read again, unless this was only a
/// trial.
///
/// # Errors
/// One sentence that says what is wrong.
pub fn everything(
    source: &Source,
    unfinished: &mut Unfinished<Place>,
    files: Option<&Files>,
) -> anyhow::Result<()> {
    counts(source, unfinished)?;
    let here = &unfinished.connection;
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
    if administered == 0 && unfinished.state.report.noted(Note::NobodyAdministers) == 0 {
        unfinished.state.report.note(Note::NobodyAdministers);
    }
    Ok(())
}

fn sound(finding: &Finding) -> anyhow::Result<()> {
    if let Some(problem) = finding.problems.first() {
        bail!("the new database is not sound: {}: {problem}", finding.name);
    }
    Ok(())
}

/// Rows that are counted here and there: those of the source are here, or were left out.
struct Counted {
    table: &'static str,
    source: &'static str,
    carried: Carried,
    left_out: &'static [Note],
}

const COUNTED: &[Counted] = &[
    Counted {
        table: "messages",
        source: "messages",
        carried: Carried::Messages,
        left_out: &[Note::StrayMessage],
    },
    Counted { table: "rooms", source: "rooms", carried: Carried::Rooms, left_out: &[] },
    Counted {
        table: "memberships",
        source: "memberships",
        carried: Carried::Memberships,
        left_out: &[Note::StrayMembership],
    },
    Counted {
        table: "boosts",
        source: "boosts",
        carried: Carried::Boosts,
        left_out: &[Note::StrayBoost],
    },
    Counted {
        table: "attachments",
        source: ATTACHED,
        carried: Carried::Files,
        left_out: &[Note::StrayFile, Note::FileMissing, Note::FileDamaged],
    },
    Counted { table: "bans", source: "bans", carried: Carried::Bans, left_out: &[Note::StrayBan] },
    Counted {
        table: "searches",
        source: "searches",
        carried: Carried::Searches,
        left_out: &[Note::UnusableSearch],
    },
];

fn counts(source: &Source, unfinished: &Unfinished<Place>) -> anyhow::Result<()> {
    let here = &unfinished.connection;
    let rows = |table: &str| -> anyhow::Result<u64> {
        let sql = format!("select count(*) from {table}");
        let count: i64 = here.query_row(&sql, [], |row| row.get(0))?;
        Ok(u64::try_from(count)?)
    };
    let report = &unfinished.state.report;
    for Counted { table, source: from, carried, left_out } in COUNTED {
        let carried = report.carried(*carried);
        let left_out: u64 = left_out.iter().map(|note| report.noted(*note)).sum();
        ensure!(rows(table)? == carried, "not all {table} were written");
        ensure!(source.count(from)? == carried + left_out, "not all {table} were read");
    }
    let people = report.carried(Carried::People) + report.carried(Carried::Bots);
    ensure!(source.count("users")? == people, "not all people were read");
    let placeholders = report.noted(Note::Placeholder);
    ensure!(rows("users")? == people + placeholders, "not all people were written");
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
