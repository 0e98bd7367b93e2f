//! Where a dry run works: a directory of its own, which goes when it is over.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Removed with everything in it when dropped.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes one that only its owner can read.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn make() -> anyhow::Result<Self> {
        let name = format!("campfire-dry-run-{:032x}", rand::random::<u128>());
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "a temporary folder stays behind");
        }
    }
}
