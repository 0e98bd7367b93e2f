//! The page behind a link that signs somebody in once.

use askama::Template;

use super::{Site, assets, qr_code_url};
use crate::words;

/// A button; scripts press it for who is signed out.
#[derive(Clone, Debug, Template)]
#[template(path = "transfers/show.html")]
pub struct TransferPage {
    pub site: Site,
    pub token: String,
    /// Who is signed in on this device already: nobody is signed out of it unasked.
    pub signed_in: Option<String>,
    /// Why the link was refused, as a sentence.
    pub problem: Option<String>,
}

/// A link that was just made, to be opened elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferLink {
    /// Absolute, so that it can be sent anywhere.
    pub url: String,
}

impl TransferLink {
    pub(super) fn qr_code_url(&self) -> String {
        qr_code_url(&self.url)
    }
}
