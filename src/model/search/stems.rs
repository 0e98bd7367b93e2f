//! What English words have in common with their relatives: `deploys`, `deployed` and `deploying`
//! share one stem. After the rules M. F. Porter described, in their later form.

use std::borrow::Cow;

/// Shorter words are their own stem.
const SHORTEST: usize = 3;

/// The stem of a word in lower case. Words with anything but `a` to `z` are left as they are.
pub fn stem(word: &str) -> Cow<'_, str> {
    if word.len() < SHORTEST || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(word);
    }
    let mut stem = Stem::new(word);
    stem.plurals();
    stem.past_and_progress();
    stem.final_y();
    stem.replace(DOUBLE_ENDINGS);
    stem.replace(ENDINGS);
    stem.remove_last_ending();
    stem.final_e_and_l();
    match stem.word == word {
        true => Cow::Borrowed(word),
        false => Cow::Owned(stem.word),
    }
}

const DOUBLE_ENDINGS: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("ization", "ize"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("iveness", "ive"),
    ("tional", "tion"),
    ("biliti", "ble"),
    ("lessli", "less"),
    ("entli", "ent"),
    ("ation", "ate"),
    ("alism", "al"),
    ("aliti", "al"),
    ("ousli", "ous"),
    ("iviti", "ive"),
    ("fulli", "ful"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("abli", "able"),
    ("izer", "ize"),
    ("ator", "ate"),
    ("alli", "al"),
    ("logi", "log"),
    ("bli", "ble"),
];

const ENDINGS: &[(&str, &str)] =
    &[("icate", "ic"), ("iciti", "ic"), ("alize", "al"), ("ical", "ic"), ("ness", ""), ("ful", "")];

const LAST_ENDINGS: &[&str] = &[
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous",
    "ive", "ize", "ion", "al", "er", "ic",
];

struct Stem {
    word: String,
    /// Behind the first consonant that follows a vowel: endings from here on may be removed.
    first: usize,
    /// The same once more: here even the endings that say a lot.
    second: usize,
}

impl Stem {
    fn new(word: &str) -> Self {
        let first = region_after(word, 0);
        Self { word: word.to_owned(), first, second: region_after(word, first) }
    }

    /// The word without `ending`, if it ends so.
    fn before(&self, ending: &str) -> Option<usize> {
        self.word.strip_suffix(ending).map(str::len)
    }

    fn has_vowel(&self, until: usize) -> bool {
        (0..until).any(|at| is_vowel(self.word.as_bytes(), at))
    }

    fn ends_short(&self) -> bool {
        let (bytes, length) = (self.word.as_bytes(), self.word.len());
        let consonant = |at: usize| !is_vowel(bytes, at);
        match length {
            2 => is_vowel(bytes, 0) && consonant(1),
            3.. => {
                consonant(length - 3)
                    && is_vowel(bytes, length - 2)
                    && consonant(length - 1)
                    && !self.word.ends_with(['w', 'x', 'y'])
            }
            _ => false,
        }
    }

    fn plurals(&mut self) {
        if self.word.ends_with("sses") {
            self.word.truncate(self.word.len() - 2);
        } else if self.word.ends_with("ies") || self.word.ends_with("ied") {
            let kept = if self.word.len() > 4 { 2 } else { 1 };
            self.word.truncate(self.word.len() - kept);
        } else if self.word.ends_with('s')
            && !self.word.ends_with("us")
            && !self.word.ends_with("ss")
            && self.has_vowel(self.word.len().saturating_sub(2))
        {
            self.word.pop();
        }
    }

    fn past_and_progress(&mut self) {
        if let Some(at) = self.before("eedly").or_else(|| self.before("eed")) {
            if at >= self.first {
                self.word.truncate(at + 2);
            }
            return;
        }
        let ending = ["ingly", "edly", "ing", "ed"].iter().find_map(|ending| self.before(ending));
        let Some(at) = ending.filter(|at| self.has_vowel(*at)) else { return };
        self.word.truncate(at);
        let bytes = self.word.as_bytes();
        let twice = bytes.len() > 2
            && bytes.last() == bytes.get(bytes.len() - 2)
            && bytes.last().is_some_and(|last| b"bdfgmnprt".contains(last));
        if ["at", "bl", "iz"].iter().any(|ending| self.word.ends_with(ending)) {
            self.word.push('e');
        } else if twice {
            self.word.pop();
        } else if self.ends_short() && self.first >= self.word.len() {
            self.word.push('e');
        }
    }

    fn final_y(&mut self) {
        let length = self.word.len();
        if length > 2 && self.word.ends_with('y') && !is_vowel(self.word.as_bytes(), length - 2) {
            self.word.pop();
            self.word.push('i');
        }
    }

    fn replace(&mut self, endings: &[(&str, &str)]) {
        let found =
            endings.iter().find_map(|(ending, new)| self.before(ending).map(|at| (at, *new)));
        match found {
            Some((at, new)) if at >= self.first => {
                self.word.truncate(at);
                self.word.push_str(new);
            }
            Some(_) => {}
            None => self.remove_ly(),
        }
    }

    fn remove_ly(&mut self) {
        let Some(at) = self.before("li").filter(|at| *at >= self.first) else { return };
        if self
            .word
            .get(..at)
            .is_some_and(|rest| rest.ends_with(['c', 'd', 'e', 'g', 'h', 'k', 'm', 'n', 'r', 't']))
        {
            self.word.truncate(at);
        }
    }

    fn remove_last_ending(&mut self) {
        let found =
            LAST_ENDINGS.iter().find_map(|ending| self.before(ending).map(|at| (at, ending)));
        let Some((at, ending)) = found else { return };
        let fits = **ending != *"ion"
            || self.word.get(..at).is_some_and(|rest| rest.ends_with(['s', 't']));
        if at >= self.second && fits {
            self.word.truncate(at);
        }
    }

    fn final_e_and_l(&mut self) {
        let length = self.word.len();
        if self.word.ends_with('e') {
            let at = length - 1;
            self.word.pop();
            if at < self.second && (at < self.first || self.ends_short()) {
                self.word.push('e');
            }
        } else if self.word.ends_with("ll") && length > self.second {
            self.word.pop();
        }
    }
}

fn is_vowel(word: &[u8], at: usize) -> bool {
    match word.get(at) {
        Some(b'a' | b'e' | b'i' | b'o' | b'u') => true,
        // At the beginning and after a vowel it is a consonant.
        Some(b'y') => at > 0 && !is_vowel(word, at - 1),
        _ => false,
    }
}

/// Behind the first consonant that follows a vowel, from `from` on.
fn region_after(word: &str, from: usize) -> usize {
    let bytes = word.as_bytes();
    (from + 1..bytes.len())
        .find(|at| is_vowel(bytes, at - 1) && !is_vowel(bytes, *at))
        .map_or(bytes.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relatives_share_a_stem() {
        for family in [
            &["deploy", "deploys", "deployed", "deploying"][..],
            &["run", "runs", "running"],
            &["hope", "hopes", "hoped", "hoping"],
            &["party", "parties"],
            &["connect", "connected", "connection", "connections", "connecting"],
            &["happy", "happiness"],
            &["quick", "quickly"],
            &["eel", "eels"],
            &["class", "classes"],
            &["notify", "notified", "notifies", "notifying"],
            &["relate", "relates", "related", "relating"],
            &["message", "messages", "messaging"],
        ] {
            let stems: Vec<_> = family.iter().map(|word| stem(word)).collect();
            assert!(stems.iter().all(|found| *found == stems[0]), "{family:?}: {stems:?}");
        }
    }

    #[test]
    fn strangers_do_not() {
        for (one, other) in
            [("hop", "hope"), ("bus", "bu"), ("sing", "s"), ("news", "n"), ("need", "ne")]
        {
            assert_ne!(stem(one), stem(other));
        }
        assert_eq!(stem("its"), "it");
        assert_eq!(stem("as"), "as");
        assert_eq!(stem("übungen"), "übungen");
        assert_eq!(stem("v12s"), "v12s");
    }
}
