//! What the installed app shows of itself.

use askama::Template;

use super::{Site, assets};
use crate::words;

/// Shown by the service worker in place of a page it has not kept.
#[derive(Clone, Debug, Template)]
#[template(path = "installed/offline.html")]
pub struct OfflinePage {
    pub site: Site,
}
