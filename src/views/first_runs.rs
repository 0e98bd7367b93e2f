//! The page an empty server shows: makes the account and its first administrator.

use askama::Template;

use super::{PersonForm, Site, assets};
use crate::words;

/// Asks the first person for the account's name and their own.
#[derive(Clone, Debug, Template)]
#[template(path = "first_runs/show.html")]
pub struct FirstRunPage {
    pub site: Site,
    pub form: PersonForm,
}
