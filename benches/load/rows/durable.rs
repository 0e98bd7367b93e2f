//! What durability costs: the same posts to a data directory on the disk and to one in memory,
//! where a sync costs nothing.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::posts;
use crate::clients::Clients;
use crate::disk;
use crate::measure::{Plan, alternate};
use crate::report::Report;
use crate::server::Server;

const CLIENTS: usize = 64;
/// The system's file system in memory.
const MEMORY: &str = "/dev/shm";

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    ensure!(Path::new(MEMORY).is_dir(), "there is no {MEMORY}");
    let on_disk = disk::directory()?;
    let in_memory = tempfile::Builder::new().prefix("load-").tempdir_in(MEMORY)?;
    let next = Cell::new(0);
    let side = |directory: &Path| -> Result<_> {
        let server = Server::start(&directory.join("data"))?;
        let cookie = server.first_run()?;
        let clients = RefCell::new(Clients::connect(server.address, CLIENTS)?);
        let next = &next;
        Ok(move |length: Duration| {
            let (slice, exchanges) =
                clients
                    .borrow_mut()
                    .run(server.process_id(), length, || posts::post(&cookie, next))?;
            exchanges.iter().try_for_each(|exchange| exchange.answer.expect(200, "text/html"))?;
            Ok(slice)
        })
    };
    let measured = alternate(plan, side(on_disk.path())?, side(in_memory.path())?)?;
    report.compare(&format!("post, {CLIENTS} clients, synced"), "in memory", &measured)
}
