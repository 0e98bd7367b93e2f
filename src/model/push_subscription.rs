//! A browser that wants to be told of messages while nobody looks, and what it is told.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, general_purpose};
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::session::device;
use super::text::Refused;
use super::{PushSubscriptionId, Timestamp};
use crate::words::{self, sentence};

/// Devices of one person; the oldest makes room for one more.
pub const MAX_SUBSCRIPTIONS: usize = 20;
/// Longest address of a push service that is kept, in bytes.
const MAX_ENDPOINT: usize = 1_000;
/// Where a notification's picture comes from: the account's logo.
const ICON: &str = "/account/logo";
/// Services that browsers name: these hosts and what is below them.
const SERVICES: [&str; 5] = [
    "fcm.googleapis.com",
    "jmt17.google.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
];

/// Where a browser is reached, and the keys that only it can read with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushTarget {
    pub endpoint: String,
    /// The browser's public key, 65 bytes, base64url.
    pub p256dh_key: String,
    /// 16 bytes, base64url.
    pub auth_key: String,
}

impl PushTarget {
    /// What a browser says of itself.
    ///
    /// # Errors
    /// A sentence when it is no address of a known push service, also of the operator's own
    /// `more`, or the keys are none.
    pub fn parse(
        endpoint: &str,
        p256dh_key: &str,
        auth_key: &str,
        more: &[String],
    ) -> Result<Self, Refused> {
        let endpoint = endpoint.trim();
        let is_known =
            place_of(endpoint).is_some_and(|(host, port)| is_push_service(host, port, more));
        if !is_known
            || endpoint.len() > MAX_ENDPOINT
            || !endpoint.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(Refused(sentence(words::unknown_push_service)));
        }
        let p256dh_key = key(p256dh_key, 65).ok_or_else(Self::unusable_keys)?;
        let auth_key = key(auth_key, 16).ok_or_else(Self::unusable_keys)?;
        Ok(Self { endpoint: endpoint.to_owned(), p256dh_key, auth_key })
    }

    /// Why a browser is refused that nothing can be said to.
    pub fn unusable_keys() -> Refused {
        Refused(sentence(words::browser_keys_unusable))
    }
}

/// Whether messages may be sent there: to the services of browsers on the usual port, and to the
/// operator's own `more` on any.
pub fn is_push_service(host: &str, port: u16, more: &[String]) -> bool {
    let is_known = SERVICES.into_iter().any(|service| is_at(host, service));
    (is_known && port == 443) || more.iter().any(|service| is_at(host, service))
}

