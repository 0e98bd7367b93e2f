//! What people, browsers and the database see: one test program, one module for each noun.

// A test that cannot go on says so by failing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

/// The server, the people, the sockets and the browsers that all tests use.
mod support;

/// The kit works before it judges anything.
mod the_kit;

/// The sources keep the rules of the house.
mod house;
