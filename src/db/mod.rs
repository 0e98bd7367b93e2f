//! The machine room: SQLite, one writer thread, a pool of readers. Knows no noun.

pub mod command;
pub mod connection;
#[cfg(test)]
mod full_queue;
mod log;
pub mod migrations;
pub mod reader;
pub mod snapshot;
pub mod writer;

pub use rusqlite::Connection;

pub use command::{Command, WriteTx};
pub use reader::Reader;
pub use writer::{Writer, WriterHealth};
