//! The server's certificate: asked for from an authority that speaks ACME (RFC 8555), proven over the
//! TLS port itself (TLS-ALPN-01, RFC 8737), kept in the data directory, renewed in time.

mod order;
mod shelf;
mod shown;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::time::{sleep, timeout};

use crate::outbound;
use order::Authority;
pub use shelf::Certificate;
use shelf::Shelf;
use shown::Shown;

/// What a peer offers that wants to see the proof, and nothing else.
pub const PROOF_PROTOCOL: &[u8] = b"acme-tls/1";
/// As peers name HTTP/2.
pub const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";
/// How long one order may take in all.
const WHOLE_ORDER: Duration = Duration::from_secs(5 * 60);
/// The pause after an order that failed; each further one is twice as long, up to the longest.
/// Authorities take few failures an hour for one name.
const FIRST_PAUSE: Duration = Duration::from_secs(2 * 60);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// Longest sleep until the certificate is looked at again: clocks are set, and machines sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(60 * 60);

/// The certificate of one name, and what keeps it good.
pub struct Certificates {
    domain: String,
    directory: String,
    shelf: Shelf,
    shown: Arc<Shown>,
}

impl Certificates {
    /// Takes out what is kept in `folder` for this name and this authority, if anything is.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(folder: PathBuf, domain: &str, directory: &str) -> anyhow::Result<Self> {
        let shelf = Shelf::open(&folder, directory, domain)
            .with_context(|| format!("{} cannot be used", folder.display()))?;
        let shown = Arc::new(Shown::new(domain));
        match shelf.certificate() {
            Ok(Some(kept)) => shown.show(kept),
            Ok(None) => {}
            // Another one can be had.
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the kept certificate cannot be used")
            }
        }
        Ok(Self { domain: domain.to_owned(), directory: directory.to_owned(), shelf, shown })
    }

    /// How the server speaks TLS: with whatever certificate is the present one.
    ///
    /// # Errors
    /// None, unless the library was built without the protocol.
    pub fn server_config(&self) -> anyhow::Result<Arc<ServerConfig>> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.shown.clone());
        config.alpn_protocols = [HTTP_2, HTTP_1, PROOF_PROTOCOL].map(<[u8]>::to_vec).into();
        Ok(Arc::new(config))
    }

    /// Sees to it that there always is a good certificate. Does not end. The server has to listen
    /// already, as the authority looks at it.
    pub async fn keep(self, outbound: outbound::Client) {
        let domain = &self.domain;
        match self.shown.until() {
            Some(until) => tracing::info!(domain, until, "there is a certificate"),
            None => tracing::info!(
                domain,
                authority = %self.directory,
                "asking for a certificate; until it is here https does not work"
            ),
        }
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(wait) = self.shown.good_for() {
                sleep(wait.min(LONGEST_SLEEP)).await;
                continue;
            }
            let order = timeout(WHOLE_ORDER, self.renew(&outbound)).await;
            let outcome = order.unwrap_or_else(|_| {
                Err(anyhow::anyhow!("it took longer than {} minutes", WHOLE_ORDER.as_secs() / 60))
            });
            self.shown.prove(None);
            match outcome {
                Ok(until) => {
                    pause = FIRST_PAUSE;
                    tracing::info!(domain, until, "received a certificate");
                }
                Err(error) => {
                    tracing::warn!(
                        domain,
                        error = format!("{error:#}"),
                        present_one_until = self.shown.until().unwrap_or_else(|| "none".to_owned()),
                        again_in_minutes = pause.as_secs() / 60,
                        "no certificate was given; the name has to lead to this server, port 443"
                    );
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Orders, keeps and shows a certificate; gives how long it is good.
    async fn renew(&self, outbound: &outbound::Client) -> anyhow::Result<String> {
        let authority = Authority::new(&self.directory, &self.shelf, outbound);
        let pem = authority.order(&self.domain, &self.shown).await?;
        let certificate = Certificate::read(&pem).context("reading what the authority gave")?;
        ensure!(
            certificate.good_for().is_some(),
            "it has run out already ({}): is the clock of this machine right?",
            certificate.until()
        );
        // One that cannot be kept is used all the same; the next start asks anew.
        if let Err(error) = self.shelf.keep_certificate(&pem) {
            tracing::error!(error = format!("{error:#}"), "the certificate could not be kept");
        }
        let until = certificate.until();
        self.shown.show(certificate);
        Ok(until)
    }
}

/// Until when the certificate that is kept for a name is good, for people to read; none if there is
/// none.
///
/// # Errors
/// When what is kept cannot be read.
pub fn kept_until(
    folder: &std::path::Path,
    domain: &str,
    directory: &str,
) -> anyhow::Result<Option<String>> {
    Ok(Shelf::at(folder, directory, domain).certificate()?.map(|kept| kept.until()))
}
