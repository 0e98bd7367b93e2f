//! Emoji: which messages are nothing else, and what `:name` may complete to.

use unicode_segmentation::UnicodeSegmentation;

/// Suggestions for one prefix, at most.
const MAX_SUGGESTIONS: usize = 20;

/// A suggestion for what was typed after a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub emoji: &'static str,
    /// Without colons: `tada`.
    pub shortcode: &'static str,
    /// In words: `party popper`.
    pub name: &'static str,
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

/// Emoji whose short code begins with the prefix, then those with a word in their name that does;
/// at most 20. Nothing for an empty prefix.
pub fn complete(prefix: &str) -> Vec<Suggestion> {
    let prefix = prefix.trim_matches(':').to_lowercase();
    if prefix.is_empty() {
        return Vec::new();
    }
    let by_code = emojis::iter().filter_map(|emoji| {
        let shortcode = emoji.shortcodes().find(|code| code.starts_with(&prefix))?;
        Some(suggest(emoji, shortcode))
    });
    let mut found: Vec<Suggestion> = by_code.collect();
    // The exact name first, then short ones: `:cat` means the cat before the cat with wry smile.
    found.sort_by_key(|suggestion| suggestion.shortcode.len());
    let by_word = emojis::iter().filter_map(|emoji| {
        let mut words = emoji.name().split([' ', '-']);
        words.any(|word| word.to_lowercase().starts_with(&prefix)).then_some(())?;
        Some(suggest(emoji, emoji.shortcode()?))
    });
    for suggestion in by_word {
        if found.len() >= MAX_SUGGESTIONS {
            break;
        }
        if !found.iter().any(|known| known.emoji == suggestion.emoji) {
            found.push(suggestion);
        }
    }
    found.truncate(MAX_SUGGESTIONS);
    found
}

fn suggest(emoji: &'static emojis::Emoji, shortcode: &'static str) -> Suggestion {
    Suggestion { emoji: emoji.as_str(), shortcode, name: emoji.name() }
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
    fn names_complete() {
        let first = |prefix: &str| complete(prefix).first().map(|s| (s.emoji, s.shortcode));
        assert_eq!(first("tada"), Some(("🎉", "tada")));
        assert_eq!(first(":cat"), Some(("🐱", "cat")));
        assert_eq!(first("THUMBSU"), Some(("👍", "thumbsup")));
        assert!(complete("popper").iter().any(|s| s.emoji == "🎉"));
        assert!(complete("s").len() == MAX_SUGGESTIONS);
        assert!(complete("").is_empty() && complete("zzzz").is_empty());
    }
}
