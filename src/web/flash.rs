//! One sentence on the next page about what a form has just done. The cookie holds its name only,
//! so that nobody can put words on our pages.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::cookie::CookieJar;

use super::cookies;
use super::error::Answer;
use crate::app::App;
use crate::views::{Flash, Tone};
use crate::words;

/// Everything that is said this way: name and sentence.
const NOTICES: [(&str, words::Word); 32] = [
    (PROFILE_SAVED, words::saved),
    (SIGN_IN_CHANGED, words::sign_in_changed),
    (PICTURE_REMOVED, words::picture_removed),
    (THEME_CHANGED, words::saved_for_this_device),
    (SESSION_ENDED, words::session_ended),
    (OTHERS_ENDED, words::others_ended),
    (SOUNDS_CHANGED, words::changed_on_this_device),
    (KEYS_CHANGED, words::changed_on_this_device),
    (ATTENTION_CHANGED, words::changed_on_this_device),
    (ACCOUNT_SAVED, words::saved),
    (JOIN_CODE_REPLACED, words::join_code_replaced),
    (LOGO_CHANGED, words::logo_changed),
    (LOGO_REMOVED, words::logo_removed),
    (STYLES_SAVED, words::styles_saved),
    (ROLE_CHANGED, words::role_changed),
    (PERSON_REMOVED, words::person_removed),
    (PERSON_BANNED, words::person_banned),
    (BAN_LIFTED, words::ban_lifted),
    (BOT_ADDED, words::bot_added),
    (BOT_SAVED, words::saved),
    (BOT_PICTURE_REMOVED, words::bot_picture_removed),
    (BOT_KEY_RESET, words::bot_key_reset),
    (TEST_EVENT_QUEUED, words::test_event_queued),
    (DELIVERY_QUEUED, words::delivery_queued),
    (BOT_REMOVED, words::bot_removed),
    (DEVICE_ADDED, words::device_added),
    (DEVICE_REMOVED, words::device_removed),
    (DEVICE_GONE, words::device_gone),
    (TEST_SENT, words::test_sent),
    (TEST_FAILED, words::test_failed),
    (QUIET_HOURS_SAVED, words::saved),
    (LANGUAGE_CHANGED, words::language_changed),
];
pub const LANGUAGE_CHANGED: &str = "language-changed";
pub const DEVICE_ADDED: &str = "device-added";
pub const DEVICE_REMOVED: &str = "device-removed";
pub const DEVICE_GONE: &str = "device-gone";
pub const TEST_SENT: &str = "test-sent";
pub const TEST_FAILED: &str = "test-failed";
pub const QUIET_HOURS_SAVED: &str = "quiet-hours-saved";
pub const PROFILE_SAVED: &str = "profile-saved";
pub const SIGN_IN_CHANGED: &str = "sign-in-changed";
pub const PICTURE_REMOVED: &str = "picture-removed";
pub const THEME_CHANGED: &str = "theme-changed";
pub const SOUNDS_CHANGED: &str = "sounds-changed";
pub const ATTENTION_CHANGED: &str = "attention-changed";
pub const KEYS_CHANGED: &str = "keys-changed";
pub const SESSION_ENDED: &str = "session-ended";
pub const OTHERS_ENDED: &str = "others-ended";
pub const ACCOUNT_SAVED: &str = "account-saved";
pub const JOIN_CODE_REPLACED: &str = "join-code-replaced";
pub const LOGO_CHANGED: &str = "logo-changed";
pub const LOGO_REMOVED: &str = "logo-removed";
pub const STYLES_SAVED: &str = "styles-saved";
pub const ROLE_CHANGED: &str = "role-changed";
pub const PERSON_REMOVED: &str = "person-removed";
pub const PERSON_BANNED: &str = "person-banned";
pub const BAN_LIFTED: &str = "ban-lifted";
pub const BOT_ADDED: &str = "bot-added";
pub const BOT_SAVED: &str = "bot-saved";
pub const BOT_PICTURE_REMOVED: &str = "bot-picture-removed";
pub const BOT_KEY_RESET: &str = "bot-key-reset";
pub const BOT_REMOVED: &str = "bot-removed";
pub const TEST_EVENT_QUEUED: &str = "test-event-queued";
pub const DELIVERY_QUEUED: &str = "delivery-queued";

/// Sends the person on to a page that will say it.
pub fn redirect(app: &App, path: &str, notice: &'static str) -> Answer {
    let mut headers = HeaderMap::new();
    cookies::leave_notice(app, &mut headers, notice);
    Ok((headers, Redirect::to(path)).into_response())
}

/// What was left to be said on this page. The headers forget it.
pub fn take(app: &App, jar: &CookieJar, headers: &mut HeaderMap) -> Option<Flash> {
    let code = cookies::take_notice(app, jar, headers)?;
    let (_, sentence) = NOTICES.iter().find(|(name, _)| *name == code)?;
    Some(Flash { tone: Tone::Notice, sentence: sentence().to_owned() })
}
