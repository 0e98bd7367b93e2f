//! `campfire import`: the operator moves in from another chat.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Subcommand;

use crate::config::Config;
use crate::import::campfire::{self, Keys};
use crate::outbound;
use crate::outbound::web_push::PushServices;

/// Where people, rooms and messages come from.
#[derive(Subcommand)]
pub enum From {
    /// A copy of the storage directory of a Campfire. Interrupted, it goes on when run again
    Campfire {
        /// The directory, with db/production.sqlite3 and files/ in it. It is only read
        directory: PathBuf,
        /// Only say what would come along and what would not
        #[arg(long)]
        dry_run: bool,
    },
}

/// Imports; answers with what to tell the operator.
///
/// # Errors
/// One sentence for the operator.
pub async fn import(config: &Config, from: From) -> anyhow::Result<String> {
    let home = config.data_dir.clone();
    let keys = Keys {
        secret_key_base: config.secret_key_base.clone(),
        vapid_private_key: config.vapid_private_key.clone(),
        push_services: config.push_services.clone(),
    };
    check_push_key(config)?;
    let work = tokio::task::spawn_blocking(move || {
        let From::Campfire { directory, dry_run } = from;
        let started = Instant::now();
        if dry_run {
            let report = campfire::try_out(&directory, &keys)?;
            return Ok(format!("This would come along:\n{report}Nothing was written."));
        }
        let report = campfire::import(&directory, &home, &keys)?;
        Ok(format!(
            "Imported in {:.1} s:\n{report}Everything was checked. Start Campfire on {} now.",
            started.elapsed().as_secs_f64(),
            home.display()
        ))
    });
    work.await.context("importing")?
}

/// Refuses a key that the server would refuse at its start.
fn check_push_key(config: &Config) -> anyhow::Result<()> {
    let Some(key) = &config.vapid_private_key else { return Ok(()) };
    let client = outbound::Client::new(&config.reachable_networks);
    let public_key = config.vapid_public_key.as_deref();
    PushServices::new(client, key, public_key, None, &config.push_services).map(drop)
}
