//! Who lives in the demo: eight people of a small observatory, and its bot.

use crate::model::UserId;

/// What the demo's account is called.
pub const ACCOUNT: &str = "Hollow Hill Observatory";

/// Somebody of the demo. Their number is their place in [`CAST`], from 1.
pub struct Character {
    /// What the written conversations call them.
    pub key: &'static str,
    pub name: &'static str,
    /// Shown in their profile and on the page where visitors choose who to be.
    pub about: &'static str,
}

const fn character(key: &'static str, name: &'static str, about: &'static str) -> Character {
    Character { key, name, about }
}

/// Everybody; the first one administrates, the last one is the bot.
pub const CAST: [Character; 9] = [
    character("mara", "Mara Lindqvist", "Runs the place, counts the chairs"),
    character("teo", "Teo Marchetti", "Grinds mirrors, does not sleep"),
    character("ines", "Ines Okafor", "Writes what moves the telescope"),
    character("jun", "Jun Tanaka", "Observes at night, dreams at noon"),
    character("priya", "Priya Nair", "Brings in the schools"),
    character("oskar", "Oskar Weiss", "Repairs the dome, cooks the soup"),
    character("leila", "Leila Haddad", "Takes the pictures"),
    character("sam", "Sam Whitlock", "New this week, holds the red torch"),
    character("nimbus", "Nimbus", "Knows the weather"),
];

/// The bot of the demo.
pub const BOT: UserId = UserId(CAST.len() as i64);

/// Who is called so in the written conversations.
pub fn by_key(key: &str) -> Option<UserId> {
    let at = CAST.iter().position(|one| one.key == key)?;
    i64::try_from(at + 1).ok().map(UserId)
}

/// Somebody's part; none for who is not of the cast.
pub fn character_of(id: UserId) -> Option<&'static Character> {
    usize::try_from(id.0).ok()?.checked_sub(1).and_then(|at| CAST.get(at))
}

/// A written line as that person would type it: short names behind an `@` in full.
pub fn typed(line: &str) -> String {
    let line = line.replace("\\n", "\n");
    CAST.iter().fold(line, |line, one| {
        if line.contains('@') {
            line.replace(&format!("@{}", one.key), &format!("@{}", one.name))
        } else {
            line
        }
    })
}
