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
const NOTICES: [(&str, &str); 6] = [
    (PROFILE_SAVED, "Saved."),
    (SIGN_IN_CHANGED, "Saved. Every other device was signed out."),
    (PICTURE_REMOVED, "Your picture is gone; your initials are back."),
    (THEME_CHANGED, "Saved for this device."),
    (SESSION_ENDED, "That device is signed out."),
    (OTHERS_ENDED, "Every other device is signed out."),
];
pub const PROFILE_SAVED: &str = "profile-saved";
pub const SIGN_IN_CHANGED: &str = "sign-in-changed";
pub const PICTURE_REMOVED: &str = "picture-removed";
pub const THEME_CHANGED: &str = "theme-changed";
pub const SESSION_ENDED: &str = "session-ended";
pub const OTHERS_ENDED: &str = "others-ended";

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
