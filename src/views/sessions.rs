//! The sign-in page.

use askama::Template;

use super::{Site, assets};

/// Asks for an email address and a password; says what was wrong the last time.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions/new.html")]
pub struct SignInPage {
    pub site: Site,
    pub email_address: String,
    /// Why the last attempt was refused, as a sentence.
    pub problem: Option<String>,
}
