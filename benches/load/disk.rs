//! What the disk itself takes to make four kilobytes durable.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;

const PAGE: usize = 4096;
const PAGES: usize = 2048;
/// For what was written before to reach the disk.
const CALM: Duration = Duration::from_millis(30);

/// A file of full size that is written over in a circle, as a log in its steady state is.
pub struct Disk {
    file: File,
    next: usize,
    pub times: Vec<Duration>,
}

impl Disk {
    pub fn open(directory: &Path) -> Result<Self> {
        let file = File::create(directory.join("syncs"))?;
        file.write_all_at(&vec![0; PAGE * PAGES], 0)?;
        file.sync_all()?;
        Ok(Self { file, next: 0, times: Vec::new() })
    }

    /// Writes a page and waits for `fdatasync`, so many times.
    pub fn sync(&mut self, times: usize) -> Result<()> {
        std::thread::sleep(CALM);
        for _ in 0..times {
            let begun = Instant::now();
            self.file.write_all_at(&[1; PAGE], ((self.next % PAGES) * PAGE) as u64)?;
            self.file.sync_data()?;
            self.times.push(begun.elapsed());
            self.next += 1;
        }
        Ok(())
    }
}

/// Where data directories are made: beside the build, which is on a disk where `/var` and the
/// system's folder for passing files may be memory.
pub fn directory() -> Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("load-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// The kind of file system that holds our data directories.
pub fn kind() -> Result<String> {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let mounts = std::fs::read_to_string("/proc/mounts")?;
    let holding = mounts.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split(' ').collect();
        let point = fields.get(1).filter(|point| place.starts_with(point))?;
        Some((point.len(), *fields.get(2)?))
    });
    Ok(holding.max().map_or("unknown", |(_, kind)| kind).to_owned())
}
