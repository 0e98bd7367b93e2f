//! What the machine says of this process and of its disk. Where it says nothing, there is nothing.

use std::path::Path;

use rustix::process::{Resource, getrlimit};

/// Memory this process holds, in bytes.
pub fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Files and connections this process has open.
pub fn open_files() -> Option<u64> {
    std::fs::read_dir("/proc/self/fd").ok().map(|open| open.count() as u64)
}

/// How many it may have open; none where there is no limit.
pub fn open_files_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Bytes of a file; 0 if it is not there.
pub fn file_size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}

/// The room on the disk that holds a path, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    pub total: u64,
    /// What this process may still use of it.
    pub free: u64,
}

/// The disk that holds a path, which has to exist.
pub fn disk(path: &Path) -> Option<Disk> {
    let found = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Some(Disk { total: bytes(found.f_blocks), free: bytes(found.f_bavail) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_knows_itself() {
        assert!(memory().is_some_and(|bytes| bytes > 100_000));
        assert!(open_files().is_some_and(|open| open > 2));
        let disk = disk(Path::new("/")).unwrap();
        assert!(disk.free <= disk.total && disk.total > 0);
        assert_eq!(
            (file_size(Path::new("/nowhere")), super::disk(Path::new("/nowhere"))),
            (0, None)
        );
    }
}
