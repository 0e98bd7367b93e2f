//! The languages there are, and which of them a browser asks for.

use serde::{Deserialize, Serialize};

/// A language that the whole interface is written in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Language {
    /// What is spoken when nothing else was asked for.
    #[default]
    English,
    German,
}

/// Of what a browser says it reads, this many entries count.
const MOST_ENTRIES: usize = 32;
/// And so many bytes.
const MOST_BYTES: usize = 1024;

impl Language {
    pub const ALL: [Language; 2] = [Language::English, Language::German];

    /// The tag of RFC 5646, as pages carry it and as a choice is stored.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// What those who speak it call it.
    pub fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::German => "Deutsch",
        }
    }

    /// The direction its lines run in: `ltr` or `rtl`.
    pub fn direction(self) -> &'static str {
        match self {
            Language::English | Language::German => "ltr",
        }
    }

    /// One of our tags; anything else is none.
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The language of ours that a header `Accept-Language` wants most (RFC 9110, 12.5.4). A
    /// region makes no difference; what cannot be read counts for nothing; English if none fits.
    pub fn wanted(header: &str) -> Self {
        let mut header = header;
        if header.len() > MOST_BYTES {
            let end = (0..=MOST_BYTES).rev().find(|at| header.is_char_boundary(*at));
            header = header.get(..end.unwrap_or(0)).unwrap_or_default();
        }
        let mut best = (0, Self::default());
        for entry in header.split(',').take(MOST_ENTRIES) {
            let mut parts = entry.split(';').map(str::trim);
            let range = parts.next().unwrap_or_default();
            let weight = parts.next().map_or(Some(1000), weight);
            let primary = range.split('-').next().unwrap_or_default();
            let named =
                Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(primary));
            let named = named.or((range == "*").then(Self::default));
            if let (Some(language), Some(weight)) = (named, weight)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// `q=0.5` is 500 of 1000.
fn weight(parameter: &str) -> Option<u32> {
    let value = parameter.strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?;
    let value: f32 = value.trim().parse().ok()?;
    (0.0..=1.0).contains(&value).then_some((value * 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_language_it_wants_most() {
        for (header, wanted) in [
            ("", Language::English),
            ("de", Language::German),
            ("DE-at", Language::German),
            ("de-Latn-CH-1996", Language::German),
            ("en-GB,en;q=0.9,de;q=0.8", Language::English),
            ("fr, de;q=0.5, en;q=0.4", Language::German),
            ("en;q=0.4, de;q=0.5", Language::German),
            ("*, de;q=0.1", Language::English),
            ("fr, ja", Language::English),
            ("de;q=0", Language::English),
            ("de;q=0, *;q=0.1", Language::English),
            ("fr, *;q=0", Language::English),
            ("en, de", Language::English),
        ] {
            assert_eq!(Language::wanted(header), wanted, "{header:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_counts_for_nothing() {
        for hostile in [
            "de;q=NaN", "de;q=inf", "de;q=-1", "de;q=2", "de;q=", "de;x=1", ";;;,,,", "d", "deu",
            "-de", "*-de", "de\u{0}",
        ] {
            assert_eq!(Language::wanted(hostile), Language::English, "{hostile:?}");
        }
        assert_eq!(
            Language::wanted(&format!("{}de", "x,".repeat(MOST_ENTRIES))),
            Language::English
        );
        assert_eq!(Language::wanted(&"ä".repeat(100_000)), Language::English);
        assert_eq!(Language::wanted(&format!("de,{}", "en,".repeat(100_000))), Language::German);
    }
}
