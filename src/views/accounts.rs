//! The account page: name, join link, people.

use askama::Template;

use super::rooms::Invite;
use super::{Site, Viewer, assets};
use crate::model::{Account, Role, User};

/// What everybody may know about the account.
#[derive(Clone, Debug, Template)]
#[template(path = "accounts/edit.html")]
pub struct AccountPage {
    pub site: Site,
    pub viewer: Viewer,
    pub account: Account,
    pub invite: Invite,
    /// Active people and bots, by name.
    pub people: Vec<User>,
    pub may_administer: bool,
}
