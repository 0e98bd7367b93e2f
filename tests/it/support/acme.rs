//! A small authority that speaks ACME (RFC 8555): checks every signature and nonce, looks at the
//! server by TLS-ALPN-01 (RFC 8737) as a real one does, and gives certificates.

use std::collections::HashSet;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::{X509, X509Req};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::outside::Request;
use super::trust::trust;
use super::{Outside, Reply, within};

/// The extension that holds the proof: its number, that it must be understood, 32 bytes.
const PROOF: &[u8] = &[
    0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1f, 0x01, 0x01, 0xff, 0x04, 0x22, 0x04,
    0x20,
];

/// The authority; gone when the test lets go of it.
pub struct Acme {
    outside: Outside,
    state: Arc<State>,
    folder: tempfile::TempDir,
}

struct State {
    books: Mutex<Books>,
    /// Where the names it is asked for lead.
    leads_to: watch::Sender<Option<SocketAddr>>,
    lifetime: Mutex<Duration>,
}

#[derive(Default)]
struct Books {
    nonces: HashSet<String>,
    accounts: Vec<Value>,
    orders: Vec<Order>,
}

#[derive(Clone)]
struct Order {
    domain: String,
    account: usize,
    token: String,
    status: &'static str,
    proof: &'static str,
    problem: Option<String>,
    certificate: Option<String>,
}

