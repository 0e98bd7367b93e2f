//! One order at the authority: account, proof that the name is ours, certificate.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use instant_acme::{
    Account, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, Error, HttpClient,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

use super::shelf::Shelf;
use super::shown::Shown;
use crate::outbound::{Call, Caps, Client, Purpose};

/// How often and how long the authority is asked whether it is ready.
const ASKING: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(90));
/// Bytes of a request; ours are far smaller.
const MOST_SAID: usize = 64 * 1024;
const CAPS: Caps = Caps {
    silence: Duration::from_secs(20),
    whole: Duration::from_secs(40),
    answer_bytes: 256 * 1024,
    redirects: 0,
};

/// Whoever gives certificates.
pub struct Authority<'a> {
    directory: &'a str,
    shelf: &'a Shelf,
    outbound: &'a Client,
}

impl<'a> Authority<'a> {
    pub fn new(directory: &'a str, shelf: &'a Shelf, outbound: &'a Client) -> Self {
        Self { directory, shelf, outbound }
    }

    /// Gets a certificate for the name: its key and its chain, as PEM. The proof is shown meanwhile.
    pub async fn order(&self, domain: &str, shown: &Shown) -> anyhow::Result<String> {
        let account = self.account().await?;
        let names = [Identifier::Dns(domain.to_owned())];
        let order = account.new_order(&NewOrder::new(&names)).await;
        let mut order = order.inspect_err(|error| {
            if is_unknown_account(error) {
                self.shelf.forget_account();
            }
        })?;
        prove(&mut order, domain, shown).await?;
        let status = match order.poll_ready(&ASKING).await {
            Ok(status) => status,
            Err(error) => return Err(reason(&mut order).await.unwrap_or_else(|| error.into())),
        };
        if status != OrderStatus::Ready {
            let unsaid = || anyhow::anyhow!("the authority does not say why");
            return Err(reason(&mut order).await.unwrap_or_else(unsaid));
        }
        let key = order.finalize().await?;
        let chain = order.poll_certificate(&ASKING).await?;
        Ok(format!("{key}{chain}"))
    }

    /// The account that is kept, or a new one.
    async fn account(&self) -> anyhow::Result<Account> {
        let builder = Account::builder_with_http(Box::new(Caller(self.outbound.clone())));
        if let Some(kept) = self.shelf.account()? {
            return Ok(builder.from_credentials(kept).await?);
        }
        let wanted =
            NewAccount { contact: &[], terms_of_service_agreed: true, only_return_existing: false };
        let made = builder.create(&wanted, self.directory.to_owned(), None).await;
        let (account, credentials) = made.context("making an account with the authority")?;
        self.shelf.keep_account(&credentials)?;
        Ok(account)
    }
}

/// Shows the authority that this server is the one the name leads to.
async fn prove(order: &mut Order, domain: &str, shown: &Shown) -> anyhow::Result<()> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            ref other => bail!("the authority says {other:?} before anything was shown to it"),
        }
        let challenge = authorization.challenge(ChallengeType::TlsAlpn01);
        let mut challenge = challenge.context("the authority does not know TLS-ALPN-01")?;
        let digest = challenge.key_authorization().digest();
        shown.prove(Some(proof(domain, digest.as_ref())?));
        challenge.set_ready().await?;
    }
    Ok(())
}

/// A certificate that nobody but the authority is ever shown; it holds what was agreed on.
fn proof(domain: &str, digest: &[u8]) -> anyhow::Result<Arc<CertifiedKey>> {
    let mut params = CertificateParams::new(vec![domain.to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain = vec![certificate.der().clone()];
    // Not checked against each other: that check does not know the critical extension.
    let key = ring::default_provider().key_provider.load_private_key(key)?;
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

/// What the authority says of the proof it did not accept.
async fn reason(order: &mut Order) -> Option<anyhow::Error> {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else { continue };
        let said = state.challenges.iter().find_map(|challenge| challenge.error.as_ref());
        if let Some(problem) = said {
            return Some(anyhow::anyhow!("{problem}"));
        }
    }
    None
}

fn is_unknown_account(error: &Error) -> bool {
    let Error::Api(problem) = error else { return false };
    let kind = problem.r#type.as_deref().unwrap_or_default();
    kind.ends_with(":accountDoesNotExist") || kind.ends_with(":unauthorized")
}

/// The one client for other machines, as the library wants it.
struct Caller(Client);

type Answering = Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>>;

impl HttpClient for Caller {
    fn request(&self, request: Request<BodyWrapper<Bytes>>) -> Answering {
        let client = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(Body::new(body), MOST_SAID).await;
            let body = body.map_err(|error| Error::Other(error.into()))?;
            let mut call = Call::new(Purpose::Certificate, parts.method, &parts.uri.to_string())
                .map_err(|error| Error::Other(error.into()))?
                .caps(CAPS)
                .body(body);
            for (name, value) in &parts.headers {
                call = call.header(name.clone(), value.clone());
            }
            let answer = client.send(call).await.map_err(|error| Error::Other(error.into()))?;
            let mut response = Response::new(());
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers.clone();
            let body = answer.bytes().await.map_err(|error| Error::Other(error.into()))?;
            let (parts, ()) = response.into_parts();
            Ok(BytesResponse { parts, body: Box::new(Bytes::from(body)) })
        })
    }
}
