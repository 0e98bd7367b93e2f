//! Messages to browsers, through the services that they name. What is said only the browser can
//! read (RFC 8291), and the service knows that it comes from this server (RFC 8292).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Method, Url};
use tokio::time::timeout;
use web_push::{
    ContentEncoding, PartialVapidSignatureBuilder, SubscriptionInfo, VapidSignatureBuilder,
    WebPushError, WebPushMessageBuilder,
};

use super::{Answer, Call, CallError, Caps, Client, Purpose};
use crate::model::push_subscription::{PushTarget, is_push_service};

/// Bytes of what is said, before it is encrypted: what every service takes.
pub const MOST_BYTES: usize = 3_000;
/// A whole exchange with a service.
const TIME: Duration = Duration::from_secs(10);
/// What a service says beside its status is of no interest. So much is read, for so long, that the
/// connection can serve the next message.
const ANSWER_BYTES: usize = 4 * 1024;
const ANSWER_TIME: Duration = Duration::from_secs(1);
/// How long a service keeps what it cannot deliver, in seconds: a day.
const KEPT_SECONDS: u32 = 24 * 60 * 60;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Taken,
    /// Nobody is there any more, or their keys are none.
    Gone,
    /// To be tried again with less to say.
    TooLarge,
    /// To be tried again, after this long if the service says so.
    Later(Option<Duration>),
    /// Never, for a reason that is ours; the status.
    Refused(u16),
}

/// Speaks to push services in the name of this server.
#[derive(Clone)]
pub struct PushServices(Arc<Shared>);

struct Shared {
    client: Client,
    key: PartialVapidSignatureBuilder,
    public_key: String,
    /// Whom a service can turn to.
    contact: String,
    /// Hosts of the operator's own services.
    more: Vec<String>,
}

impl PushServices {
    /// `private_key`: 32 bytes of the curve P-256, base64url. `more`: hosts of services beside
    /// those of the usual browsers.
    ///
    /// # Errors
    /// One sentence when the key is none, or `public_key` is not the one that belongs to it.
    pub fn new(
        client: Client,
        private_key: &str,
        public_key: Option<&str>,
        origin: Option<&str>,
        more: &[String],
    ) -> anyhow::Result<Self> {
        let key = VapidSignatureBuilder::from_base64_no_sub(private_key.trim_end_matches('='))
            .map_err(|_| anyhow::anyhow!("VAPID_PRIVATE_KEY is not a private key: allowed are 32 bytes of the curve P-256 as base64url"))?;
        let derived = URL_SAFE_NO_PAD.encode(key.get_public_key());
        if public_key.is_some_and(|given| given.trim_end_matches('=') != derived) {
            anyhow::bail!("VAPID_PUBLIC_KEY does not belong to VAPID_PRIVATE_KEY");
        }
        let contact = origin.filter(|origin| origin.starts_with("https://"));
        let contact = contact.unwrap_or("mailto:webmaster@example.org").to_owned();
        let (public_key, more) = (derived, more.to_vec());
        Ok(Self(Arc::new(Shared { client, key, public_key, contact, more })))
    }

    /// What browsers are told when they subscribe, base64url.
    pub fn public_key(&self) -> &str {
        &self.0.public_key
    }

    /// Whether anything can be said to this browser: its key has to be a point of the curve.
    pub fn can_seal(&self, to: &PushTarget) -> bool {
        self.seal(to, b"?").is_ok()
    }