impl Acme {
    pub async fn start() -> Acme {
        let state = Arc::new(State {
            books: Mutex::default(),
            leads_to: watch::channel(None).0,
            lifetime: Mutex::new(Duration::from_secs(90 * 24 * 60 * 60)),
        });
        let own = state.clone();
        let tls = trust().server("127.0.0.1");
        let outside =
            Outside::at("127.0.0.1:0", Some(tls), move |request| own.answer(request)).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), trust().pem()).unwrap();
        Acme { outside, state, folder }
    }

    /// The file by which it is trusted.
    pub fn root(&self) -> String {
        self.folder.path().join("root.pem").to_str().unwrap().to_owned()
    }

    pub fn directory(&self) -> String {
        self.outside.url("/directory")
    }

    /// Where every name leads from now on.
    pub fn names_lead_to(&self, address: SocketAddr) {
        self.state.leads_to.send_replace(Some(address));
    }

    /// How long the certificates are good that it gives from now on.
    pub fn gives_for(&self, lifetime: Duration) {
        *self.state.lifetime.lock().unwrap() = lifetime;
    }

    /// How many accounts it knows, and how many certificates it has given.
    pub fn counts(&self) -> (usize, usize) {
        let books = self.state.books.lock().unwrap();
        let given = books.orders.iter().filter(|order| order.certificate.is_some()).count();
        (books.accounts.len(), given)
    }

    pub async fn has_given(&self, count: usize) {
        within(&format!("certificate {count}"), async {
            while self.counts().1 < count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
}

impl State {
    fn answer(self: &Arc<Self>, request: &Request) -> Reply {
        let base = format!("https://{}", request.header("host"));
        let nonce = super::fresh_uuid();
        self.books.lock().unwrap().nonces.insert(nonce.clone());
        let reply = match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/directory") => Reply::json(&json!({
                "newNonce": format!("{base}/nonce"),
                "newAccount": format!("{base}/account"),
                "newOrder": format!("{base}/order"),
                "revokeCert": format!("{base}/revoke"),
                "keyChange": format!("{base}/key"),
            })),
            ("HEAD", "/nonce") => Reply::status(200),
            ("POST", path) => self.told(&base, path, request).unwrap_or_else(|why| {
                let problem = json!({ "type": "urn:ietf:params:acme:error:malformed",
                    "detail": why, "status": 400 });
                Reply::new(400, "application/problem+json", problem.to_string())
            }),
            _ => Reply::status(404),
        };
        reply.header("replay-nonce", &nonce).header("cache-control", "no-store")
    }

    /// A signed request.
    fn told(self: &Arc<Self>, base: &str, path: &str, request: &Request) -> Result<Reply, String> {
        if request.header("content-type") != "application/jose+json" {
            return Err("the content type is wrong".into());
        }
        let sent: Value = serde_json::from_slice(&request.body).map_err(|e| e.to_string())?;
        let part = |name: &str| sent[name].as_str().unwrap_or_default().to_owned();
        let head: Value = serde_json::from_slice(&decoded(&part("protected"))?).unwrap();
        let mut books = self.books.lock().unwrap();
        if !books.nonces.remove(head["nonce"].as_str().unwrap_or_default()) {
            return Err("the nonce is not one of ours, or was used before".into());
        }
        if head["url"] != format!("{base}{path}") || head["alg"] != "ES256" {
            return Err("it was signed for something else".into());
        }
        let account = match head["kid"].as_str() {
            None => None,
            Some(kid) => Some(number(kid.strip_prefix(base).unwrap_or_default(), "/account/")?),
        };
        let key = account.map_or(&head["jwk"], |account| &books.accounts[account]);
        let signed = format!("{}.{}", part("protected"), part("payload"));
        let point = [vec![4], decoded_field(key, "x")?, decoded_field(key, "y")?].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(signed.as_bytes(), &decoded(&part("signature"))?)
            .map_err(|_| "the signature is wrong")?;
        let payload: Value =
            serde_json::from_slice(&decoded(&part("payload"))?).unwrap_or(Value::Null);

        if path == "/account" {
            if payload["termsOfServiceAgreed"] != true {
                return Err("the terms were not agreed to".into());
            }
            books.accounts.push(head["jwk"].clone());
            let place = format!("{base}/account/{}", books.accounts.len() - 1);
            let made = Reply::new(201, "application/json", r#"{"status":"valid"}"#);
            return Ok(made.header("location", &place));
        }
        let account = account.ok_or("who is that?")?;
        if path == "/order" {
            let domain = payload["identifiers"][0]["value"].as_str().ok_or("for which name?")?;
            books.orders.push(Order {
                domain: domain.to_owned(),
                account,
                token: super::fresh_uuid(),
                status: "pending",
                proof: "pending",
                problem: None,
                certificate: None,
            });
            let id = books.orders.len() - 1;
            let body = order_json(base, id, &books.orders[id]).to_string();
            let made = Reply::new(201, "application/json", body);
            return Ok(made.header("location", &format!("{base}/orders/{id}")));
        }
        let (kind, id) = path.rsplit_once('/').ok_or("what is that?")?;
        let id: usize = id.parse().map_err(|_| "which one?")?;
        let thumbprint = thumbprint(&books.accounts[account]);
        let order = books.orders.get_mut(id).ok_or("there is no such order")?;
        if order.account != account {
            return Err("that is somebody else's".into());
        }
        match kind {
            "/orders" => Ok(Reply::json(&order_json(base, id, order))),
            "/proofs" => Ok(Reply::json(&proof_json(base, id, order))),
            "/challenges" => {
                order.proof = "processing";
                let (expected, domain) =
                    (sha256(format!("{}.{thumbprint}", order.token).as_bytes()), &order.domain);
                tokio::spawn(self.clone().look(id, domain.clone(), expected));
                Ok(Reply::json(&challenge_json(base, id, order)))
            }
            "/finalize" if order.status == "ready" => {
                let csr = decoded(payload["csr"].as_str().unwrap_or_default())?;
                let csr = X509Req::from_der(&csr).map_err(|error| error.to_string())?;
                let key = csr.public_key().unwrap();
                assert!(csr.verify(&key).unwrap(), "the request is signed by its key");
                let lifetime = *self.lifetime.lock().unwrap();
                let made = trust().sign(&key, &[&order.domain], lifetime);
                let chain = [made.to_pem().unwrap(), trust().pem()].concat();
                order.certificate = Some(String::from_utf8(chain).unwrap());
                order.status = "valid";
                Ok(Reply::json(&order_json(base, id, order)))
            }
            "/certificates" => {
                let chain = order.certificate.clone().ok_or("not yet")?;
                Ok(Reply::new(200, "application/pem-certificate-chain", chain))
            }
            _ => Err("what is that?".into()),
        }
    }

    /// Goes to where the name leads and looks at what is shown there.
    async fn look(self: Arc<Self>, id: usize, domain: String, expected: [u8; 32]) {
        let mut leads_to = self.leads_to.subscribe();
        let address = leads_to.wait_for(Option::is_some).await.unwrap().unwrap();
        let found =
            tokio::task::spawn_blocking(move || looked(address, &domain, &expected)).await.unwrap();
        let mut books = self.books.lock().unwrap();
        let order = &mut books.orders[id];
        match found {
            Ok(()) => (order.proof, order.status) = ("valid", "ready"),
            Err(why) => {
                (order.proof, order.status) = ("invalid", "invalid");
                order.problem = Some(why);
            }
        }
    }
}

