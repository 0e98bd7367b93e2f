//! The demo's own pages: whom one can be, and a tour.

use askama::Template;

use super::avatar::InitialsAvatar;
use super::{Site, assets, draw};
use crate::error::Result;
use crate::model::{User, UserId};

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
    pub title: &'static str,
    pub sentences: &'static [&'static str],
    /// What to press, and where it leads.
    pub tries: &'static [(&'static str, &'static str)],
}

/// The tour. Rooms are those that every demo begins with.
pub const TOUR: [Stop; STEPS] = [
    Stop {
        title: "Say something",
        sentences: &[
            "Be somebody, open the Front porch, write hello and press Enter. Somebody answers within seconds, and you see them typing first.",
            "Stars make **bold** and *italic*, three backticks make code, @ names somebody, and a file can simply be dropped on the page.",
        ],
        tries: &[("Open the Front porch", "/rooms/1")],
    },
    Stop {
        title: "Be two people",
        sentences: &[
            "Open a second window as somebody else and put the two side by side. Write in one, watch the other: typing, who is here, what is unread.",
            "Then pull out the network plug and write on. What you sent waits, and arrives once.",
        ],
        tries: &[("Choose a second person", "/demo#people")],
    },
    Stop {
        title: "Answer, boost, make a noise",
        sentences: &[
            "Point at a message, or touch its handle: reply, boost, copy a link to it. A click on a boost joins in.",
            "And /play tada plays a fanfare for everybody who is there. There are 61 others.",
        ],
        tries: &[("Make a noise in the Kitchen", "/rooms/6")],
    },
    Stop {
        title: "Find it again",
        sentences: &[
            "Every word is found at once, also parts of names in code, and only in rooms that you are in. What called you is on a page of its own.",
        ],
        tries: &[
            ("lentils", "/searches?q=lentil"),
            ("“rain logic”", "/searches?q=%22rain+logic%22"),
            ("pointModel in:Code", "/searches?q=pointModel+in%3ACode"),
            ("files from Jun", "/searches?q=has%3Afile+from%3A%22Jun+Tanaka%22"),
            ("What called you", "/mentions"),
        ],
    },
    Stop {
        title: "Let programs talk",
        sentences: &[
            "A bot is one line. Copy this one into a terminal and watch Tonight's sky; or mention @Nimbus there.",
            "As Mara, the administrator, you can make bots of your own, see how the server is, and change everything else. Then run one for your own people: it is one program and one folder.",
        ],
        tries: &[
            ("Watch Tonight's sky", "/rooms/2"),
            ("What bots can do", "/bots/guide"),
            ("The account", "/account/edit"),
        ],
    },
];
