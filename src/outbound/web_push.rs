//! Messages to browsers, through the services that they name. What is said only the browser can
//! read (RFC 8291), and the service knows that it comes from this server (RFC 8292).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Method, Url};
use web_push::{
    ContentEncoding, PartialVapidSignatureBuilder, SubscriptionInfo, VapidSignatureBuilder,
    WebPushError, WebPushMessageBuilder,
};

use super::{Answer, Call, CallError, Caps, Client, Purpose};
use crate::model::push_subscription::PushTarget;

/// Bytes of what is said, before it is encrypted: what every service takes.
pub const MOST_BYTES: usize = 3_000;
/// A whole exchange with a service.
const TIME: Duration = Duration::from_secs(10);
/// What a service says in return is of no interest.
const ANSWER_BYTES: u64 = 4 * 1024;
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
}

impl PushServices {
    /// `private_key`: 32 bytes of the curve P-256, base64url.
    ///
    /// # Errors
    /// One sentence when the key is none, or `public_key` is not the one that belongs to it.
    pub fn new(
        client: Client,
        private_key: &str,
        public_key: Option<&str>,
        origin: Option<&str>,
    ) -> anyhow::Result<Self> {
        let key = VapidSignatureBuilder::from_base64_no_sub(private_key.trim_end_matches('='))
            .map_err(|_| anyhow::anyhow!("VAPID_PRIVATE_KEY is not a private key: allowed are 32 bytes of the curve P-256 as base64url"))?;
        let derived = URL_SAFE_NO_PAD.encode(key.get_public_key());
        if public_key.is_some_and(|given| given.trim_end_matches('=') != derived) {
            anyhow::bail!("VAPID_PUBLIC_KEY does not belong to VAPID_PRIVATE_KEY");
        }
        let contact = origin.filter(|origin| origin.starts_with("https://"));
        let contact = contact.unwrap_or("mailto:webmaster@example.org").to_owned();
        Ok(Self(Arc::new(Shared { client, key, public_key: derived, contact })))
    }

    /// What browsers are told when they subscribe, base64url.
    pub fn public_key(&self) -> &str {
        &self.0.public_key
    }

    /// Sends one message. `topic`: of messages with the same one that could not be delivered yet
    /// only the last is kept; at most 32 letters, digits and hyphens.
    ///
    /// # Errors
    /// When the service could not be asked, see [`CallError`].
    pub async fn send(&self, to: &PushTarget, said: &[u8], topic: &str) -> Result<Sent, CallError> {
        let Ok((body, authorization)) = self.seal(to, said) else { return Ok(Sent::Gone) };
        let text = |text: &str| HeaderValue::from_str(text).map_err(|_| CallError::BadUrl);
        let caps = Caps { silence: TIME, whole: TIME, answer_bytes: ANSWER_BYTES, redirects: 0 };
        let call = Call::new(Purpose::PushMessage, Method::POST, &to.endpoint)?
            .header(AUTHORIZATION, text(&authorization)?)
            .header(CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))
            .header(HeaderName::from_static("ttl"), HeaderValue::from(KEPT_SECONDS))
            .header(HeaderName::from_static("urgency"), HeaderValue::from_static("high"))
            .header(HeaderName::from_static("topic"), text(topic)?)
            .body(body)
            .caps(caps);
        let answer = match self.0.client.send(call).await {
            // Told to read less; what it is about is in the status.
            Err(CallError::TooLarge { .. }) => return Ok(Sent::Later(None)),
            answered => answered?,
        };
        let sent = judge(&answer);
        answer.finish().await;
        Ok(sent)
    }

    /// The encrypted body, and who says it.
    fn seal(&self, to: &PushTarget, said: &[u8]) -> Result<(Vec<u8>, String), WebPushError> {
        let info = SubscriptionInfo::new(&*to.endpoint, &*to.p256dh_key, &*to.auth_key);
        let mut signature = self.0.key.clone().add_sub_info(&info);
        let url = Url::parse(&to.endpoint).map_err(|_| WebPushError::InvalidUri)?;
        signature.add_claim("aud", url.origin().ascii_serialization());
        signature.add_claim("sub", self.0.contact.clone());
        let mut message = WebPushMessageBuilder::new(&info);
        message.set_payload(ContentEncoding::Aes128Gcm, said);
        message.set_vapid_signature(signature.build()?);
        let sealed = message.build()?.payload.ok_or(WebPushError::InvalidCryptoKeys)?;
        let mut headers = sealed.crypto_headers.into_iter();
        let authorization = headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let (_, authorization) = authorization.ok_or(WebPushError::InvalidClaims)?;
        Ok((sealed.content, authorization))
    }
}

fn judge(answer: &Answer) -> Sent {
    let retry_after = || answer.header(RETRY_AFTER.as_str()).trim().parse().ok();
    match answer.status.as_u16() {
        200..300 => Sent::Taken,
        404 | 410 => Sent::Gone,
        413 => Sent::TooLarge,
        429 | 500..600 => Sent::Later(retry_after().map(Duration::from_secs)),
        other => Sent::Refused(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIVATE: &str = "IQ9Ur0ykXoHS9gzfYX0aBjy9lvdrjx_PFUXmie9YRcY";
    const PUBLIC: &str =
        "BMo1HqKF6skMZYykrte9duqYwBD08mDQKTunRkJdD3sTJ9E-yyN6sJlPWTpKNhp-y2KeS6oANHF-q3w37bClb7U";

    fn bytes(base64: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(base64).unwrap()
    }

    #[test]
    fn the_keys_belong_together() {
        let new = |private: &str, public: Option<&str>| {
            PushServices::new(Client::new(&[]), private, public, None)
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
            PushServices::new(Client::new(&[]), PRIVATE, None, Some("https://chat.example"))
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
    }
}
