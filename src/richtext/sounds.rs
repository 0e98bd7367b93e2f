//! `/play name`: the sounds that every server knows, and what is shown for each.

/// A sound that can be played in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// What is typed after `/play`; the audio file is called the same.
    pub name: &'static str,
    /// Shown after the speaker button: a short text or emoji.
    pub shown: &'static str,
}

const fn sound(name: &'static str, shown: &'static str) -> Sound {
    Sound { name, shown }
}

/// All of them, by name.
pub const SOUNDS: [Sound; 62] = [
    sound("56k", "📞 is dialling in…"),
    sound("airhorn", "📢 BRAAAP!"),
    sound("applause", "👏👏👏"),
    sound("ballmer", "developers!"),
    sound("bell", "🔔"),
    sound("bezos", "😆💭"),
    sound("boo", "👎 boooo"),
    sound("bueller", "anyone?"),
    sound("butts", "👐 🚬"),
    sound("clowntown", "🤡🎪🤡"),
    sound("cottoneyejoe", "🎶🙉🎶"),
    sound("crickets", "hears crickets chirping"),
    sound("curb", "🎺 well, this is awkward"),
    sound("dadgummit", "dad gummit!! 🎣"),
    sound("dangerzone", "✈️ 🔥"),
    sound("danielsan", "🎆 🏆 🎆"),
    sound("deeper", "🌀 goes one level deeper"),
    sound("donotwant", "🙅 no thanks!"),
    sound("drama", "🎭 dun dun duuun"),
    sound("flawless", "#flawless"),
    sound("glados", "🤖💢"),
    sound("gogogo", "Go, go, go!"),
    sound("greatjob", "🌟 great job!"),
    sound("greyjoy", "😖🎺"),
    sound("guarantee", "guarantees it 👌"),
    sound("heygirl", "✨💁✨"),
    sound("honk", "HONK"),
    sound("horn", "🐶 ✂️ 🐱"),
    sound("horror", "💀 💀 💀 💀 💀 💀 💀"),
    sound("incoming", "🚨 incoming!"),
    sound("inconceivable", "doesn't think it means what you think it means…"),
    sound("letitgo", "❄️👩❄️⛄️❄️"),
    sound("live", "is DOING IT LIVE"),
    sound("loggins", "🎸😎🎸"),
    sound("makeitso", "make it so 👉"),
    sound("mario_coin", "🪙 +1"),
    sound("maybe", "🤷 maybe…"),
    sound("noooo", "👸💀😒"),
    sound("nyan", "🐱🌈"),
    sound("ohmy", "raises an eyebrow 😏"),
    sound("ohyeah", "isn't playing by the rules"),
    sound("pushit", "👉🔴 pushes it"),
    sound("rimshot", "plays a rimshot"),
    sound("rollout", "is rolling out 🚗"),
    sound("rumble", "🥊 is ready to rumble"),
    sound("sax", "🌇🎷🎶"),
    sound("secret", "found a secret area 🔑"),
    sound("sexyback", "🔞"),
    sound("story", "and now you know…"),
    sound("tada", "plays a fanfare 🎏"),
    sound("tmyk", "✨ ⭐️ The More You Know ✨ ⭐️"),
    sound("totes", "😁👍"),
    sound("trololo", "трололо"),
    sound("trombone", "plays a sad trombone"),
    sound("unix", "knows this 💻"),
    sound("vuvuzela", "======<() ~ ♪ ~♫"),
    sound("what", "😳 what?!"),
    sound("whoomp", "👏‼️😎"),
    sound("wups", "wups!"),
    sound("yay", "🎉 yay!"),
    sound("yeah", "😎 yeah!"),
    sound("yodel", "📣🗻🙉"),
];

/// Pictures for those whose words have none.
const PICTURES: [(&str, &str); 17] = [
    ("ballmer", "🙌"),
    ("bueller", "🙋"),
    ("crickets", "🦗"),
    ("flawless", "💎"),
    ("gogogo", "🏁"),
    ("honk", "🚚"),
    ("inconceivable", "🤺"),
    ("live", "📺"),
    ("ohyeah", "🏀"),
    ("rimshot", "🥁"),
    ("story", "📻"),
    ("tmyk", "🌠"),
    ("trololo", "🎤"),
    ("trombone", "🎺"),
    ("vuvuzela", "📯"),
    ("wups", "🙈"),
    ("yodel", "🏔️"),
];

