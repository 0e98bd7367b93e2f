//! What every proof is made with: the server as a process, people, sockets, proxies, dice.

pub mod auditor;
pub mod beats;
pub mod dice;
pub mod disk;
pub mod ledger;
pub mod page;
pub mod person;
pub mod proxy;
pub mod reader;
pub mod report;
pub mod server;
pub mod trace;
pub mod wire;

use std::future::Future;
use std::time::Duration;

pub use dice::Dice;
pub use person::Person;
pub use report::{Plan, Row};
pub use server::Server;

/// How long anything that ought to happen may take on a busy machine before a proof fails.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// Waits for something that ought to happen; the sentence is what the failure says.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(value) => value,
        Err(_) => panic!("waited {} s in vain: {what}", DEADLINE.as_secs()),
    }
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    within(what, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
