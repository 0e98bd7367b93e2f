//! The pages on which administrators look after bots.

use askama::Template;

use super::{FieldErrors, Flash, Site, Tone, Viewer, assets};
use crate::model::Bot;
use crate::model::user::MAX_NAME;

/// All bots, and the form for another one.
#[derive(Clone, Debug, Template)]
#[template(path = "bots/index.html")]
pub struct BotsPage {
    pub site: Site,
    pub viewer: Viewer,
    /// The active ones, by name.
    pub bots: Vec<Bot>,
    /// What was typed for the new one's name.
    pub typed_name: String,
    pub errors: FieldErrors,
    pub flash: Option<Flash>,
}