/// Host and port of an https address without a name and password in it.
fn place_of(endpoint: &str) -> Option<(&str, u16)> {
    let authority = endpoint.strip_prefix("https://")?.split(['/', '?', '#', '\\']).next()?;
    if authority.contains('@') {
        return None;
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    Some((host, port.parse().ok()?))
}

/// The host itself, or one below it.
fn is_at(host: &str, service: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.strip_suffix(&*service.to_ascii_lowercase())
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Keys come with and without padding.
fn key(text: &str, length: usize) -> Option<String> {
    let lenient: GeneralPurposeConfig = general_purpose::PAD
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let text = text.trim().replace('+', "-").replace('/', "_");
    let bytes = GeneralPurpose::new(&URL_SAFE, lenient).decode(text).ok()?;
    (bytes.len() == length).then(|| URL_SAFE_NO_PAD.encode(bytes))
}

/// One device as its owner sees it in their list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushSubscription {
    pub id: PushSubscriptionId,
    pub user_agent: String,
    pub created_at: Timestamp,
    /// When its service last took a message.
    pub last_success_at: Option<Timestamp>,
    /// The browser that looks at the list.
    pub is_here: bool,
}

impl PushSubscription {
    /// The browser and the system it says it is, in words.
    pub fn device(&self) -> String {
        device(&self.user_agent)
    }
}

/// What a service worker is told, and shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub title: String,
    pub options: NoticeOptions,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeOptions {
    pub body: String,
    pub icon: String,
    pub badge: String,
    /// A new notice takes the place of the one with the same tag.
    pub tag: String,
    pub data: NoticeData,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeData {
    /// Where a click leads.
    pub path: String,
    /// Rooms with something unread.
    pub badge: i64,
}

impl Notice {
    /// `path`: where a click leads. `tag`: what it takes the place of. `badge`: the address of a
    /// picture for where there is little room. `unread_rooms`: the number on the app's icon.
    pub fn new(
        title: String,
        body: String,
        path: String,
        tag: String,
        badge: &str,
        unread_rooms: i64,
    ) -> Self {
        let data = NoticeData { path, badge: unread_rooms };
        let (icon, badge) = (ICON.to_owned(), badge.to_owned());
        Self { title, options: NoticeOptions { body, icon, badge, tag, data } }
    }

    /// As it is sent: JSON of at most `most` bytes. The body gives way, between what readers take
    /// for letters, and ends in an ellipsis then.
    pub fn within(&self, most: usize) -> Vec<u8> {
        let whole = json_of(self);
        if whole.len() <= most {
            return whole;
        }
        let mut notice = self.clone();
        notice.options.body = "…".to_owned();
        let room = most.saturating_sub(json_of(&notice).len());
        let mut used = 0;
        let fitting = self.options.body.graphemes(true).take_while(|letter| {
            // Without the quotes that it does not have inside the text.
            used += json_of(letter).len() - 2;
            used <= room
        });
        let words: String = fitting.collect();
        notice.options.body = format!("{}…", words.trim_end());
        json_of(&notice)
    }
}

/// Text and numbers alone: there is nothing to fail.
fn json_of(value: &(impl Serialize + ?Sized)) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn parse(endpoint: &str) -> Result<PushTarget, Refused> {
        PushTarget::parse(endpoint, P256DH, AUTH, &["push.example.org".to_owned()])
    }

    #[test]
    fn only_known_services_are_named() {
        for good in [
            "https://fcm.googleapis.com/fcm/send/x",
            "https://web.push.apple.com/x",
            "https://updates.push.services.mozilla.com/wpush/v2/x",
            "https://wns2-db5p.notify.windows.com/w/?token=x",
            "https://push.example.org/x",
            "https://push.example.org:8443/x",
            "https://fcm.googleapis.com:443/x",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilfcm.googleapis.com.example/",
            "https://notfcm-googleapis.com/",
            "https://xfcm.googleapis.com/",
            "https://evil.example/fcm.googleapis.com",
            "https://fcm.googleapis.com@evil.example/",
            "https://evil.example\\.fcm.googleapis.com/",
            "https://127.0.0.1/",
            "",
            "fcm.googleapis.com",
            "https://evil.example?fcm.googleapis.com",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com:443@evil.example/",
            "https://fcm.googleapis.com:/",
            "https://fcm.googleapis.com%2eevil.example/",
            "https://[::1]/",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_have_their_length() {
        let padded = format!("{AUTH}==");
        let target =
            PushTarget::parse("https://fcm.googleapis.com/x", P256DH, &padded, &[]).unwrap();
        assert_eq!(target.auth_key, AUTH);
        for (p256dh, auth) in [("", AUTH), (P256DH, ""), (AUTH, P256DH), ("!", "!")] {
            assert!(PushTarget::parse("https://fcm.googleapis.com/x", p256dh, auth, &[]).is_err());
        }
    }

    #[test]
    fn a_long_body_gives_way_between_letters() {
        for letter in ["a", "é", "李", "👩‍🚀", "\"", "\n", "\u{1}"] {
            let (path, tag) = ("/rooms/7/@42".to_owned(), "room_7".to_owned());
            let notice =
                Notice::new("Ada".into(), letter.repeat(9_000), path, tag, "/badge.png", 2);
            let sent = notice.within(3_000);
            assert!(sent.len() <= 3_000, "{letter:?}: {}", sent.len());
            let lost = json_of(letter).len();
            let white = letter.trim().is_empty();
            assert!(white || sent.len() > 3_000 - lost, "{letter:?}: {}", sent.len());
            let read: Notice = serde_json::from_slice(&sent).unwrap();
            assert_eq!(read.options.data, notice.options.data);
            let words = read.options.body.strip_suffix('…').unwrap();
            assert_eq!(words.len() % letter.len(), 0, "cut between letters");
        }
    }
}
