//! What another app handed over, and where it can be said.

use askama::Template;

use super::{Site, Viewer, assets};

/// A room or ping to say it in.
#[derive(Clone, Debug)]
pub struct ShareTarget {
    pub name: String,
    /// Leads there with the text in the box.
    pub path: String,
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "shares/show.html")]
pub struct SharePage {
    pub site: Site,
    pub viewer: Viewer,
    pub text: String,
    pub targets: Vec<ShareTarget>,
}
