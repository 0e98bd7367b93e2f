//! The archive that Slack hands out: looked at before it is trusted, then read piece by piece.
//!
//! Nothing is ever unpacked under a name that the archive gives.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, anyhow, bail, ensure};
use serde::de::DeserializeOwned;
use zip::ZipArchive;

/// Largest list or day of one channel that is read, in bytes. A busy day has some megabytes.
const MAX_JSON: u64 = 256 * 1024 * 1024;
/// What packs better than this was not written by people.
const MOST_TIMES: u64 = 250;
/// Below this many bytes nobody minds how well it packs.
const HARMLESS: u64 = 1024 * 1024;
/// Bytes read at once.
const PIECE: usize = 256 * 1024;

/// An archive that was found to be an export.
pub struct Archive {
    zip: ZipArchive<BufReader<File>>,
    /// Every file, by its name below the folder of the export.
    entries: BTreeMap<String, Entry>,
    /// Tells this state of it from another one.
    pub fingerprint: String,
}

#[derive(Clone, Copy)]
struct Entry {
    index: usize,
    /// Bytes unpacked, as the archive says.
    size: u64,
}

impl Archive {
    /// Opens it and looks at all its names and sizes.
    ///
    /// # Errors
    /// One sentence when it cannot be read, is no whole zip archive, no export, or a dangerous one.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("{shown} cannot be read"))?;
        let about = file.metadata()?;
        ensure!(!about.is_dir(), "{shown} is a directory. Name the zip file as Slack gave it.");
        let changed = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let fingerprint = format!("slack-{:x}-{:x}", about.len(), changed.as_nanos());
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| {
            anyhow!("{shown} is not a whole zip archive ({error}); download it again.")
        })?;
        let mut entries = BTreeMap::new();
        let mut unpacked: u64 = 0;
        for index in 0..zip.len() {
            let entry = zip
                .by_index_raw(index)
                .map_err(|error| anyhow!("{shown} is damaged ({error}); download it again."))?;
            let name = entry
                .name()
                .map_err(|_| anyhow!("{shown} holds a file with a name that cannot be read."))?
                .into_owned();
            if leads_out(&name) {
                bail!(
                    "{shown} holds a file named “{}”, which leads out of it; Slack writes none.",
                    name.escape_debug()
                );
            }
            let (size, packed) = (entry.size(), entry.compressed_size());
            let is_json = name.ends_with(".json");
            if is_json && (size > MAX_JSON || is_bomb(size, packed)) {
                bail!(
                    "“{name}” in {shown} would unpack to {size} bytes; Slack writes none like it."
                );
            }
            unpacked = unpacked.saturating_add(size);
            if entry.is_file() {
                entries.insert(name, Entry { index, size });
            }
        }
        if is_bomb(unpacked, about.len()) {
            bail!("{shown} would unpack to {unpacked} bytes; Slack writes none like it.");
        }
        let entries = below_its_folder(entries).ok_or_else(|| {
            anyhow!(
                "{shown} is not an export from Slack: there is no users.json and channels.json in it."
            )
        })?;
        Ok(Self { zip, entries, fingerprint })
    }

    /// All names with their sizes in bytes.
    pub fn names(&self) -> impl Iterator<Item = (&str, u64)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry.size))
    }

    pub fn holds(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Names that begin so.
    pub fn below<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a str> {
        self.entries
            .range(start.to_owned()..)
            .map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(start))
    }

    /// Reads one of Slack's lists; none if there is no file of this name.
    ///
    /// # Errors
    /// One sentence when it cannot be read.
    pub fn list<T: DeserializeOwned>(&mut self, name: &str) -> anyhow::Result<Vec<T>> {
        if !self.holds(name) {
            return Ok(Vec::new());
        }
        let bytes = self.bytes(name)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| anyhow!("“{name}” in the export cannot be read: {error}"))
    }

    /// Reads a file that is JSON.
    ///
    /// # Errors
    /// One sentence when it is damaged or not there.
    pub fn bytes(&mut self, name: &str) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read(name, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Gives a file to `take`, piece by piece, never more of it than the archive says there is.
    ///
    /// # Errors
    /// One sentence when it is damaged or not there, and those of `take`.
    pub fn read(
        &mut self,
        name: &str,
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let damaged = |error: &dyn std::fmt::Display| {
            anyhow!("“{name}” in the export is damaged ({error}); download it again.")
        };
        let Entry { index, size } =
            *self.entries.get(name).ok_or_else(|| anyhow!("“{name}” is not in the export"))?;
        let file = self.zip.by_index(index).map_err(|error| damaged(&error))?;
        let (mut file, mut piece, mut left) =
            (file.take(size.saturating_add(1)), vec![0; PIECE], size);
        loop {
            let read = match file.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(damaged(&error)),
            };
            let Some(rest) = left.checked_sub(read as u64) else {
                return Err(damaged(&"it is larger than the archive says"));
            };
            left = rest;
            take(&piece[..read])?;
        }
        if left > 0 {
            return Err(damaged(&"it is smaller than the archive says"));
        }
        Ok(())
    }
}

/// Whether an unpacking program would put it somewhere else.
fn leads_out(name: &str) -> bool {
    name.starts_with('/')
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == "..")
        || name.as_bytes().get(1..3).is_some_and(|drive| drive == b":\\")
}

fn is_bomb(unpacked: u64, packed: u64) -> bool {
    unpacked > HARMLESS && unpacked / MOST_TIMES > packed
}

/// Leaves off the folder that everything is in when somebody has packed the export again.
fn below_its_folder(entries: BTreeMap<String, Entry>) -> Option<BTreeMap<String, Entry>> {
    let is_export = |folder: &str| {
        entries.contains_key(&format!("{folder}users.json"))
            || entries.contains_key(&format!("{folder}org_users.json"))
    };
    let has_channels = |folder: &str| {
        ["channels", "groups", "dms", "mpims"]
            .iter()
            .any(|list| entries.contains_key(&format!("{folder}{list}.json")))
    };
    if is_export("") && has_channels("") {
        return Some(entries);
    }
    let folder = entries
        .keys()
        .filter_map(|name| name.split_once('/'))
        .map(|(folder, _)| format!("{folder}/"))
        .find(|folder| is_export(folder) && has_channels(folder))?;
    let below = entries
        .iter()
        .filter_map(|(name, entry)| Some((name.strip_prefix(&folder)?.to_owned(), *entry)));
    Some(below.collect())
}

#[cfg(test)]
mod tests {
    use super::{is_bomb, leads_out};

    #[test]
    fn names_that_lead_out_are_known() {
        for bad in ["../x", "a/../../x", "/etc/passwd", "a\\..\\x", "C:\\x", "a\0b"] {
            assert!(leads_out(bad), "{bad:?}");
        }
        for good in ["users.json", "general/2020-01-01.json", "a..b/c", "__uploads/F1/..png"] {
            assert!(!leads_out(good), "{good:?}");
        }
    }

    #[test]
    fn what_packs_too_well_is_a_bomb() {
        assert!(is_bomb(1 << 30, 1 << 20) && !is_bomb(1 << 30, 1 << 24));
        assert!(!is_bomb(1 << 19, 100), "nobody minds");
    }
}
