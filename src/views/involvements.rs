//! The bell: how much of a room reaches the viewer, and the way to change it.

use askama::Template;

use super::{Site, Viewer, assets};
use crate::model::{Involvement, RoomId, RoomKind, Timestamp};
use crate::words;

/// A button that shows a level and leads to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bell {
    pub room_id: RoomId,
    pub kind: RoomKind,
    pub involvement: Involvement,
    /// Pressed on the profile, it leads back there.
    pub on_profile: bool,
}

impl Bell {
    pub(super) fn next(&self) -> Involvement {
        self.involvement.next(self.kind)
    }

    pub(super) fn levels(&self) -> &'static [Involvement] {
        Involvement::cycle(self.kind)
    }

    /// As a checkbox that knows something in between.
    pub(super) fn checked(&self) -> &'static str {
        match self.involvement {
            Involvement::Everything => "true",
            Involvement::Mentions => "mixed",
            Involvement::Nothing | Involvement::Invisible => "false",
        }
    }

    /// Something of this room is notified of, so there is something to mute.
    pub(super) fn rings(&self) -> bool {
        matches!(self.involvement, Involvement::Everything | Involvement::Mentions)
    }

    pub(super) fn is_at(&self, level: &Involvement) -> bool {
        self.involvement == *level
    }

    pub(super) fn icon(&self) -> &'static str {
        icon_of(&self.involvement)
    }

    pub(super) fn label(&self) -> &'static str {
        match self.involvement {
            Involvement::Everything => words::bell_everything(),
            Involvement::Mentions => words::bell_mentions(),
            Involvement::Nothing => words::bell_nothing(),
            Involvement::Invisible => words::bell_invisible(),
        }
    }
}

fn icon_of(level: &Involvement) -> &'static str {
    match level {
        Involvement::Everything => "bell-everything",
        Involvement::Mentions => "bell-mentions",
        Involvement::Nothing => "bell-nothing",
        Involvement::Invisible => "bell-invisible",
    }
}

fn meaning_of(level: &Involvement) -> &'static str {
    match level {
        Involvement::Everything => words::level_everything(),
        Involvement::Mentions => words::level_mentions(),
        Involvement::Nothing => words::level_nothing(),
        Involvement::Invisible => words::level_invisible(),
    }
}

/// The bell alone: what a press of it is answered with.
#[derive(Clone, Debug, Template)]
#[template(path = "involvements/bell.html")]
pub struct BellFragment {
    pub bell: Bell,
}

/// Pushed to a person's pages when they hear more or less of a room than before: its bell there,
/// and the one on their profile.
#[derive(Clone, Debug, Template)]
#[template(path = "involvements/bell_frame.html")]
pub struct BellFrame {
    pub bell: Bell,
}

impl BellFrame {
    fn bells(&self) -> [Bell; 2] {
        [false, true].map(|on_profile| Bell { on_profile, ..self.bell })
    }
}

/// All levels to choose from, each with what it means.
#[derive(Clone, Debug, Template)]
#[template(path = "involvements/show.html")]
pub struct InvolvementPage {
    pub site: Site,
    pub viewer: Viewer,
    /// The room's name, or the people in a ping.
    pub title: String,
    pub bell: Bell,
    /// Until then the viewer is not notified of anything here.
    pub muted_until: Option<Timestamp>,
}
