//! Looking things up: a pool of connections that cannot write.

use std::path::Path;
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::Connection;

use super::connection;
use crate::error::{Error, Result};

/// Connections at most. Short reads run on the request's own thread, so few are ever in use.
const CONNECTIONS: u32 = 8;
const WAIT: Duration = Duration::from_secs(5);
/// How long a connection that nobody needs keeps its memory.
const IDLE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub struct Reader {
    pool: r2d2::Pool<SqliteConnectionManager>,
}

impl Reader {
    /// Opens the pool; the file must exist and be migrated.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let pool = r2d2::Pool::builder()
            .max_size(CONNECTIONS)
            .min_idle(Some(1))
            .connection_timeout(WAIT)
            .idle_timeout(Some(IDLE))
            .test_on_check_out(false)
            .build(connection::reader_manager(path))?;
        Ok(Self { pool })
    }

    /// Runs a short, indexed look-up on the calling thread, in one read transaction: everything
    /// in it sees the same moment. `Busy` if no connection is free within 5 seconds.
    pub fn read<T>(&self, look_up: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut pooled = self.pool.get().map_err(|_| Error::Busy)?;
        let transaction = pooled.transaction()?;
        look_up(&transaction)
    }

    /// Runs a look-up whose cost grows with the data (search, export) on a blocking thread.
    pub async fn read_long<T: Send + 'static>(
        &self,
        look_up: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let reader = self.clone();
        tokio::task::spawn_blocking(move || reader.read(look_up))
            .await
            .map_err(|error| Error::Internal(error.into()))?
    }
}
