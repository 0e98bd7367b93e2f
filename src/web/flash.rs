//! One sentence on the next page about what a form has just done. The cookie holds its name only,
//! so that nobody can put words on our pages.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::cookie::CookieJar;

use super::cookies;
use super::error::Answer;
use crate::app::App;
use crate::views::{Flash, Tone};

/// Everything that is said this way: name and sentence.
const NOTICES: [(&str, &str); 31] = [
    (PROFILE_SAVED, "Saved."),
    (SIGN_IN_CHANGED, "Saved. Every other device was signed out."),
    (PICTURE_REMOVED, "Your picture is gone; your initials are back."),
    (THEME_CHANGED, "Saved for this device."),
    (SESSION_ENDED, "That device is signed out."),
    (OTHERS_ENDED, "Every other device is signed out."),
    (SOUNDS_CHANGED, "Changed on this device."),
    (ATTENTION_CHANGED, "Changed on this device."),
    (KEYS_CHANGED, "Changed on this device."),
    (ACCOUNT_SAVED, "Saved."),
    (JOIN_CODE_REPLACED, "There is a new join link. The old one no longer works."),
    (LOGO_CHANGED, "The logo is changed."),
    (LOGO_REMOVED, "The logo is gone; the campfire is back."),
    (STYLES_SAVED, "Saved. Everybody gets these styles with the next page."),
    (ROLE_CHANGED, "The role is changed."),
    (PERSON_REMOVED, "They are removed and signed out everywhere."),
    (PERSON_BANNED, "They are banned and signed out everywhere. Their messages are being removed."),
    (BAN_LIFTED, "The ban is lifted. They can sign in again."),
    (BOT_ADDED, "The bot is here, and in every open room."),
    (BOT_SAVED, "Saved."),
    (BOT_PICTURE_REMOVED, "The picture is gone; the bot looks like a bot again."),
    (BOT_KEY_RESET, "There is a new key. The old one no longer works."),
    (
        TEST_EVENT_QUEUED,
        "A test event is on its way. Load this page again to see what became of it.",
    ),
    (DELIVERY_QUEUED, "It is on its way again. Load this page again to see what became of it."),
    (BOT_REMOVED, "The bot is removed. What it wrote stays."),
    (DEVICE_ADDED, "This device gets notifications from now on."),
    (DEVICE_REMOVED, "That device gets no notifications any more."),
    (DEVICE_GONE, "That device takes no notifications any more, so it is gone from the list."),
    (TEST_SENT, "Sent. It should appear on that device in a moment."),
    (TEST_FAILED, "The push service did not take it. Try again in a while."),
    (QUIET_HOURS_SAVED, "Saved."),
];
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
    Some(Flash { tone: Tone::Notice, sentence: (*sentence).to_owned() })
}
