//! The guide for people who write bots, as a page and as text. Both are drawn from tables, and the
//! tests run every line of them against the program.

mod examples;
mod facts;

use askama::Template;

use super::{Site, assets};
use crate::words;

pub use examples::SECTIONS;
pub use facts::{BOOST, LIMITS, ME, MESSAGE, REFUSALS, ROOM, WEBHOOK};

/// A part of the guide.
pub struct Section {
    /// Its place on the page.
    pub id: &'static str,
    pub title: &'static str,
    pub text: &'static [&'static str],
    pub examples: &'static [Example],
    /// What is in the answers, where this part is the first to have them.
    pub keys: &'static [Key],
}

/// One line that works when it is copied into a shell.
pub struct Example {
    pub does: &'static str,
    pub command: &'static str,
    /// The status it is answered with.
    pub status: u16,
    pub answer: Answer,
}

/// What the body of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    /// The two letters.
    Ok,
    Message,
    Messages,
    Boost,
    Boosts,
    Me,
    Room,
}

impl Answer {
    /// In words.
    pub fn said(self) -> &'static str {
        match self {
            Answer::Nothing => "nothing more",
            Answer::Ok => "the text ok",
            Answer::Message => "the message",
            Answer::Messages => "a list of messages, oldest first",
            Answer::Boost => "the boost",
            Answer::Boosts => "a list of boosts, oldest first",
            Answer::Me => "the bot and its rooms",
            Answer::Room => "the room",
        }
    }
}

/// A key of a JSON answer: `body.html` is the key `html` of the object `body`, `rooms[].id` the key
/// `id` of every object in the list `rooms`.
pub struct Key {
    pub name: &'static str,
    pub means: &'static str,
}

/// A status that refuses, and what a bot can do about it.
pub struct Refusal {
    pub status: u16,
    pub means: &'static str,
}

/// The guide as a page for everybody; it tells nothing that is private.
#[derive(Clone, Debug, Template)]
#[template(path = "bots/guide.html")]
pub struct GuidePage {
    pub site: Site,
    setup: String,
}

impl GuidePage {
    /// For the server with this scheme and host.
    pub fn new(site: Site, origin: &str) -> Self {
        Self { site, setup: setup(origin) }
    }
}

/// The same as plain text for programs.
#[derive(Clone, Debug, Template)]
#[template(path = "bots/guide.txt")]
pub struct GuideText {
    account_name: String,
    origin: String,
    setup: String,
}

impl GuideText {
    /// For the account and the server with this scheme and host.
    pub fn new(account_name: String, origin: String) -> Self {
        Self { setup: setup(&origin), account_name, origin }
    }
}

/// What the examples expect a shell to know, with the addresses of this server.
fn setup(origin: &str) -> String {
    format!(
        "CAMPFIRE={origin}\n\
         ROOM=1                # as in the address of the room's page\n\
         KEY=7-a1B2c3D4e5F6    # yours\n\
         MESSAGES=\"$CAMPFIRE/rooms/$ROOM/$KEY/messages\""
    )
}
