//! The certificate that connections are shown, and the proof for the authority while it looks.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::PROOF_PROTOCOL;
use super::shelf::Certificate;

/// Asked at the beginning of every connection.
#[derive(Debug)]
pub struct Shown {
    domain: String,
    present: RwLock<Option<Certificate>>,
    proof: RwLock<Option<Arc<CertifiedKey>>>,
}

impl Shown {
    pub fn new(domain: &str) -> Self {
        Self { domain: domain.to_owned(), present: RwLock::default(), proof: RwLock::default() }
    }

    /// From the next connection on.
    pub fn show(&self, certificate: Certificate) {
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = Some(certificate);
    }

    /// What the authority is to find, or nothing any more.
    pub fn prove(&self, proof: Option<Arc<CertifiedKey>>) {
        *self.proof.write().unwrap_or_else(PoisonError::into_inner) = proof;
    }

    /// How long until it should be renewed; none if that is now.
    pub fn good_for(&self) -> Option<Duration> {
        self.present().as_ref().and_then(Certificate::good_for)
    }

    /// When the present certificate runs out, for people to read.
    pub fn until(&self) -> Option<String> {
        self.present().as_ref().map(Certificate::until)
    }

    fn present(&self) -> std::sync::RwLockReadGuard<'_, Option<Certificate>> {
        self.present.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let only_proof = hello.alpn().is_some_and(|mut offered| {
            offered.next() == Some(PROOF_PROTOCOL) && offered.next().is_none()
        });
        if only_proof {
            let is_ours = hello.server_name() == Some(self.domain.as_str());
            let proof = self.proof.read().unwrap_or_else(PoisonError::into_inner);
            return proof.clone().filter(|_| is_ours);
        }
        self.present().as_ref().map(Certificate::key)
    }
}
