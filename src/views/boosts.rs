//! The boosts of a message: as chips below it, and as a page of their own.

use askama::Template;

use super::messages::line_of;
use super::{Site, Viewer, assets};
use crate::model::boost::{MAX_BOOST, MAX_BOOST_CODE_POINTS, QUICK_BOOSTS};
use crate::model::{Boost, Message, Original, UserId};
use crate::words;

/// Who boosted a message with what, and the ways to boost it oneself.
#[derive(Clone, Debug, Template)]
#[template(path = "boosts/index.html")]
pub struct BoostsPage {
    pub site: Site,
    pub viewer: Viewer,
    pub message: Message,
    /// What the message says, in one line.
    pub original: Original,
    /// What was typed and refused, and why.
    pub refused: Option<(String, String)>,
}

/// The chips of a message alone.
#[derive(Clone, Debug, Template)]
#[template(path = "boosts/chips.html")]
pub struct BoostsFragment<'a> {
    pub message: &'a Message,
}

/// Everybody who gave a message the same boost, as one chip.
pub(super) struct Chip<'a> {
    pub content: &'a str,
    pub count: usize,
    /// Each in an element of their own, as they may be called otherwise tomorrow.
    pub boosters: Vec<Booster<'a>>,
    /// Their ids with spaces between them: how a reader's stylesheet finds their own.
    pub by: String,
}

/// One of them, as a sentence lists them.
pub(super) struct Booster<'a> {
    /// What stands between the name before and this one.
    pub before: &'static str,
    pub id: UserId,
    pub name: &'a str,
}

/// The chips of a message, in the order in which their first boosts came.
pub(super) fn chips(message: &Message) -> Vec<Chip<'_>> {
    let mut groups: Vec<(&str, Vec<&Boost>)> = Vec::new();
    for boost in &message.boosts {
        match groups.iter_mut().find(|(content, _)| *content == boost.content) {
            Some((_, boosts)) => boosts.push(boost),
            None => groups.push((&boost.content, vec![boost])),
        }
    }
    groups.into_iter().map(|(content, boosts)| chip(content, &boosts)).collect()
}

fn chip<'a>(content: &'a str, boosts: &[&'a Boost]) -> Chip<'a> {
    let ids: Vec<String> = boosts.iter().map(|boost| boost.booster_id.to_string()).collect();
    let boosters = boosts.iter().enumerate().map(|(at, boost)| Booster {
        before: match at {
            0 => "",
            _ if at + 1 == boosts.len() => words::last_of_names(),
            _ => ", ",
        },
        id: boost.booster_id,
        name: &boost.booster_name,
    });
    Chip { content, count: boosts.len(), boosters: boosters.collect(), by: ids.join(" ") }
}
