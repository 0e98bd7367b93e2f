//! The picture of somebody who has not chosen one, as SVG: initials on a colour, or a robot.

use askama::Template;

use crate::model::UserId;
use crate::model::user::initials;

/// White text on any of these has a contrast of at least 5 to 1. Neighbours in the list are
/// neighbours on the colour wheel.
const COLOURS: [&str; 18] = [
    "#a54b55", "#884535", "#9f5618", "#79520a", "#7f6a03", "#596117", "#4c7b2d", "#246a43",
    "#007e68", "#056868", "#08798d", "#0e6288", "#376daf", "#4c5590", "#725ca9", "#6f497f",
    "#954e87", "#83425d",
];

/// Up to four letters on the colour that belongs to an id. Served as `image/svg+xml`.
#[derive(Clone, Debug, Template)]
#[template(path = "users/initials.svg")]
pub struct InitialsAvatar {
    initials: String,
    colour: &'static str,
    font_size: u16,
}

impl InitialsAvatar {
    pub fn new(id: UserId, name: &str) -> Self {
        let initials = initials(name);
        let font_size = match initials.chars().count() {
            0..=2 => 220,
            3 => 170,
            _ => 130,
        };
        Self { initials, colour: colour_of(id), font_size }
    }
}

/// What a bot looks like until it is given a picture. Served as `image/svg+xml`.
#[derive(Clone, Debug, Template)]
#[template(path = "users/bot.svg")]
pub struct BotAvatar {
    colour: &'static str,
}

impl BotAvatar {
    pub fn new(id: UserId) -> Self {
        Self { colour: colour_of(id) }
    }
}

/// Steps of seven, so that people who joined one after the other look different.
fn colour_of(id: UserId) -> &'static str {
    let step = id.0.unsigned_abs().wrapping_mul(7) % 18;
    usize::try_from(step).ok().and_then(|n| COLOURS.get(n)).copied().unwrap_or(COLOURS[0])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn eighteen_people_in_a_row_have_eighteen_colours() {
        let colours: HashSet<_> = (1..=18).map(|id| colour_of(UserId(id))).collect();
        assert_eq!(colours.len(), 18);
    }

    #[test]
    fn initials_are_escaped_and_shrink_with_their_number() {
        let svg = InitialsAvatar::new(UserId(7), "Ada <b> Countess Lovelace").render().unwrap();
        assert!(svg.contains(">ABCL</text>") && svg.contains("130"), "{svg}");
        let svg = InitialsAvatar::new(UserId(7), "").render().unwrap();
        assert!(svg.starts_with("<svg"), "{svg}");
    }
}
