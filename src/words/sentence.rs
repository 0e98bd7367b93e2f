//! A sentence that is said later, by whoever then knows to whom: what a rule or a command refuses.

use std::borrow::Cow;
use std::fmt;

use super::{Language, speaking, spoken};

/// One sentence in every language. Shown, it is in the one that is spoken then.
#[derive(Clone, PartialEq, Eq)]
pub struct Sentence(Vec<Cow<'static, str>>);

/// Says a word in every language: `sentence(|| words::too_long(100))`.
pub fn sentence<T: fmt::Display>(word: impl Fn() -> T) -> Sentence {
    let said = |language| speaking(language, || Cow::Owned(word().to_string()));
    Sentence(Language::ALL.into_iter().map(said).collect())
}

impl Sentence {
    /// What only those read who write programs, or alter what our pages send: in English for everybody.
    /// What people can bring about with our pages is said in their language, by [`sentence`].
    pub fn for_programs(text: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![text.into()])
    }

    /// What was said to this visitor before, in their language.
    pub fn as_said(text: String) -> Self {
        Self(vec![text.into()])
    }

    /// As programs are told it.
    pub fn english(&self) -> &str {
        self.0.first().map_or("", |said| said)
    }

    fn now(&self) -> &str {
        self.0.get(spoken() as usize).map_or(self.english(), |said| said)
    }

    /// Several sentences as one text.
    pub fn joined(sentences: &[Sentence]) -> Sentence {
        sentence(|| sentences.iter().map(Sentence::now).collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.now())
    }
}

/// In English, as it is for a log.
impl fmt::Debug for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.english(), f)
    }
}
