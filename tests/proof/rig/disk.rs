//! A disk that forgets what was not flushed: files and names as they may be found after a power cut.
//!
//! It is a strict one. Bytes stay when a flush of their file came back that was asked for after they
//! were written; a name stays when a flush of its folder did. In between, anything may be there: a
//! write or not, some of its sectors, a name or not. What `fsync` says is believed.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::Dice;
use super::trace::Happened;

/// What a disk writes whole.
const SECTOR: usize = 512;

#[derive(Default)]
pub struct Disk {
    files: Vec<File>,
    /// As the program sees them.
    names: BTreeMap<PathBuf, Node>,
    /// As they are after a power cut.
    kept: BTreeMap<PathBuf, Node>,
    /// Changes of names that no flush has reached, with their time.
    loose: Vec<(u64, Change)>,
    /// Flushes under way: up to which time they reach, by thread.
    flushes: HashMap<u32, u64>,
    time: u64,
}

#[derive(Default)]
struct File {
    kept: Vec<u8>,
    loose: Vec<(u64, Alteration)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    File(usize),
    Folder,
}

enum Change {
    Link(PathBuf, Node),
    Rename(PathBuf, PathBuf, Node),
    Unlink(PathBuf),
}

enum Alteration {
    Write(u64, Vec<u8>),
    Cut(u64),
}

/// Which of what was not flushed is there after the cut.
pub enum Loss {
    /// Nothing.
    Everything,
    /// Each write or not, one in five of them in part; each name or not.
    Some(Dice),
}

impl Disk {
    /// Takes in what happened. True when it may have altered what is found after a power cut.
    pub fn take(&mut self, happened: &Happened) -> bool {
        self.time += 1;
        match happened {
            Happened::Made(path) => {
                if self.names.contains_key(path) {
                    return false;
                }
                self.files.push(File::default());
                self.link(path, Node::File(self.files.len() - 1));
            }
            Happened::MadeFolder(path) => self.link(path, Node::Folder),
            Happened::Wrote { path, at, bytes } => {
                self.alter(path, Alteration::Write(*at, bytes.clone()));
            }
            Happened::Cut { path, length } => self.alter(path, Alteration::Cut(*length)),
            Happened::Renamed { from, to } => {
                if let Some(node) = self.names.remove(from) {
                    self.names.insert(to.clone(), node);
                    self.loose.push((self.time, Change::Rename(from.clone(), to.clone(), node)));
                }
            }
            Happened::Removed(path) => {
                self.names.remove(path);
                self.loose.push((self.time, Change::Unlink(path.clone())));
            }
            Happened::FlushAsked { thread } => {
                self.flushes.insert(*thread, self.time);
                return false;
            }
            Happened::Flushed { thread, path } => self.flushed(*thread, path),
            Happened::Opened { .. } | Happened::Said(_) | Happened::Spoiled { .. } => return false,
        }
        true
    }

    fn link(&mut self, path: &Path, node: Node) {
        self.names.insert(path.to_owned(), node);
        self.loose.push((self.time, Change::Link(path.to_owned(), node)));
    }

    fn alter(&mut self, path: &Path, alteration: Alteration) {
        // A file whose name is gone already concerns nobody.
        if let Some(Node::File(file)) = self.names.get(path) {
            self.files[*file].loose.push((self.time, alteration));
        }
    }

    fn flushed(&mut self, thread: u32, path: &Path) {
        let reach = self.flushes.remove(&thread).expect("a flush that nobody asked for");
        match self.names.get(path) {
            Some(Node::File(file)) => {
                let file = &mut self.files[*file];
                let (reached, later) = std::mem::take(&mut file.loose)
                    .into_iter()
                    .partition(|(time, _)| *time < reach);
                file.loose = later;
                let reached: Vec<_> = reached;
                reached.iter().for_each(|(_, alteration)| alteration.apply(&mut file.kept));
            }
            _ => {
                let changes = std::mem::take(&mut self.loose);
                for (time, change) in changes {
                    if time < reach && change.touches(path) {
                        change.apply(&mut self.kept);
                    } else {
                        self.loose.push((time, change));
                    }
                }
            }
        }
    }

    /// Lays out below a folder what a power cut now would leave of the one that was watched.
    pub fn lay_out(&self, watched: &Path, folder: &Path, loss: &mut Loss) {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir(folder).unwrap();
        let mut names = self.kept.clone();
        if let Loss::Some(dice) = loss {
            for (_, change) in &self.loose {
                if dice.below(2) == 0 {
                    change.apply(&mut names);
                }
            }
        }
        for (path, node) in &names {
            let place = folder.join(path.strip_prefix(watched).unwrap());
            match node {
                Node::Folder => {
                    let _ = std::fs::create_dir_all(place);
                }
                // Without its folder nobody finds it.
                Node::File(file) => {
                    let _ = std::fs::write(place, self.files[*file].after(loss));
                }
            }
        }
    }
}

impl File {
    fn after(&self, loss: &mut Loss) -> Vec<u8> {
        let mut bytes = self.kept.clone();
        if let Loss::Some(dice) = loss {
            for (_, alteration) in &self.loose {
                match (dice.below(10), alteration) {
                    (0..4, _) => alteration.apply(&mut bytes),
                    (4..6, Alteration::Write(at, written)) => {
                        for (number, sector) in written.chunks(SECTOR).enumerate() {
                            if dice.below(2) == 0 {
                                put(&mut bytes, *at as usize + number * SECTOR, sector);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        bytes
    }
}

impl Change {
    fn touches(&self, folder: &Path) -> bool {
        match self {
            Change::Link(path, _) | Change::Unlink(path) => path.parent() == Some(folder),
            Change::Rename(from, to, _) => {
                from.parent() == Some(folder) || to.parent() == Some(folder)
            }
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Change::Link(path, node) => {
                names.insert(path.clone(), *node);
            }
            // The new name is as good whether the old one had reached the disk or not.
            Change::Rename(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
            Change::Unlink(path) => {
                names.remove(path);
            }
        }
    }
}

impl Alteration {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Alteration::Write(at, written) => put(bytes, *at as usize, written),
            Alteration::Cut(length) => bytes.resize(*length as usize, 0),
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    if bytes.len() < at + written.len() {
        bytes.resize(at + written.len(), 0);
    }
    bytes[at..at + written.len()].copy_from_slice(written);
}
