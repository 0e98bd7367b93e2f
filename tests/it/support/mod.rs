//! The kit: a real server with its own data, the people who use it, their sockets and browsers.

pub mod acme;
pub mod answer;
pub mod app;
pub mod axe;
pub mod bot;
pub mod browser;
pub mod campfire_storage;
pub mod cdp;
pub mod choosing;
pub mod chromium;
pub mod conditions;
mod console;
pub mod database;
pub mod html;
pub mod interception;
pub mod keyboard;
pub mod nginx;
pub mod outside;
pub mod person;
pub mod proxy;
pub mod push_service;
pub mod samples;
pub mod setup;
pub mod slack_export;
pub mod socket;
pub mod sources;
pub mod spaces;
pub mod trust;
pub mod verb;
pub mod worker;

use std::future::Future;
use std::time::Duration;

pub use answer::Answer;
pub use app::App;
pub use bot::Bot;
pub use browser::Browser;
pub use campfire_storage::CampfireStorage;
pub use outside::{Outside, Reply};
pub use person::{PASSWORD, Person};
pub use slack_export::SlackExport;
pub use socket::{Socket, id_of_message};

/// How long anything that ought to happen may take on a busy machine before a test gives up.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits for something that ought to happen; the sentence is what the failure says.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(value) => value,
        Err(_) => panic!("waited {} s in vain: {what}", DEADLINE.as_secs()),
    }
}

/// A fresh client message id.
pub fn fresh_uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}
