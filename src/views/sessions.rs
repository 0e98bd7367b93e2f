//! The sign-in page, and one's own list of signed-in devices.

use askama::Template;

use super::{Flash, Site, Tone, Viewer, assets};
use crate::model::{Session, SessionId};
use crate::words;

/// Asks for an email address and a password; says what was wrong the last time.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions/new.html")]
pub struct SignInPage {
    pub site: Site,
    pub email_address: String,
    /// Why the last attempt was refused, as a sentence.
    pub problem: Option<String>,
}

/// Where somebody is signed in, and how to end it.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions/index.html")]
pub struct SessionsPage {
    pub site: Site,
    pub viewer: Viewer,
    /// The one used last first.
    pub sessions: Vec<Session>,
    /// The session that looks at the list.
    pub current: SessionId,
    pub flash: Option<Flash>,
}
