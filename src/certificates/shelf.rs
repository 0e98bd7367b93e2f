//! Where certificates, their keys and the account with the authority are kept: in folders and files
//! that only their owner can read, each written whole or not at all.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use instant_acme::AccountCredentials;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::x509::X509;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

const ACCOUNT: &str = "account.json";
const DAY: i64 = 24 * 60 * 60;
/// It is renewed when this part of its time is left.
const LAST_PART: i64 = 3;

/// A certificate with its key.
#[derive(Clone)]
pub struct Certificate {
    key: Arc<CertifiedKey>,
    /// The same as the first of the key's chain, to be read.
    first: X509,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a certificate until {}", self.until())
    }
}

impl Certificate {
    /// Reads a private key and the chain that begins with its certificate, as PEM.
    ///
    /// # Errors
    /// When anything is missing, or the key is another one's.
    pub fn read(pem: &str) -> anyhow::Result<Self> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).context("reading the key")?;
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>()?;
        let Some(first) = chain.first() else { bail!("there is no certificate") };
        let first = X509::from_der(first)?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider())?;
        Ok(Self { key: Arc::new(key), first })
    }

    pub fn key(&self) -> Arc<CertifiedKey> {
        self.key.clone()
    }

    /// How long until it should be renewed; none if that is now.
    pub fn good_for(&self) -> Option<Duration> {
        let now = Asn1Time::days_from_now(0).ok()?;
        let (begin, end) = (self.first.not_before(), self.first.not_after());
        let left = seconds(&now, end).ok()? - seconds(begin, end).ok()? / LAST_PART;
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_secs)
    }

    /// When it runs out, for people to read.
    pub fn until(&self) -> String {
        self.first.not_after().to_string()
    }
}

fn seconds(from: &Asn1TimeRef, to: &Asn1TimeRef) -> anyhow::Result<i64> {
    let between = from.diff(to)?;
    Ok(i64::from(between.days) * DAY + i64::from(between.secs))
}

/// The files of one name and one authority.
pub struct Shelf {
    folder: PathBuf,
    certificate: PathBuf,
}

impl Shelf {
    /// Where they are, whether or not there are any.
    pub fn at(folder: &Path, directory: &str, domain: &str) -> Self {
        // Another authority, such as one to try things with, has other accounts.
        let authority = directory.split("://").nth(1).unwrap_or(directory);
        let authority = authority.split('/').next().unwrap_or_default();
        let plain =
            |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' };
        let folder =
            folder.join(format!("at-{}", authority.chars().map(plain).collect::<String>()));
        let certificate = folder.join(format!("{domain}.pem"));
        Self { folder, certificate }
    }

    /// The same; makes the folder.
    pub fn open(folder: &Path, directory: &str, domain: &str) -> std::io::Result<Self> {
        let shelf = Self::at(folder, directory, domain);
        DirBuilder::new().recursive(true).mode(0o700).create(&shelf.folder)?;
        Ok(shelf)
    }

    pub fn certificate(&self) -> anyhow::Result<Option<Certificate>> {
        let told = || format!("reading {}", self.certificate.display());
        let pem = read(&self.certificate).with_context(told)?;
        pem.map(|pem| Certificate::read(&pem)).transpose().with_context(told)
    }

    pub fn keep_certificate(&self, pem: &str) -> anyhow::Result<()> {
        self.write(&self.certificate, pem)
    }

    pub fn account(&self) -> anyhow::Result<Option<AccountCredentials>> {
        let path = self.folder.join(ACCOUNT);
        let told = || format!("reading {}", path.display());
        let text = read(&path).with_context(told)?;
        text.map(|text| serde_json::from_str(&text)).transpose().with_context(told)
    }

    pub fn keep_account(&self, account: &AccountCredentials) -> anyhow::Result<()> {
        self.write(&self.folder.join(ACCOUNT), &serde_json::to_string_pretty(account)?)
    }

    /// The authority does not know it any more.
    pub fn forget_account(&self) {
        let _ = std::fs::remove_file(self.folder.join(ACCOUNT));
    }

    fn write(&self, path: &Path, text: &str) -> anyhow::Result<()> {
        let write = || {
            let beside = path.with_extension("new");
            let mut options = OpenOptions::new();
            let mut file =
                options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&beside, path)?;
            File::open(&self.folder)?.sync_all()
        };
        write().with_context(|| format!("writing {}", path.display()))
    }
}

fn read(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn made(from: i64, to: i64) -> String {
        let now = time::OffsetDateTime::now_utc();
        let mut params = CertificateParams::new(vec!["chat.example.org".to_owned()]).unwrap();
        params.not_before = now + time::Duration::seconds(from);
        params.not_after = now + time::Duration::seconds(to);
        let key = KeyPair::generate().unwrap();
        key.serialize_pem() + &params.self_signed(&key).unwrap().pem()
    }

    #[test]
    fn a_certificate_is_good_until_a_third_of_its_time_is_left() {
        let left = |from, to| Certificate::read(&made(from, to)).unwrap().good_for();
        let days = left(0, 90 * DAY).unwrap().as_secs() / DAY as u64;
        assert!((59..=60).contains(&days), "{days}");
        assert_eq!(left(-61 * DAY, 29 * DAY), None, "time to renew it");
        assert_eq!(left(-90 * DAY, -DAY), None, "it has run out");
    }

    #[test]
    fn what_is_kept_is_private_and_only_for_its_name_and_authority() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("tls");
        let shelf = Shelf::open(&at, "https://ca.example:14000/dir", "chat.example.org").unwrap();
        assert!(shelf.certificate().unwrap().is_none());
        shelf.keep_certificate(&made(0, DAY)).unwrap();
        assert!(shelf.certificate().unwrap().is_some());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&at), mode(&shelf.folder), mode(&shelf.certificate)),
            (0o700, 0o700, 0o600)
        );
        for (directory, name) in [
            ("https://ca.example/dir", "chat.example.org"),
            ("https://ca.example:14000/dir", "other.example"),
        ] {
            assert!(Shelf::at(&at, directory, name).certificate().unwrap().is_none());
        }
        let other = made(0, DAY);
        let key = other.split("-----BEGIN CERTIFICATE").next().unwrap();
        let mixed = made(0, DAY);
        let chain = mixed.split_once("-----BEGIN CERTIFICATE").unwrap().1;
        shelf.keep_certificate(&format!("{key}-----BEGIN CERTIFICATE{chain}")).unwrap();
        assert!(shelf.certificate().is_err(), "another one's key");
    }
}
