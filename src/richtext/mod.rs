//! From what people type to what is safe to show. Pure: no I/O, no clock, no SQL, no templates.
//!
//! `compose` is the only way to a `Body`: cap the length, read Markdown or HTML, keep what is on
//! the list (`sanitize`), rewrite it into one shape (`shape`), and take the plain text from that.

mod autolink;
mod bars;
pub mod campfire;
mod code;
pub mod emoji;
mod links;
mod lone_link;
mod markdown;
pub mod mentions;
mod pen;
pub mod plain_text;
mod runs;
mod sanitize;
mod shape;
pub mod slack;
pub mod sounds;
mod tokens;

use crate::model::message::{SAYS_NOTHING, accept_source};
use crate::model::text::Refused;
use crate::model::{Body, BodyFormat, UserId};
use crate::words::sentence;

pub use mentions::{People, refresh_mentions};
pub use sanitize::format_of;
use shape::Shaped;

/// A body, and whom it mentions: each person once, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    pub body: Body,
    pub mentions: Vec<UserId>,
}

/// Makes a body in which nobody can be mentioned.
///
/// Refuses more than 10,000 characters, HTML with more than 100 elements open at once, and what
/// shows nothing.
pub fn compose(source: &str, format: BodyFormat) -> Result<Body, Refused> {
    compose_with(source, format, &People::none()).map(|composed| composed.body)
}

/// Makes a body in which an `@` before the name of one of `people` is a mention.
///
/// Refuses what `compose` refuses. Whatever the source, the cost is some milliseconds at most.
pub fn compose_with(
    source: &str,
    format: BodyFormat,
    people: &People,
) -> Result<Composed, Refused> {
    let source = accept_source(source)?;
    let shaped = match format {
        BodyFormat::Markdown => markdown_body(&source, people),
        BodyFormat::Html => {
            sanitize::accept_html(&source)?;
            shape::shape(&sanitize::keep_listed(&source), people)
        }
    };
    if !shaped.shows_something {
        return Err(Refused(sentence(SAYS_NOTHING)));
    }
    let plain_text = plain_text::of(&shaped.html);
    let lone_link = lone_link(&shaped.html, &source);
    let body = Body { source, format, html: shaped.html, plain_text, lone_link };
    Ok(Composed { body, mentions: shaped.mentions })
}

/// The web address that a card may be shown for: the first bare one in `html` with a line to
/// itself, unless `source` has it in angle brackets.
pub fn lone_link(html: &str, source: &str) -> Option<String> {
    lone_link::find(html, source)
}

fn markdown_body(source: &str, people: &People) -> Shaped {
    let shape = |html: &str| shape::shape(&sanitize::keep_listed(html), people);
    let shaped = shape(&markdown::to_html(source));
    if shaped.shows_something { shaped } else { shape(&markdown::literally(source)) }
}
