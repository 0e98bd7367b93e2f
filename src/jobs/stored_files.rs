//! Removes files that no row names any more.

use crate::error::{Error, Result};
use crate::files::Files;

/// A file that is gone already is no error.
pub(super) async fn remove(files: &Files, keys: Vec<String>) -> Result<()> {
    let files = files.clone();
    let removal = move || keys.iter().try_for_each(|key| files.delete(key));
    let removed = tokio::task::spawn_blocking(removal).await;
    removed.map_err(anyhow::Error::from)?.map_err(|error| Error::Internal(error.into()))
}
