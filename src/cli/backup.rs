//! `campfire backup`: the database and its files as they are now, whoever is talking.

use std::path::PathBuf;
use std::process::ExitCode;

use super::control::{self, Ask, Reply};
use super::{fail, say};
use crate::backups::Taken;
use crate::config::Config;
use crate::model::attachment::size_words;

/// Has a backup made, in `folder` if one is named.
///
/// # Errors
/// One sentence for the operator.
pub async fn backup(config: &Config, folder: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    // The server may have been started somewhere else.
    let folder = folder.map(std::path::absolute).transpose()?;
    match control::ask(config, Ask::Backup { folder }).await? {
        Reply::Backup(Taken { place, bytes, files, missing }) => {
            let size = size_words(i64::try_from(bytes).unwrap_or(i64::MAX));
            say(&format!("{}: a database of {size} and {files} files", place.display()));
            for what in missing.iter().take(5) {
                say(&format!("PROBLEM  files        {what} is not there"));
            }
            match missing.len() {
                0 => Ok(ExitCode::SUCCESS),
                count => Ok(fail(1, &format!("{count} files were missing before the backup"))),
            }
        }
        Reply::Failed(sentence) => Ok(fail(1, &sentence)),
        _ => Ok(fail(1, "The server answered something else; is it of another version?")),
    }
}
