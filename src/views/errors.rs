//! What a person sees when a request cannot be answered.

use askama::Template;

use super::{Site, assets};
use crate::words;

/// A whole page that says what happened and where to go from here.
#[derive(Clone, Debug, Template)]
#[template(path = "errors/show.html")]
pub struct ErrorPage {
    pub site: Site,
    pub status: u16,
    /// A few words.
    pub title: String,
    /// What happened and what to do, without internals.
    pub sentence: String,
    /// What the log calls this request.
    pub request_id: Option<String>,
    pub signed_in: bool,
}

/// The same for htmx and scripts: one sentence, read out at once.
#[derive(Clone, Debug, Template)]
#[template(path = "errors/problem.html")]
pub struct ProblemFragment {
    pub sentence: String,
}
