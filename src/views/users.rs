//! A person's page, and one's own profile.

use askama::Template;

use super::involvements::Bell;
use super::{Site, Viewer, assets};
use crate::model::{Role, User};

/// Who somebody is.
#[derive(Clone, Debug, Template)]
#[template(path = "users/show.html")]
pub struct PersonPage {
    pub site: Site,
    pub viewer: Viewer,
    pub user: User,
}

impl PersonPage {
    fn is_me(&self) -> bool {
        self.viewer.user.id == self.user.id
    }
}

/// A room and how much of it reaches the viewer.
#[derive(Clone, Debug)]
pub struct ProfileRoom {
    /// The room's name, or the people in a ping.
    pub title: String,
    pub bell: Bell,
    pub is_archived: bool,
}

/// The viewer's own page: who they are here, and the way out.
#[derive(Clone, Debug, Template)]
#[template(path = "users/profile.html")]
pub struct ProfilePage {
    pub site: Site,
    pub viewer: Viewer,
    /// All rooms of the viewer, hidden and archived ones too.
    pub rooms: Vec<ProfileRoom>,
}