    /// Sends one message. `topic`: of messages with the same one that could not be delivered yet
    /// only the last is kept; at most 32 letters, digits and hyphens.
    ///
    /// # Errors
    /// When the service could not be asked, see [`CallError`]; `Forbidden` also when it is none that
    /// this server knows by now.
    pub async fn send(&self, to: &PushTarget, said: &[u8], topic: &str) -> Result<Sent, CallError> {
        if !self.knows(&to.endpoint) {
            return Err(CallError::Forbidden);
        }
        let (body, authorization) = match self.seal(to, said) {
            Ok(sealed) => sealed,
            Err(WebPushError::InvalidCryptoKeys) => return Ok(Sent::Gone),
            Err(error) => {
                tracing::error!(%error, "a push message could not be made");
                return Err(CallError::BadUrl);
            }
        };
        let text = |text: &str| HeaderValue::from_str(text).map_err(|_| CallError::BadUrl);
        // Judged by its status, whatever length the rest claims to have.
        let caps = Caps { silence: TIME, whole: TIME, answer_bytes: u64::MAX, redirects: 0 };
        let call = Call::new(Purpose::PushMessage, Method::POST, &to.endpoint)?
            .header(AUTHORIZATION, text(&authorization)?)
            .header(CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))
            .header(HeaderName::from_static("ttl"), HeaderValue::from(KEPT_SECONDS))
            .header(HeaderName::from_static("urgency"), HeaderValue::from_static("high"))
            .header(HeaderName::from_static("topic"), text(topic)?)
            .body(body)
            .caps(caps);
        let answer = self.0.client.send(call).await?;
        let sent = judge(&answer);
        let _ = timeout(ANSWER_TIME, skim(answer)).await;
        Ok(sent)
    }

    /// What was known when the browser subscribed need not be any more. Here the address is read as
    /// it will be called.
    fn knows(&self, endpoint: &str) -> bool {
        Url::parse(endpoint).is_ok_and(|url| {
            let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default());
            url.scheme() == "https" && is_push_service(host, port.unwrap_or(0), &self.0.more)
        })
    }

    /// The encrypted body, and who says it.
    fn seal(&self, to: &PushTarget, said: &[u8]) -> Result<(Vec<u8>, String), WebPushError> {
        let info = SubscriptionInfo::new(&*to.endpoint, &*to.p256dh_key, &*to.auth_key);
        let mut signature = self.0.key.clone().add_sub_info(&info);
        let url = Url::parse(&to.endpoint).map_err(|_| WebPushError::InvalidUri)?;
        signature.add_claim("aud", url.origin().ascii_serialization());
        signature.add_claim("sub", self.0.contact.clone());
        // Whatever it is, it is not the browser's key that is wrong here.
        let signature = signature.build().map_err(|_| WebPushError::InvalidClaims)?;
        let mut message = WebPushMessageBuilder::new(&info);
        message.set_payload(ContentEncoding::Aes128Gcm, said);
        message.set_vapid_signature(signature);
        let sealed = message.build()?.payload.ok_or(WebPushError::InvalidCryptoKeys)?;
        let mut headers = sealed.crypto_headers.into_iter();
        let authorization = headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let (_, authorization) = authorization.ok_or(WebPushError::InvalidClaims)?;
        Ok((sealed.content, authorization))
    }
}

async fn skim(mut answer: Answer) {
    let mut left = ANSWER_BYTES;
    while let Ok(Some(piece)) = answer.chunk().await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            return;
        }
    }
}

fn judge(answer: &Answer) -> Sent {
    let retry_after = || wait_of(answer.header(RETRY_AFTER.as_str()), SystemTime::now());
    match answer.status.as_u16() {
        200..300 => Sent::Taken,
        404 | 410 => Sent::Gone,
        413 => Sent::TooLarge,
        429 | 500..600 => Sent::Later(retry_after()),
        other => Sent::Refused(other),
    }
}