fn looked(address: SocketAddr, domain: &str, expected: &[u8; 32]) -> Result<(), String> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    connector.set_alpn_protos(b"\x0aacme-tls/1").unwrap();
    let stream = TcpStream::connect(address).map_err(|error| format!("{domain}: {error}"))?;
    let shown = connector.build().connect(domain, stream).map_err(|error| error.to_string())?;
    if shown.ssl().selected_alpn_protocol() != Some(b"acme-tls/1") {
        return Err("another protocol was agreed on".into());
    }
    let certificate: X509 = shown.ssl().peer_certificate().ok_or("nothing was shown")?;
    let names = certificate.subject_alt_names().ok_or("it is for no name")?;
    let names: Vec<_> = names.iter().map(|name| name.dnsname().unwrap_or_default()).collect();
    if names != [domain] {
        return Err(format!("it is for {names:?}"));
    }
    let wanted = [PROOF, expected].concat();
    let der = certificate.to_der().unwrap();
    let holds = der.windows(wanted.len()).any(|window| window == wanted);
    holds.then_some(()).ok_or_else(|| "it does not hold the proof".into())
}

fn order_json(base: &str, id: usize, order: &Order) -> Value {
    let mut said = json!({
        "status": order.status,
        "identifiers": [{ "type": "dns", "value": order.domain }],
        "authorizations": [format!("{base}/proofs/{id}")],
        "finalize": format!("{base}/finalize/{id}"),
    });
    if order.certificate.is_some() {
        said["certificate"] = format!("{base}/certificates/{id}").into();
    }
    said
}

fn proof_json(base: &str, id: usize, order: &Order) -> Value {
    let status = if order.proof == "processing" { "pending" } else { order.proof };
    json!({
        "status": status,
        "identifier": { "type": "dns", "value": order.domain },
        "challenges": [challenge_json(base, id, order)],
    })
}

fn challenge_json(base: &str, id: usize, order: &Order) -> Value {
    let mut said = json!({
        "type": "tls-alpn-01",
        "url": format!("{base}/challenges/{id}"),
        "token": order.token,
        "status": order.proof,
    });
    if let Some(why) = &order.problem {
        said["error"] = json!({ "type": "urn:ietf:params:acme:error:connection",
            "detail": why, "status": 400 });
    }
    said
}

/// RFC 7638.
fn thumbprint(key: &Value) -> String {
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, key["x"], key["y"]);
    URL_SAFE_NO_PAD.encode(sha256(canonical.as_bytes()))
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(text).map_err(|error| error.to_string())
}

fn decoded_field(key: &Value, name: &str) -> Result<Vec<u8>, String> {
    decoded(key[name].as_str().ok_or("there is no key")?)
}

fn number(path: &str, before: &str) -> Result<usize, String> {
    let digits = path.strip_prefix(before).ok_or("who is that?")?;
    digits.parse().map_err(|_| "who is that?".to_owned())
}
