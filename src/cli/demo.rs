//! Shows a demo: a place of its own, filled with made-up people, served until told to stop.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use rusqlite::{Connection, OpenFlags};

use super::{say, told_to_stop};
use crate::config::{BackupTime, Config};
use crate::data_dir::DataDir;
use crate::db::{connection, migrations};
use crate::demo::company::{self, Stage};
use crate::demo::fill;
use crate::tokens::TokenKey;
use crate::{app, queries};

/// What visitors may leave behind together, in megabytes, unless the operator says otherwise.
const FILES_QUOTA_MB: u32 = 500;
/// The largest file of a visitor, in megabytes.
const MAX_UPLOAD_MB: u32 = 20;

/// Serves a demo from a folder, or from a temporary one.
///
/// # Errors
/// The folder holds something else; whatever keeps a server from starting.
pub async fn show(config: Config, folder: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let told = told_to_stop()?;
    ensure!(
        folder.is_some() || config.tls.host().is_none(),
        "With TLS_DOMAIN a demo needs a folder that stays, as authorities give only some certificates a week: campfire demo FOLDER"
    );
    // Removed when this is dropped, with all that is in it.
    let (home, _temporary) = match folder {
        Some(folder) => (folder, None),
        None => {
            let temporary = tempfile::Builder::new().prefix("campfire-demo-").tempdir();
            let temporary = temporary.context("making a temporary folder for the demo")?;
            (temporary.path().to_owned(), Some(temporary))
        }
    };
    let is_new = furnish(&home)?;
    let origin = config.base_url.as_ref().map(|url| url.origin.clone());
    let running = app::start(settings(config, home)).await?;
    let stage = Stage::of(&running.app);
    let company = tokio::spawn(company::talk(stage, is_new));
    let address = origin.unwrap_or_else(|| {
        // In a container that is every address, which is none to open.
        let ip = running.address.ip();
        let host = if ip.is_unspecified() { "localhost".to_owned() } else { ip.to_string() };
        format!("http://{host}:{}", running.address.port())
    });
    say(&format!("Campfire is ready: open {address}"));
    say("This is a demo: the people are made up, and anybody may be any of them.");
    told.await;
    tracing::info!("stopping");
    company.abort();
    // It holds a handle of the writer until it has ended.
    let _ = company.await;
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Makes the folder a demo unless it is one; answers whether it was made now.
fn furnish(home: &Path) -> anyhow::Result<bool> {
    let is_empty = match std::fs::read_dir(home) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => bail!("{} cannot be read: {error}", home.display()),
    };
    if !is_empty {
        // Nothing is written before it is known to be ours.
        ensure!(
            is_demo(home),
            "{} holds something that is not a demo. Choose a new folder, or none.",
            home.display()
        );
        return Ok(false);
    }
    let data_dir = DataDir::open(home)?;
    let tokens = TokenKey::new(data_dir.secrets()?.secret_key_base);
    let mut connection = connection::open_writer(&data_dir.database()?)?;
    migrations::apply(&mut connection, None)?;
    fill::fill(&mut connection, &tokens).context("filling the demo")?;
    Ok(true)
}

/// Whether the database there is marked. Read as a file that nobody writes, as otherwise a log would
/// be put beside one that is none of ours; the mark is in it since its first moments.
fn is_demo(home: &Path) -> bool {
    let path = home.join("campfire.db");
    let Some(path) = path.to_str() else { return false };
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)
        .map_err(crate::error::Error::from)
        .and_then(|connection| queries::demos::is_demo(&connection))
        .unwrap_or(false)
}

/// The operator's settings without what belongs to a real server, and with bounds for strangers.
fn settings(config: Config, home: PathBuf) -> Config {
    Config {
        demo: true,
        data_dir: home,
        secret_key_base: None,
        vapid_private_key: None,
        vapid_public_key: None,
        backup_at: BackupTime::Off,
        max_upload_mb: config.max_upload_mb.min(MAX_UPLOAD_MB),
        files_quota_mb: config.files_quota_mb.or(Some(FILES_QUOTA_MB)),
        ..config
    }
}
