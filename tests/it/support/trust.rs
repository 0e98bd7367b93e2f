//! An authority of this test run, which its browser and its people trust, and what it signs.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, PKeyRef, Private, Public};
use openssl::sha::sha256;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::outside::Tls;

/// Signs certificates with a key that nobody has seen before this run.
pub struct Trust {
    key: PKey<Private>,
    root: X509,
}

/// The one authority of this run: the one browser is told of its key when it starts.
pub fn trust() -> &'static Trust {
    static TRUST: OnceLock<Trust> = OnceLock::new();
    TRUST.get_or_init(Trust::make)
}

/// A fresh key of the usual kind.
pub fn fresh_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

impl Trust {
    fn make() -> Trust {
        let key = fresh_key();
        let mut root = begin(Duration::from_secs(24 * 60 * 60));
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "Authority of a test").unwrap();
        let name = name.build();
        root.set_subject_name(&name).unwrap();
        root.set_issuer_name(&name).unwrap();
        root.set_pubkey(&key).unwrap();
        root.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        root.sign(&key, MessageDigest::sha256()).unwrap();
        Trust { key, root: root.build() }
    }

    /// As programs read it from a file.
    pub fn pem(&self) -> Vec<u8> {
        self.root.to_pem().unwrap()
    }

    /// As people's clients take it.
    pub fn for_clients(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_der(&self.root.to_der().unwrap()).unwrap()
    }

    /// As the browser takes it.
    pub fn fingerprint(&self) -> String {
        let spki = self.root.public_key().unwrap().public_key_to_der().unwrap();
        base64::engine::general_purpose::STANDARD.encode(sha256(&spki))
    }

    /// A certificate for names or addresses, good from a moment ago.
    pub fn sign(&self, key: &PKeyRef<Public>, names: &[&str], lifetime: Duration) -> X509 {
        let mut made = begin(lifetime);
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", names[0]).unwrap();
        made.set_subject_name(&name.build()).unwrap();
        made.set_issuer_name(self.root.subject_name()).unwrap();
        made.set_pubkey(key).unwrap();
        let mut alternative = SubjectAlternativeName::new();
        for name in names {
            match name.parse::<std::net::IpAddr>() {
                Ok(_) => alternative.ip(name),
                Err(_) => alternative.dns(name),
            };
        }
        let alternative = alternative.build(&made.x509v3_context(Some(&self.root), None)).unwrap();
        made.append_extension(alternative).unwrap();
        made.sign(&self.key, MessageDigest::sha256()).unwrap();
        made.build()
    }

    /// What a machine out there needs to be trusted.
    pub fn server(&self, name: &str) -> Tls {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = fresh_key();
        let public = PKey::public_key_from_der(&key.public_key_to_der().unwrap()).unwrap();
        let signed = self.sign(&public, &[name], Duration::from_secs(24 * 60 * 60));
        let chain = vec![CertificateDer::from(signed.to_der().unwrap())];
        let key = PrivateKeyDer::try_from(key.private_key_to_pkcs8().unwrap()).unwrap();
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        Tls::from(Arc::new(config.with_single_cert(chain, key).unwrap()))
    }

    /// How a client speaks that trusts it and nobody else.
    pub fn client(&self) -> rustls::ClientConfig {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(self.root.to_der().unwrap())).unwrap();
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
    }
}

fn begin(lifetime: Duration) -> X509Builder {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let mut made = X509::builder().unwrap();
    made.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(127, MsbOption::ONE, false).unwrap();
    made.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    made.set_not_before(&Asn1Time::from_unix(now).unwrap()).unwrap();
    let ends = now + lifetime.as_secs() as i64;
    made.set_not_after(&Asn1Time::from_unix(ends).unwrap()).unwrap();
    made
}
