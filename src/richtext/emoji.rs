//! Emoji: which messages are nothing else, and what they are called.

use unicode_segmentation::UnicodeSegmentation;

/// An emoji and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEmoji {
    pub emoji: &'static str,
    /// In words: `party popper`.
    pub name: &'static str,
    /// What may be typed between colons: `tada`. At least one.
    pub shortcodes: Vec<&'static str>,
}

/// Whether a text is emoji and nothing else, with or without white space between them. Skin
/// tones, flags, keycaps and sequences with joiners count as one emoji each.
pub fn is_emoji_only(text: &str) -> bool {
    let mut any = false;
    for cluster in text.split_whitespace().flat_map(|word| word.graphemes(true)) {
        if !is_emoji(cluster) {
            return false;
        }
        any = true;
    }
    any
}

/// Whether one character as a person sees it is an emoji.
fn is_emoji(cluster: &str) -> bool {
    if emojis::get(cluster).is_some() {
        return true;
    }
    // Newer or unusual sequences: every part between the joiners has to be an emoji by itself.
    let parts = cluster.split('\u{200D}');
    parts.clone().count() <= 10 && parts.into_iter().all(is_part)
}

fn is_part(part: &str) -> bool {
    let bare: String = part.chars().filter(|c| !is_modifier(*c)).collect();
    let flag = |c: char| ('\u{1F1E6}'..='\u{1F1FF}').contains(&c);
    emojis::get(&bare).is_some()
        || matches!(bare.as_str(), "♀" | "♂" | "⚕")
        || (bare.chars().count() == 2 && bare.chars().all(flag))
}

/// Presentation, skin tones, and the tags of regional flags.
fn is_modifier(c: char) -> bool {
    matches!(c, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
}

/// Every emoji that has a short code, in the order of Unicode's own list; skin tones are left out.
pub fn all() -> impl Iterator<Item = NamedEmoji> {
    emojis::iter().filter_map(|emoji| {
        let shortcodes: Vec<_> = emoji.shortcodes().collect();
        let (emoji, name) = (emoji.as_str(), emoji.name());
        (!shortcodes.is_empty()).then_some(NamedEmoji { emoji, name, shortcodes })
    })
}

/// The emoji for what programs write between colons. Some call coloured shapes large.
pub fn of_shortcode(code: &str) -> Option<&'static str> {
    let plain = || emojis::get_by_shortcode(code.strip_prefix("large_")?);
    emojis::get_by_shortcode(code).or_else(plain).map(|emoji| emoji.as_str())
}

/// The same emoji in the skin tone that Slack numbers 2, the lightest, to 6; none if it has none.
pub fn in_skin_tone(emoji: &str, tone: u8) -> Option<&'static str> {
    use emojis::SkinTone;
    let tone = match tone {
        2 => SkinTone::Light,
        3 => SkinTone::MediumLight,
        4 => SkinTone::Medium,
        5 => SkinTone::MediumDark,
        6 => SkinTone::Dark,
        _ => return None,
    };
    Some(emojis::get(emoji)?.with_skin_tone(tone)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_emoji_are_emoji() {
        for text in [
            "👍",
            "👍👍🏽",
            "❤️",
            "❤",
            "👩‍🚀",
            "👨‍👩‍👧‍👦",
            "👩🏾‍❤️‍💋‍👨🏻",
            "🏳️‍🌈",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "🇩🇪🇫🇷",
            "1️⃣ 2️⃣",
            "#️⃣",
            "😀 😀\n😀",
            "☺️",
            "‼️",
            "©️",
            "🤷🏻‍♂️",
            "🫠",
            "❤️‍🔥",
            " 🎉 ",
            "🏃🏽‍♀️‍➡️",
        ] {
            assert!(is_emoji_only(text), "{text}");
        }
        for text in [
            "", " ", "1", "12", "#", "*", "a👍", "👍a", "👍.", ":)", "🇩", "\u{200D}", "\u{FE0F}",
            "🏻a", "é", "漢", "→",
        ] {
            assert!(!is_emoji_only(text), "{text:?}");
        }
    }

    #[test]
    fn emoji_have_names() {
        let all: Vec<_> = all().collect();
        let named = |code: &str| all.iter().find(|one| one.shortcodes.contains(&code));
        assert_eq!(named("tada").map(|one| (one.emoji, one.name)), Some(("🎉", "party popper")));
        assert_eq!(named("thumbsup").map(|one| one.emoji), Some("👍"));
        assert!(all.len() > 1500 && all.iter().all(|one| is_emoji_only(one.emoji)));
    }
}