/// How long `Retry-After` asks to wait: seconds, or a date.
fn wait_of(asked: &str, now: SystemTime) -> Option<Duration> {
    let asked = asked.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(asked).ok()?;
    Some(SystemTime::from(at).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of the sender in RFC 8291, appendix A.
    const PRIVATE: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    const PUBLIC: &str =
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";

    fn bytes(base64: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(base64).unwrap()
    }

    #[test]
    fn the_keys_belong_together() {
        let new = |private: &str, public: Option<&str>| {
            PushServices::new(Client::new(&[]), private, public, None, &[])
                .map(|made| made.public_key().to_owned())
        };
        assert_eq!(new(PRIVATE, None).unwrap(), PUBLIC);
        assert_eq!(new(&format!("{PRIVATE}="), Some(PUBLIC)).unwrap(), PUBLIC);
        assert!(new(PRIVATE, Some("BMo1")).is_err() && new("x", None).is_err());
    }

    /// RFC 8291, appendix A.
    #[test]
    fn the_cipher_reads_what_the_standard_says() {
        let receiver = ece::EcKeyComponents::new(
            bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
            bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
        );
        let sent = bytes(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        );
        let read = ece::decrypt(&receiver, &bytes("BTBZMqHH6r4Tts7J_aSIgg"), &sent).unwrap();
        assert_eq!(read, b"When I grow up, I want to be a watermelon");
    }

    #[test]
    fn what_is_said_only_the_browser_reads() {
        let (browser, auth) = ece::generate_keypair_and_auth_secret().unwrap();
        let target = PushTarget {
            endpoint: "https://push.example:8443/x?y=1".into(),
            p256dh_key: URL_SAFE_NO_PAD.encode(browser.pub_as_raw().unwrap()),
            auth_key: URL_SAFE_NO_PAD.encode(auth),
        };
        let services =
            PushServices::new(Client::new(&[]), PRIVATE, None, Some("https://chat.example"), &[])
                .unwrap();
        let said = vec![b'x'; MOST_BYTES];
        let (body, authorization) = services.seal(&target, &said).unwrap();
        assert!(body.len() <= 4_096, "{}", body.len());
        let read = ece::decrypt(&browser.raw_components().unwrap(), &auth, &body).unwrap();
        assert_eq!(read, said);
        let token = authorization.strip_prefix("vapid t=").unwrap();
        let (token, key) = token.split_once(", k=").unwrap();
        assert_eq!(key, PUBLIC);
        let claims: serde_json::Value =
            serde_json::from_slice(&bytes(token.split('.').nth(1).unwrap())).unwrap();
        assert_eq!(claims["aud"], "https://push.example:8443");
        assert_eq!(claims["sub"], "https://chat.example");
        let no_point = URL_SAFE_NO_PAD.encode([4; 65]);
        assert!(services.can_seal(&target));
        assert!(!services.can_seal(&PushTarget { p256dh_key: no_point, ..target }));
    }

    #[tokio::test]
    async fn what_is_no_push_service_any_more_is_not_called() {
        let more = ["push.example.org".to_owned()];
        let services = PushServices::new(Client::new(&[]), PRIVATE, None, None, &more).unwrap();
        for known in ["https://web.push.apple.com/x", "https://push.example.org:8443/x"] {
            assert!(services.knows(known), "{known}");
        }
        for endpoint in [
            "https://push.example/1",
            "http://push.example.org/",
            "https://web.push.apple.com:444/",
            "https://web.push.apple.com\t.evil.example/",
            "https://web.push.apple.com%2eevil.example/",
            "x",
        ] {
            let (p256dh_key, auth_key) = (String::new(), String::new());
            let to = PushTarget { endpoint: endpoint.into(), p256dh_key, auth_key };
            let sent = services.send(&to, b"", "test").await;
            assert_eq!(sent, Err(CallError::Forbidden), "{endpoint}");
        }
    }

    #[test]
    fn services_say_how_long_to_wait_in_seconds_or_with_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let wait = |asked| wait_of(asked, now).map(|wait| wait.as_secs());
        assert_eq!(wait(" 120 "), Some(120));
        assert_eq!(wait("Tue, 14 Nov 2023 22:14:20 GMT"), Some(60));
        assert_eq!(wait("Tue, 14 Nov 2023 22:00:00 GMT"), Some(0), "that is over");
        assert_eq!((wait(""), wait("soon"), wait("-5")), (None, None, None));
    }
}
