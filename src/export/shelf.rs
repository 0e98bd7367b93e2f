//! The files of an export, under names that every system can hold.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::Context;
use rusqlite::Connection;

use crate::files::place_of;
use crate::model::attachment::url_name;
use crate::model::{Attachment, Message};
use crate::queries;

/// Longest name of a file, in bytes: what file systems take, and some for what unpacks it.
const MAX_NAME: usize = 200;

/// Copies files into the archive and counts them.
pub struct Shelf<'a> {
    from: &'a Path,
    root: &'a Path,
    count: u64,
    missing: Vec<String>,
}

/// A file of a message as it is in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// Below the archive's root; none when the file was not there.
    pub path: Option<String>,
    /// The same as a part of an address.
    pub href: Option<String>,
    /// In hexadecimal.
    pub sha256: Option<String>,
}

impl<'a> Shelf<'a> {
    pub fn new(from: &'a Path, root: &'a Path) -> Self {
        Self { from, root, count: 0, missing: Vec::new() }
    }

    /// Copies the files of a message, in their order.
    ///
    /// # Errors
    /// When the database cannot be read, or the disk does not take them.
    pub fn take(
        &mut self,
        database: &Connection,
        message: &Message,
    ) -> anyhow::Result<Vec<KeptFile>> {
        message.attachments.iter().map(|file| self.copy(database, file)).collect()
    }

    fn copy(&mut self, database: &Connection, file: &Attachment) -> anyhow::Result<KeptFile> {
        let (key, sha256) = queries::export::stored_file(database, file.id)?;
        let sha256 =
            sha256.map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let name = disk_name(&file.filename);
        let folder = format!("files/{}", file.id);
        let stored = self.from.join(place_of(&key).unwrap_or_default());
        std::fs::create_dir_all(self.root.join(&folder))?;
        match copy(&stored, &self.root.join(&folder).join(&name)) {
            Ok(_) => {
                self.count += 1;
                let href = format!("{folder}/{}", url_name(&name));
                Ok(KeptFile { path: Some(format!("{folder}/{name}")), href: Some(href), sha256 })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.missing.push(format!("attachment {} “{}”", file.id, file.filename));
                Ok(KeptFile { path: None, href: None, sha256 })
            }
            Err(error) => Err(error).with_context(|| format!("copying “{}”", file.filename)),
        }
    }

    /// How many were copied, and what was not there.
    pub fn counted(self) -> (u64, Vec<String>) {
        (self.count, self.missing)
    }
}

/// With the rights of everything else in the archive, not those of the stored file.
fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    let mut from = File::open(from)?;
    io::copy(&mut from, &mut File::create(to)?)
}

/// The name without what some system refuses.
fn disk_name(filename: &str) -> String {
    let clean: String = filename
        .chars()
        .map(|c| if "<>:\"/\\|?*%".contains(c) || c.is_control() { '_' } else { c })
        .collect();
    let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if clean.is_empty() {
        return "file".to_owned();
    }
    if clean.len() <= MAX_NAME {
        return if clean == "thumbnail" { "thumbnail.file".to_owned() } else { clean.to_owned() };
    }
    let (stem, ending) =
        clean.rsplit_once('.').filter(|(_, e)| e.len() <= 10).unwrap_or((clean, "bin"));
    let mut end = MAX_NAME - 11;
    while !stem.is_char_boundary(end.min(stem.len())) {
        end -= 1;
    }
    format!("{}.{ending}", &stem[..end.min(stem.len())])
}

#[cfg(test)]
mod tests {
    use super::disk_name;

    #[test]
    fn names_fit_every_disk() {
        assert_eq!(disk_name("minutes <1>: a/b?.txt"), "minutes _1__ a_b_.txt");
        assert_eq!(disk_name(".. "), "file");
        assert_eq!(disk_name(".profile"), "profile");
        let long = disk_name(&format!("{}.tar", "é".repeat(119)));
        assert!(long.len() <= 200 && long.ends_with(".tar"), "{long}");
    }
}
