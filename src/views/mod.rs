//! HTML: one askama struct for every page and fragment. Plain data in, no HTTP, no queries.

pub mod accounts;
pub mod assets;
pub mod audit_log;
pub mod autocompletion;
pub mod avatar;
pub mod boosts;
pub mod bot_guide;
pub mod bots;
pub mod calls;
pub mod demos;
pub mod errors;
pub mod export;
pub mod first_runs;
pub mod health;
pub mod installed;
pub mod involvements;
pub mod joins;
pub mod keys;
pub mod link_previews;
pub mod live;
pub mod messages;
pub mod preview;
pub mod push_subscriptions;
pub mod room_settings;
pub mod rooms;
pub mod searches;
pub mod sessions;
pub mod shares;
pub mod sidebar;
pub mod switcher;
pub mod transfers;
pub mod user_style;
pub mod users;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};
use crate::model::{Attention, Theme, User};

/// Draws a view. One that cannot be drawn is a failure of ours.
pub fn draw(view: &impl Template) -> Result<String> {
    view.render().map_err(|error| Error::Internal(error.into()))
}

/// What every page shows of the account it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub account_name: String,
    /// Where the logo is served from: the account's own, or [`assets::LOGO`].
    pub logo_url: String,
    /// The operator's stylesheet, when there is one.
    pub custom_styles_url: Option<String>,
    pub version: &'static str,
    /// Light or dark, as chosen on the reader's device.
    pub theme: Theme,
    /// Sounds wait for a click on the reader's device.
    pub muted: bool,
    /// How pages on the reader's device call while nobody looks at them.
    pub attention: Attention,
    /// Letters alone do nothing on the reader's device.
    pub keyless: bool,
    /// The people here are made up, and every page says so.
    pub is_demo: bool,
}

impl Site {
    /// What a phone shows for the page on its first screen: square, and not to be seen through.
    fn touch_icon(&self) -> String {
        match self.logo_url.split_once('?') {
            Some((_, version)) => format!("/account/logo/icon?kind=maskable&{version}"),
            None => assets::LOGO_180.to_owned(),
        }
    }
}

/// Who looks at a page. Fragments that go to many never see this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub user: User,
}

/// What was wrong with a form: for each refused field one sentence, shown beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, String)>);

impl FieldErrors {
    /// Adds a sentence to a field, called by the name it has in the form.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.push((field, sentence.into()));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first sentence about this field.
    pub fn on(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, sentence)| sentence.as_str())
    }
}

/// One sentence at the top of a page about what has just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    pub tone: Tone,
    pub sentence: String,
}

/// Whether a flash is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Read out when the reader pauses.
    Notice,
    /// Read out at once.
    Alert,
}

/// What was typed into the form that makes a person: at the first run and when joining.
/// The password is never given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonForm {
    pub name: String,
    pub email_address: String,
    /// Only asked at the first run.
    pub account_name: String,
    /// The server takes no pictures of people.
    pub pictures_off: bool,
    pub errors: FieldErrors,
}

/// Where the QR code of a text is drawn.
pub fn qr_code_url(text: &str) -> String {
    format!("/qr_code/{}", URL_SAFE_NO_PAD.encode(text))
}