/// What is shown for a sound, in the order in which it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// A picture beside the words that says nothing of its own.
    pub picture: &'static str,
    /// Emoji that [`Sound::shown`] begins with.
    pub before: &'static str,
    pub words: &'static str,
    /// Emoji that it ends with.
    pub after: &'static str,
}

impl Sound {
    /// What is shown, taken apart so that its emoji can be drawn as pictures.
    pub fn scene(&self) -> Scene {
        let found = PICTURES.binary_search_by(|(name, _)| (*name).cmp(self.name));
        if let Ok(at) = found {
            let picture = PICTURES[at].1;
            return Scene { picture, before: "", words: self.shown, after: "" };
        }
        // The ellipsis ends words.
        let is_word = |c: char| c.is_ascii_graphic() || c.is_alphanumeric() || c == '…';
        let start = self.shown.find(is_word).unwrap_or(self.shown.len());
        let (before, rest) = self.shown.split_at(start);
        let words = rest.trim_end_matches(|c| !is_word(c));
        let after = rest[words.len()..].trim();
        Scene { picture: "", before: before.trim(), words, after }
    }
}

/// The sound of that name, spelled exactly so.
pub fn find(name: &str) -> Option<&'static Sound> {
    SOUNDS.binary_search_by(|sound| sound.name.cmp(name)).ok().map(|i| &SOUNDS[i])
}

/// The sound that a message plays, when it is nothing but `/play` and a name on the list.
pub fn parse(plain_text: &str) -> Option<&'static Sound> {
    find(played_name(plain_text)?)
}

/// The name in a message that is nothing but `/play name`, whether or not it is on the list (an
/// operator may have added it): letters, digits and underscores.
pub fn played_name(plain_text: &str) -> Option<&str> {
    let name = plain_text.trim().strip_prefix("/play ")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// The body of a message that plays a sound the operator has added. `name` is one that
/// [`played_name`] gave: letters, digits and underscores only.
pub fn added(name: &str) -> String {
    format!("<p class=\"sound\"><a class=\"play\" href=\"/sounds/{name}\">🔊 {name}</a></p>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BodyFormat;
    use crate::richtext::compose;

    #[test]
    fn names_are_in_order_and_each_shows_something() {
        assert!(SOUNDS.is_sorted_by(|a, b| a.name < b.name));
        assert!(SOUNDS.iter().all(|sound| !sound.shown.is_empty()));
    }

    #[test]
    fn each_has_a_picture_and_keeps_its_words() {
        assert!(PICTURES.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(PICTURES.iter().all(|(name, _)| find(name).is_some()));
        for sound in SOUNDS {
            let Scene { picture, before, words, after } = sound.scene();
            let pictures = [picture, before, after].concat();
            assert!(!pictures.is_empty(), "{} is heard only", sound.name);
            assert!(!pictures.contains(|c: char| c.is_ascii_graphic()), "{pictures}");
            let parts = [before, words, after].into_iter().filter(|part| !part.is_empty());
            assert_eq!(parts.collect::<Vec<_>>().join(" "), sound.shown);
        }
    }

    #[test]
    fn only_the_whole_message_plays_and_only_known_names() {
        assert_eq!(parse("/play bell").map(|s| s.shown), Some("🔔"));
        for text in [
            "/play",
            "/play Bell",
            "/play bell now",
            "say /play bell",
            "/play bellx",
            "/playbell",
            "/play  bell",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(played_name("/play our_own"), Some("our_own"));
    }

    #[test]
    fn every_name_survives_being_composed() {
        for sound in SOUNDS {
            let body = compose(&format!("/play {}", sound.name), BodyFormat::Markdown).unwrap();
            assert_eq!(parse(&body.plain_text), Some(&sound));
            let body =
                compose(&format!("<div>/play {}</div>", sound.name), BodyFormat::Html).unwrap();
            assert_eq!(parse(&body.plain_text), Some(&sound));
        }
    }
}
