//! What keys do, and whether letters alone do anything.

use askama::Template;

use super::{Flash, Site, Tone, Viewer, assets};

/// The list of keys, with the choice for this device.
#[derive(Clone, Debug, Template)]
#[template(path = "keys/show.html")]
pub struct KeysPage {
    pub site: Site,
    pub viewer: Viewer,
    pub flash: Option<Flash>,
}
