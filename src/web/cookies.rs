//! Small cookies beside the session: the page to come back to, the last room. Never trusted:
//! what they say is checked when it is read.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use time::Duration;

use crate::app::App;
use crate::model::{Attention, RoomId, Theme};

const RETURN_TO: &str = "return_to";
const LAST_ROOM: &str = "last_room";
const THEME: &str = "theme";
const MUTED: &str = "muted";
/// What is off of the ways in which a page calls.
const QUIET: &str = "quiet";
const KEYLESS: &str = "keyless";
const NOTICE: &str = "notice";
const TRANSFER: &str = "transfer";
/// Longest path that is remembered, in bytes.
const MAX_PATH: usize = 1_024;

/// Remembers where somebody wanted to go before they were asked to sign in.
pub fn remember_return(app: &App, headers: &mut HeaderMap, path: &str) {
    if is_own_path(path) && path.len() <= MAX_PATH {
        set(headers, cookie(app, RETURN_TO, path.to_owned(), Duration::minutes(30)));
    }
}

/// Where to go after signing in, and forgets it. Only a path of ours, else `/`.
pub fn take_return(app: &App, jar: &CookieJar, headers: &mut HeaderMap) -> String {
    let Some(found) = jar.get(&name(app, RETURN_TO)) else { return "/".to_owned() };
    let path = if is_own_path(found.value()) { found.value().to_owned() } else { "/".to_owned() };
    set(headers, cookie(app, RETURN_TO, String::new(), Duration::ZERO));
    path
}

/// Remembers the room somebody looks at, unless it is remembered already.
pub fn remember_room(app: &App, jar: &CookieJar, headers: &mut HeaderMap, room_id: RoomId) {
    if last_room(app, jar) != Some(room_id) {
        set(headers, cookie(app, LAST_ROOM, room_id.to_string(), Duration::days(365)));
    }
}

pub fn last_room(app: &App, jar: &CookieJar) -> Option<RoomId> {
    jar.get(&name(app, LAST_ROOM))?.value().parse().ok()
}

/// The look chosen on this device; anything but one of ours is none.
pub fn theme(app: &App, jar: &CookieJar) -> Theme {
    jar.get(&name(app, THEME)).and_then(|found| Theme::parse(found.value())).unwrap_or_default()
}

pub fn remember_theme(app: &App, headers: &mut HeaderMap, theme: Theme) {
    let age = if theme == Theme::System { Duration::ZERO } else { Duration::days(365) };
    set(headers, cookie(app, THEME, theme.as_str().to_owned(), age));
}

/// Whether sounds wait for a click on this device.
pub fn muted(app: &App, jar: &CookieJar) -> bool {
    jar.get(&name(app, MUTED)).is_some_and(|found| found.value() == "1")
}

pub fn remember_muted(app: &App, headers: &mut HeaderMap, muted: bool) {
    let age = if muted { Duration::days(365) } else { Duration::ZERO };
    set(headers, cookie(app, MUTED, "1".to_owned(), age));
}

/// How a page on this device calls while nobody looks at it.
pub fn attention(app: &App, jar: &CookieJar) -> Attention {
    jar.get(&name(app, QUIET)).map(|found| Attention::without(found.value())).unwrap_or_default()
}

pub fn remember_attention(app: &App, headers: &mut HeaderMap, attention: Attention) {
    let off = attention.off();
    let age = if off.is_empty() { Duration::ZERO } else { Duration::days(365) };
    set(headers, cookie(app, QUIET, off, age));
}

/// Whether letters alone do nothing on this device.
pub fn keyless(app: &App, jar: &CookieJar) -> bool {
    jar.get(&name(app, KEYLESS)).is_some_and(|found| found.value() == "1")
}

pub fn remember_keyless(app: &App, headers: &mut HeaderMap, keyless: bool) {
    let age = if keyless { Duration::days(365) } else { Duration::ZERO };
    set(headers, cookie(app, KEYLESS, "1".to_owned(), age));
}

/// Keeps the name of a sentence for the next page.
pub fn leave_notice(app: &App, headers: &mut HeaderMap, code: &'static str) {
    set(headers, cookie(app, NOTICE, code.to_owned(), Duration::minutes(1)));
}

/// The name of the sentence that was left for this page, and forgets it.
pub fn take_notice(app: &App, jar: &CookieJar, headers: &mut HeaderMap) -> Option<String> {
    let found = jar.get(&name(app, NOTICE))?.value().to_owned();
    set(headers, cookie(app, NOTICE, String::new(), Duration::ZERO));
    Some(found)
}

/// Keeps a link's token for the page that shows it: it is stored nowhere else.
pub fn keep_transfer(app: &App, headers: &mut HeaderMap, token: &str) {
    set(headers, cookie(app, TRANSFER, token.to_owned(), Duration::minutes(10)));
}

/// The next person at this browser has no use for it.
pub fn forget_transfer(app: &App, headers: &mut HeaderMap) {
    set(headers, cookie(app, TRANSFER, String::new(), Duration::ZERO));
}

pub fn kept_transfer(app: &App, jar: &CookieJar) -> Option<String> {
    jar.get(&name(app, TRANSFER)).map(|found| found.value().to_owned())
}

/// A path on this server and nothing that a browser would take for another host.
fn is_own_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.first() == Some(&b'/')
        && !matches!(bytes.get(1), Some(b'/' | b'\\'))
        && bytes
            .iter()
            .all(|byte| (b'!'..=b'~').contains(byte) && !matches!(byte, b'\\' | b';' | b'"'))
}

fn name(app: &App, name: &str) -> String {
    // A demo may stand on the same host as a real server, at another port: to cookies, one place.
    let place = if app.config.demo { "demo_" } else { "" };
    let safe = if app.config.is_secure() { "__Host-" } else { "" };
    format!("{safe}{place}{name}")
}

fn cookie(app: &App, cookie: &'static str, value: String, age: Duration) -> Cookie<'static> {
    Cookie::build((name(app, cookie), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.config.is_secure())
        .max_age(age)
        .build()
}

fn set(headers: &mut HeaderMap, cookie: Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::is_own_path;

    #[test]
    fn only_paths_of_ours_are_returned_to() {
        for own in ["/", "/rooms/7/@42", "/searches?q=a+b", "/rooms/1/messages?before=4&x=%2F%2F"] {
            assert!(is_own_path(own), "{own:?}");
        }
        for other in [
            "",
            "rooms",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/\t/evil.example",
            "/a;b",
            "/ü",
        ] {
            assert!(!is_own_path(other), "{other:?}");
        }
    }
}
