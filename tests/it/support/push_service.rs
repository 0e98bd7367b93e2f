//! A push service of the test, and browsers that read what only they can read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ece::EcKeyComponents;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use tempfile::TempDir;

use super::outside::{Reply, Request, Tls};
use super::{App, Outside, Person, within};

/// The page of one's own devices.
pub const LIST: &str = "/users/me/push_subscriptions";

/// A push service that takes everything, unless it is told to answer otherwise.
pub struct PushService {
    pub outside: Outside,
    answers: Arc<Mutex<Vec<Reply>>>,
    otherwise: Arc<Mutex<Reply>>,
    folder: TempDir,
}

impl PushService {
    pub async fn start() -> PushService {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("trusted.pem"), made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let answers: Arc<Mutex<Vec<Reply>>> = Arc::default();
        let otherwise = Arc::new(Mutex::new(Reply::status(201)));
        let (next, rest) = (answers.clone(), otherwise.clone());
        let outside = Outside::at("127.0.0.1:0", Some(Tls::from(Arc::new(config))), move |_| {
            let mut answers = next.lock().unwrap();
            if answers.is_empty() { rest.lock().unwrap().clone() } else { answers.remove(0) }
        })
        .await;
        PushService { outside, answers, otherwise, folder }
    }

    fn trusted(&self) -> PathBuf {
        self.folder.path().join("trusted.pem")
    }

    /// A server that knows this service and trusts it.
    pub fn app(&self) -> App {
        App::with(|settings| {
            settings
                .set("PUSH_SERVICES", "127.0.0.1")
                .set("REACHABLE_NETWORKS", "127.0.0.0/8")
                .set("SSL_CERT_FILE", self.trusted().to_str().unwrap());
        })
    }

    /// What it answers from now on, unless it is told what comes next.
    pub fn always(&self, reply: Reply) {
        *self.otherwise.lock().unwrap() = reply;
    }

    /// What it answers next, in this order.
    pub fn answer(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.answers.lock().unwrap() = replies.into_iter().collect();
    }
}

/// A browser that wants to be told.
pub struct Device {
    path: String,
    keys: EcKeyComponents,
    auth: Vec<u8>,
}

impl Device {
    pub fn new(name: &str) -> Device {
        let (keys, auth) = ece::generate_keypair_and_auth_secret().unwrap();
        let keys = keys.raw_components().unwrap();
        Device { path: format!("/push/{name}"), keys, auth: auth.to_vec() }
    }

    pub fn fields(&self, service: &PushService) -> [(&'static str, String); 3] {
        [
            ("endpoint", service.outside.url(&self.path)),
            ("p256dh_key", URL_SAFE_NO_PAD.encode(self.keys.public_key())),
            ("auth_key", URL_SAFE_NO_PAD.encode(&self.auth)),
        ]
    }

    pub async fn of(person: &Person, name: &str, service: &PushService) -> Device {
        let device = Device::new(name);
        person.post_fragment(LIST, &device.fields(service)).await.expect(201);
        device
    }

    /// What it was told, in the order in which it came.
    pub fn told(&self, service: &PushService) -> Vec<Value> {
        let requests = service.outside.requests();
        requests.iter().filter(|one| one.path == self.path).map(|one| self.read(one)).collect()
    }

    /// Reads what only this browser can read.
    pub fn read(&self, request: &Request) -> Value {
        assert_eq!(request.path, self.path);
        let read = ece::decrypt(&self.keys, &self.auth, &request.body).unwrap();
        serde_json::from_slice(&read).unwrap()
    }
}

pub async fn hear(person: &Person, room: i64, involvement: &str) {
    let path = format!("/rooms/{room}/involvement");
    person.post_form(&path, &[("involvement", involvement)]).await.expect(303);
}

/// Somebody who hears everything of the first room, with a device.
pub async fn listener(app: &App, name: &str, service: &PushService) -> (Person, Device) {
    let person = app.join(name).await;
    hear(&person, 1, "everything").await;
    let device = Device::of(&person, name, service).await;
    (person, device)
}

/// Waits until nothing is queued any more.
pub async fn settled(app: &App) {
    within("the queue", async {
        while app.database().count("jobs") > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Put off for a second.
pub fn busy() -> Reply {
    Reply::status(503).header("retry-after", "1")
}
