//! The page behind the join link: makes a new member.

use askama::Template;

use super::{PersonForm, Site, assets};
use crate::model::JoinCode;
use crate::words;

/// Asks a newcomer who they are.
#[derive(Clone, Debug, Template)]
#[template(path = "joins/new.html")]
pub struct JoinPage {
    pub site: Site,
    pub join_code: JoinCode,
    pub form: PersonForm,
}
