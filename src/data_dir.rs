//! The data directory: everything a server keeps, held by one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The file of secrets in the data directory, which nobody but its owner may read.
pub const SECRETS: &str = "secrets.toml";
/// The folder of certificates in the data directory.
pub const CERTIFICATES: &str = "tls";
const LOCK: &str = "campfire.lock";
const DATABASE: &str = "campfire.db";
/// Where an import keeps what is not whole yet.
const IMPORTING: &str = "importing";

/// An opened data directory. The lock on it is given up when this is dropped, or by the system
/// when the process ends in any way.
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// What must not get lost and must not be read by others; kept in `secrets.toml`, mode 600.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    pub secret_key_base: String,
    /// What push services know this server by; empty in files from before it was kept here.
    #[serde(default)]
    pub vapid_private_key: String,
}

impl DataDir {
    /// Makes the directory if needed and takes the lock.
    ///
    /// # Errors
    /// One sentence when another process holds the directory, when it cannot be written, or when
    /// what is in it is half an import.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let held = Self::open_for_import(path)?;
        held.must_be_whole()?;
        Ok(held)
    }

    /// The same, but none when another process holds the directory.
    ///
    /// # Errors
    /// One sentence when the directory cannot be written, or what is in it is half an import.
    pub fn open_if_free(path: &Path) -> anyhow::Result<Option<Self>> {
        let held = Self::hold(path)?;
        held.as_ref().map_or(Ok(()), Self::must_be_whole)?;
        Ok(held)
    }

    /// For an import, which may find half of itself here.
    ///
    /// # Errors
    /// One sentence when another process holds the directory or it cannot be written.
    pub fn open_for_import(path: &Path) -> anyhow::Result<Self> {
        match Self::hold(path)? {
            Some(held) => Ok(held),
            None => bail!("Another Campfire is using {}; stop it first.", path.display()),
        }
    }

    /// Half an import must not be taken for an account. What is left of a whole one, or of one
    /// that never began, is cleared away.
    fn must_be_whole(&self) -> anyhow::Result<()> {
        let importing = self.importing();
        if importing.join(DATABASE).exists() {
            bail!(
                "An import into {} is not finished. Run it again, and it goes on where it was; or remove {} to give it up.",
                self.path.display(),
                importing.display()
            );
        }
        match std::fs::remove_dir_all(&importing) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("removing {}", importing.display()))
            }
            _ => Ok(()),
        }
    }

    fn hold(path: &Path) -> anyhow::Result<Option<Self>> {
        for directory in
            [path.to_owned(), path.join("files"), path.join("backups"), path.join("sounds")]
        {
            make_private(&directory)
                .with_context(|| format!("DATA_DIR {} cannot be made", path.display()))?;
        }
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(LOCK))
            .with_context(|| format!("DATA_DIR {} cannot be written", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path: path.to_owned(), _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("locking {}", path.display()))
            }
        }
    }

    /// Where the database is. The file is made here, empty, so that nobody else can read it or
    /// the log that SQLite puts beside it with the same rights.
    pub fn database(&self) -> anyhow::Result<PathBuf> {
        let path = self.path.join(DATABASE);
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where an import keeps what is not whole yet; made by it.
    pub fn importing(&self) -> PathBuf {
        self.path.join(IMPORTING)
    }

    pub fn files(&self) -> PathBuf {
        self.path.join("files")
    }

    /// Where the operator's own sounds are.
    pub fn sounds(&self) -> PathBuf {
        self.path.join("sounds")
    }

    /// Where certificates and their keys are; made when there are any.
    pub fn certificates(&self) -> PathBuf {
        self.path.join(CERTIFICATES)
    }

    pub fn backups(&self) -> PathBuf {
        self.path.join("backups")
    }

    /// Reads the secrets; makes them on the first start.
    pub fn secrets(&self) -> anyhow::Result<Secrets> {
        let path = self.path.join(SECRETS);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let mut secrets: Secrets = toml::from_str(&text).with_context(|| {
                    format!("{} cannot be read; restore it from a backup", path.display())
                })?;
                if secrets.vapid_private_key.is_empty() {
                    secrets.vapid_private_key = random_scalar();
                    write_secrets(&path, &secrets)
                        .with_context(|| format!("writing {}", path.display()))?;
                }
                Ok(secrets)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secrets =
                    Secrets { secret_key_base: random_hex(), vapid_private_key: random_scalar() };
                write_secrets(&path, &secrets)
                    .with_context(|| format!("writing {}", path.display()))?;
                Ok(secrets)
            }
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }
}

impl DataDir {
    /// Puts another key into the secrets: push services will know this server by it.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub fn keep_vapid_private_key(&self, key: &str) -> anyhow::Result<()> {
        let secrets = Secrets { vapid_private_key: key.to_owned(), ..self.secrets()? };
        let path = self.path.join(SECRETS);
        write_secrets(&path, &secrets).with_context(|| format!("writing {}", path.display()))
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Whole or not at all: written beside, flushed, then renamed into place.
fn write_secrets(path: &Path, secrets: &Secrets) -> anyhow::Result<()> {
    let beside = path.with_extension("toml.new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(
        b"# Made by Campfire on its first start. Keep it with the database and keep it private.\n",
    )?;
    file.write_all(toml::to_string(secrets)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    Ok(())
}

/// A private key of the curve P-256, base64url. Below half of the curve's order, which every number
/// of 255 bits is.
fn random_scalar() -> String {
    let mut bytes: [u8; 32] = rand::random();
    bytes[0] &= 0x7f;
    URL_SAFE_NO_PAD.encode(bytes)
}

fn random_hex() -> String {
    let bytes: [u8; 32] = rand::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn secrets_are_made_once_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDir::open(directory.path()).unwrap();
        let first = data.secrets().unwrap().secret_key_base;
        assert_eq!(data.secrets().unwrap().secret_key_base, first);
        let mode = std::fs::metadata(directory.path().join(SECRETS)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_second_server_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let first = DataDir::open(directory.path()).unwrap();
        let refusal = DataDir::open(directory.path()).err().unwrap().to_string();
        assert!(refusal.starts_with("Another Campfire is using"), "{refusal}");
        drop(first);
        assert!(DataDir::open(directory.path()).is_ok());
    }

    #[test]
    fn half_an_import_is_refused_and_what_is_left_of_a_whole_one_goes() {
        let directory = tempfile::tempdir().unwrap();
        let importing = directory.path().join(IMPORTING);
        std::fs::create_dir(&importing).unwrap();
        std::fs::write(importing.join(DATABASE), b"half").unwrap();
        for refused in
            [DataDir::open(directory.path()).err(), DataDir::open_if_free(directory.path()).err()]
        {
            let sentence = refused.unwrap().to_string();
            assert!(sentence.contains("not finished. Run it again"), "{sentence}");
        }
        assert!(DataDir::open_for_import(directory.path()).is_ok());
        std::fs::remove_file(importing.join(DATABASE)).unwrap();
        assert!(DataDir::open(directory.path()).is_ok() && !importing.exists());
    }
}
