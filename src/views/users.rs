//! A person's page, and one's own profile.

use askama::Template;

use super::{Flash, Site, Tone, Viewer, assets};
use crate::model::{Role, Status, User};

/// Who somebody is.
#[derive(Clone, Debug, Template)]
#[template(path = "users/show.html")]
pub struct PersonPage {
    pub site: Site,
    pub viewer: Viewer,
    pub user: User,
    pub flash: Option<Flash>,
}

impl PersonPage {
    fn is_me(&self) -> bool {
        self.viewer.user.id == self.user.id
    }

    fn may_ban(&self) -> bool {
        self.viewer.user.is_administrator()
            && !self.is_me()
            && self.user.is_active()
            && self.user.role != Role::Bot
    }

    fn may_lift_ban(&self) -> bool {
        self.viewer.user.is_administrator() && self.user.status == Status::Banned
    }
}

/// The viewer's own page: who they are here, and the way out.
#[derive(Clone, Debug, Template)]
#[template(path = "users/profile.html")]
pub struct ProfilePage {
    pub site: Site,
    pub viewer: Viewer,
}
