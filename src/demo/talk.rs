//! Reads the written conversations.
//!
//! A line is `who: what they say`, with `who^:` for an answer to the line before, `\n` for a new
//! line and `+ 🎉 who who` for boosts on it. `at 20h` says how long ago what follows was said.

use super::cast::by_key;
use crate::model::UserId;

/// What is told of the time before the visitor came.
pub const PAST: [&str; 8] = [
    include_str!("talk/1-front-porch.txt"),
    include_str!("talk/2-tonights-sky.txt"),
    include_str!("talk/3-dome-and-gears.txt"),
    include_str!("talk/4-code.txt"),
    include_str!("talk/5-school-visits.txt"),
    include_str!("talk/6-kitchen.txt"),
    include_str!("talk/7-money.txt"),
    include_str!("talk/pings.txt"),
];
/// What is said while the visitor is there.
pub const PRESENT: &str = include_str!("talk/live.txt");

/// Where people talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A room by name, with its members; none: everybody.
    Room(String, Option<Vec<UserId>>),
    Ping(Vec<UserId>),
    /// A room that is there already, by its number.
    Scene(i64),
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub who: UserId,
    pub text: String,
    /// It answers the line before.
    pub answers: bool,
    /// Hours before now in which this stretch of the talk began, and the place in the stretch.
    pub hours_ago: i64,
    pub place_in_stretch: i64,
    pub boosts: Vec<(String, Vec<UserId>)>,
}

/// What was said in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub place: Place,
    pub lines: Vec<Line>,
}

/// Reads a text.
///
/// # Errors
/// The first line that is not understood.
pub fn read(text: &str) -> Result<Vec<Conversation>, String> {
    let mut all: Vec<Conversation> = Vec::new();
    let (mut hours_ago, mut place_in_stretch) = (0, 0);
    for line in text.lines().filter(|line| !line.is_empty()) {
        let not_understood = || format!("not understood: {line}");
        let (word, rest) = line.split_once(' ').ok_or_else(not_understood)?;
        let place = match word {
            "room" => {
                Some(Place::Room(rest.split_once(' ').ok_or_else(not_understood)?.1.into(), None))
            }
            "ping" => Some(Place::Ping(people(rest).ok_or_else(not_understood)?)),
            "scene" => Some(Place::Scene(rest.parse().map_err(|_| not_understood())?)),
            _ => None,
        };
        if let Some(place) = place {
            (hours_ago, place_in_stretch) = (0, 0);
            all.push(Conversation { place, lines: Vec::new() });
            continue;
        }
        let here = all.last_mut().ok_or_else(not_understood)?;
        match word {
            "members" => {
                let Place::Room(_, members) = &mut here.place else { return Err(not_understood()) };
                *members = Some(people(rest).ok_or_else(not_understood)?);
            }
            "at" => {
                let hours = rest.strip_suffix('h').and_then(|hours| hours.parse().ok());
                (hours_ago, place_in_stretch) = (hours.ok_or_else(not_understood)?, 0);
            }
            "+" => {
                let (boost, who) = rest.split_once(' ').ok_or_else(not_understood)?;
                let who = people(who).ok_or_else(not_understood)?;
                here.lines.last_mut().ok_or_else(not_understood)?.boosts.push((boost.into(), who));
            }
            _ => {
                let who = word.strip_suffix(':').ok_or_else(not_understood)?;
                let key = who.trim_end_matches('^');
                here.lines.push(Line {
                    who: by_key(key).ok_or_else(not_understood)?,
                    text: rest.to_owned(),
                    answers: key != who,
                    hours_ago,
                    place_in_stretch,
                    boosts: Vec::new(),
                });
                place_in_stretch += 1;
            }
        }
    }
    Ok(all)
}

fn people(keys: &str) -> Option<Vec<UserId>> {
    keys.split(' ').map(by_key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_was_written_is_understood() {
        let past: Vec<Conversation> = PAST.iter().flat_map(|text| read(text).unwrap()).collect();
        let rooms = past.iter().filter(|one| matches!(one.place, Place::Room(..))).count();
        let said: usize = past.iter().map(|one| one.lines.len()).sum();
        assert_eq!(rooms, 7);
        assert!((200..1_000).contains(&said), "{said} messages");
        for line in past.iter().flat_map(|one| &one.lines) {
            assert!(line.hours_ago >= 2, "said in the future, soon: {line:?}");
        }
        let present = read(PRESENT).unwrap();
        assert!(
            present.len() > 10
                && present.iter().all(|one| matches!(one.place, Place::Scene(1..=7)))
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for wrong in ["hello", "mara: hi", "room open X\nnobody: hi", "room open X\n+ 🎉 mara"] {
            assert!(read(wrong).unwrap_err().starts_with("not understood: "), "{wrong}");
        }
    }
}
