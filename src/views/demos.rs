//! The demo's own pages: whom one can be, and a tour.

use askama::Template;

use super::avatar::InitialsAvatar;
use super::{Site, assets, draw};
use crate::error::Result;
use crate::model::{User, UserId};
use crate::words::{self, Word};

/// Steps of the tour.
pub const STEPS: usize = 5;

/// Somebody whom a visitor can be.
#[derive(Clone, Debug)]
pub struct Guest {
    pub id: UserId,
    pub name: String,
    pub about: String,
    /// Their initials as SVG: pictures have an address for people who are signed in only.
    pub picture: String,
    pub is_administrator: bool,
    /// Where they can be somebody beside whoever the visitor already is; none where this server is
    /// not reached by a name that has names below it.
    pub own_window: Option<String>,
}

impl Guest {
    /// # Errors
    /// `Internal` when the picture cannot be drawn.
    pub fn new(user: &User, own_window: Option<String>) -> Result<Self> {
        Ok(Self {
            id: user.id,
            picture: draw(&InitialsAvatar::new(user.id, &user.name))?,
            name: user.name.clone(),
            about: user.bio.clone().unwrap_or_default(),
            is_administrator: user.is_administrator(),
            own_window,
        })
    }

    /// What fits on a button.
    pub fn first_name(&self) -> &str {
        self.name.split_whitespace().next().unwrap_or(&self.name)
    }
}

/// Where visitors arrive: one button for each person.
#[derive(Clone, Debug, Template)]
#[template(path = "demos/index.html")]
pub struct DemoPage {
    pub site: Site,
    pub guests: Vec<Guest>,
    /// Who this window is already.
    pub signed_in: Option<String>,
}

impl DemoPage {
    fn has_own_windows(&self) -> bool {
        self.guests.iter().any(|guest| guest.own_window.is_some())
    }
}

/// One person with their button, for a window of their own. Scripts press it.
#[derive(Clone, Debug, Template)]
#[template(path = "demos/show.html")]
pub struct DemoPersonPage {
    pub site: Site,
    pub guest: Guest,
    pub signed_in: Option<String>,
}

/// One step of the tour.
#[derive(Clone, Debug, Template)]
#[template(path = "demos/tour.html")]
pub struct TourPage {
    pub site: Site,
    /// From 1 to [`STEPS`].
    pub step: usize,
    pub stop: &'static Stop,
    /// A line to copy into a terminal.
    pub example: Option<String>,
}

/// What a step of the tour shows.
#[derive(Debug)]
pub struct Stop {
    title: Word,
    sentences: &'static [Word],
    /// What to press, and where it leads.
    tries: &'static [(Word, &'static str)],
}

impl Stop {
    fn title(&self) -> &'static str {
        (self.title)()
    }

    fn sentences(&self) -> Vec<&'static str> {
        self.sentences.iter().map(|sentence| sentence()).collect()
    }

    fn tries(&self) -> Vec<(&'static str, &'static str)> {
        self.tries.iter().map(|(label, path)| (label(), *path)).collect()
    }
}

/// The tour. Rooms are those that every demo begins with.
pub const TOUR: [Stop; STEPS] = [
    Stop {
        title: words::tour_say,
        sentences: &[words::tour_say_1, words::tour_say_2],
        tries: &[(words::tour_say_try, "/rooms/1")],
    },
    Stop {
        title: words::tour_two,
        sentences: &[words::tour_two_1, words::tour_two_2],
        tries: &[(words::tour_two_try, "/demo#people")],
    },
    Stop {
        title: words::tour_answer,
        sentences: &[words::tour_answer_1, words::tour_answer_2],
        tries: &[(words::tour_answer_try, "/rooms/6")],
    },
    Stop {
        title: words::tour_find,
        sentences: &[words::tour_find_1],
        tries: &[
            (words::tour_find_lentils, "/searches?q=lentil"),
            (words::tour_find_rain, "/searches?q=%22rain+logic%22"),
            (words::tour_find_model, "/searches?q=pointModel+in%3ACode"),
            (words::tour_find_files, "/searches?q=has%3Afile+from%3A%22Jun+Tanaka%22"),
            (words::what_called_you, "/mentions"),
        ],
    },
    Stop {
        title: words::tour_bots,
        sentences: &[words::tour_bots_1, words::tour_bots_2],
        tries: &[
            (words::tour_bots_watch, "/rooms/2"),
            (words::tour_bots_guide, "/bots/guide"),
            (words::tour_bots_account, "/account/edit"),
        ],
    },
];
