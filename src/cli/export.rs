//! `campfire export`: everything, or some rooms, for other programs and for readers.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;

use super::verify::{self, Copying, Scratch};
use super::{fail, say};
use crate::db::{connection, migrations};
use crate::export::{self, Exported};
use crate::model::RoomId;

/// Exports what is at `from`, a data directory or a backup, into the new directory `into`. Works
/// on a copy of the database, so a running server is not disturbed.
///
/// # Errors
/// One sentence for the operator.
pub fn export(from: &Path, into: &Path, rooms: &[i64]) -> anyhow::Result<ExitCode> {
    let (source, files) = verify::what_is_at(from)?;
    let scratch = Scratch::make()?;
    let copy = scratch.path.join("copy.db");
    match verify::copied(&source, &copy) {
        Ok(()) => {}
        Err(Copying::Damaged(error)) => bail!("{} is damaged ({error}).", source.display()),
        Err(Copying::Failed(error)) => return Err(error),
    }
    let mut database = connection::open_writer(&copy)?;
    migrations::apply(&mut database, None)?;
    let rooms: Vec<RoomId> = rooms.iter().copied().map(RoomId).collect();
    // Without the folder every file is missing, and said to be.
    let files = files.unwrap_or_else(|| PathBuf::from("files"));
    let Exported { rooms, messages, files, missing } =
        export::export(&database, &files, &rooms, into)?;
    say(&format!(
        "{}: {rooms} rooms, {messages} messages, {files} files. Open index.html, or read the *.jsonl.",
        into.display()
    ));
    for what in missing.iter().take(5) {
        say(&format!("PROBLEM  files        {what} is not there"));
    }
    match missing.len() {
        0 => Ok(ExitCode::SUCCESS),
        count => Ok(fail(1, &format!("{count} files were missing"))),
    }
}
