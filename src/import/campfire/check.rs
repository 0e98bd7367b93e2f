//! Whether all of it has arrived: counts against the source, every rule, every file.

use anyhow::ensure;

use super::Place;
use super::files::ATTACHED;
use super::source::Source;
use crate::files::Files;
use crate::import::report::{Carried, Note};
use crate::import::soundness::{self, rows};
use crate::import::unfinished::Unfinished;

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
    soundness::check(&unfinished.connection, files, &mut unfinished.state.report)
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
    let report = &unfinished.state.report;
    for Counted { table, source: from, carried, left_out } in COUNTED {
        let carried = report.carried(*carried);
        let left_out: u64 = left_out.iter().map(|note| report.noted(*note)).sum();
        ensure!(rows(here, table)? == carried, "not all {table} were written");
        ensure!(source.count(from)? == carried + left_out, "not all {table} were read");
    }
    let people = report.carried(Carried::People) + report.carried(Carried::Bots);
    ensure!(source.count("users")? == people, "not all people were read");
    let placeholders = report.noted(Note::Placeholder);
    ensure!(rows(here, "users")? == people + placeholders, "not all people were written");
    Ok(())
}
