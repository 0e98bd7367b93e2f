//! What a change looks like to the writer: a value with one `apply`.

use rusqlite::Connection;

use crate::error::Result;
use crate::model::Timestamp;

/// Everything that can change. Applied on the writer thread inside a savepoint of its own: an
/// error undoes this command and nothing else.
pub trait Command<E>: Send + 'static {
    type Output: Send + 'static;

    /// Checks permission again, changes rows, records what happened. Must not wait for anything
    /// but the database.
    fn apply(self, tx: &mut WriteTx<'_, E>) -> Result<Self::Output>;
}

pub(super) type Deferred = Box<dyn FnOnce(&Connection) -> rusqlite::Result<()>>;

/// The transaction a command runs in. Only the writer can make one.
pub struct WriteTx<'a, E> {
    connection: &'a Connection,
    /// The moment of this command: the only clock a command may read.
    pub now: Timestamp,
    pub(super) events: Vec<E>,
    pub(super) deferred: Vec<Deferred>,
}

impl<'a, E> WriteTx<'a, E> {
    pub(super) fn new(connection: &'a Connection, now: Timestamp) -> Self {
        Self { connection, now, events: Vec::new(), deferred: Vec::new() }
    }

    /// Notes a fact that becomes true with the commit.
    pub fn record(&mut self, event: E) {
        self.events.push(event);
    }

    /// Runs after the savepoints of the whole batch and before its commit. For FTS5 rows: that
    /// module flushes at every savepoint, which halves the rate of a batch.
    pub fn before_commit(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<()> + 'static,
    ) {
        self.deferred.push(Box::new(work));
    }
}

impl<E> std::ops::Deref for WriteTx<'_, E> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}
