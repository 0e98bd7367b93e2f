//! A person's page, and one's own profile.

use askama::Template;

use super::involvements::Bell;
use super::transfers::TransferLink;
use super::{FieldErrors, Flash, Site, Tone, Viewer, assets};
use crate::model::user::{MAX_BIO, MAX_EMAIL, MAX_NAME, MAX_PASSWORD_BYTES};
use crate::model::{Role, Status, Theme, User};
use crate::words::{self, Language};

/// Who somebody is.
#[derive(Clone, Debug, Template)]
#[template(path = "users/show.html")]
pub struct PersonPage {
    pub site: Site,
    pub viewer: Viewer,
    pub user: User,
    /// A link that was just made for this person by the viewer.
    pub transfer: Option<TransferLink>,
    pub flash: Option<Flash>,
}

impl PersonPage {
    fn is_me(&self) -> bool {
        self.viewer.user.id == self.user.id
    }

    /// The viewer looks after this place and this is an active person other than themselves.
    fn may_help(&self) -> bool {
        self.viewer.user.is_administrator()
            && !self.is_me()
            && self.user.is_active()
            && self.user.role != Role::Bot
    }

    fn may_look_after_bot(&self) -> bool {
        let is_bot = self.user.role == Role::Bot && self.user.is_active();
        is_bot && self.viewer.user.is_administrator()
    }

    fn may_ban(&self) -> bool {
        self.may_help()
    }

    fn may_lift_ban(&self) -> bool {
        self.viewer.user.is_administrator() && self.user.status == Status::Banned
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

/// What stands in the forms of the profile. Passwords are never given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileForm {
    pub name: String,
    pub email_address: String,
    pub bio: String,
    pub errors: FieldErrors,
}

/// The viewer's own page: who they are here, how they sign in, and the way out.
#[derive(Clone, Debug, Template)]
#[template(path = "users/profile.html")]
pub struct ProfilePage {
    pub site: Site,
    pub viewer: Viewer,
    /// All rooms of the viewer, hidden and archived ones too.
    pub rooms: Vec<ProfileRoom>,
    pub form: ProfileForm,
    /// They chose a picture that can be removed.
    pub has_picture: bool,
    /// The server takes no pictures of people.
    pub pictures_off: bool,
    /// They came by a link for somebody locked out: the current password is not asked for.
    pub recovers: bool,
    pub theme: Theme,
    /// What the viewer has chosen; none: what their browser asks for.
    pub language: Option<Language>,
    /// Devices that are signed in, this one included.
    pub session_count: usize,
    /// A link that was just made for another device.
    pub transfer: Option<TransferLink>,
    pub flash: Option<Flash>,
}

impl ProfilePage {
    const THEMES: [(Theme, words::Word); 3] = [
        (Theme::System, words::theme_system),
        (Theme::Light, words::theme_light),
        (Theme::Dark, words::theme_dark),
    ];
}

fn role_of(user: &User) -> &'static str {
    match user.role {
        Role::Administrator => words::badge_administrator(),
        Role::Member => words::badge_member(),
        Role::Bot => words::badge_bot(),
    }
}
