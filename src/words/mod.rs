//! All that the interface says, in every language it speaks.
//!
//! The texts stand in the catalogues beside this file, `en.toml` first; build.rs makes a function
//! of each entry (`compile.rs`), so that a view says `words::save()` and gets the word in the
//! language that is spoken just now. A text with `{names}` takes values for them, one with tags is
//! HTML and escapes its values, one with forms (`one`, `other`, …) takes a count.
//!
//! Which language is spoken belongs to the task: a request speaks that of its reader, the
//! announcer that of those it draws for, and everybody else English.

pub mod language;
pub mod sentence;

use std::cell::Cell;
use std::fmt;

use askama::filters::{self, Escaper as _};
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};

pub use language::Language;
pub use sentence::{Sentence, sentence};

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// One text without values, in whatever language is spoken when it is said.
pub type Word = fn() -> &'static str;

tokio::task_local! {
    static SPOKEN: Cell<Language>;
}

/// The language that is spoken just now.
pub fn spoken() -> Language {
    SPOKEN.try_with(Cell::get).unwrap_or_default()
}

/// Speaks another language from here on, where a task has been told that it may.
pub fn switch(language: Language) {
    // Outside of any conversation there is nobody to speak to.
    let _ = SPOKEN.try_with(|spoken| spoken.set(language));
}

/// What `draw` makes in this language.
pub fn speaking<T>(language: Language, draw: impl FnOnce() -> T) -> T {
    SPOKEN.sync_scope(Cell::new(language), draw)
}

/// The same for what takes its time.
pub fn speaking_through<T>(
    language: Language,
    work: impl Future<Output = T>,
) -> impl Future<Output = T> {
    // No function that is asynchronous itself: it would hold the work twice.
    SPOKEN.scope(Cell::new(language), work)
}

/// A text with tags: its values are escaped already.
pub struct Html<T>(T);

impl<T: fmt::Display> fmt::Display for Html<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> filters::HtmlSafe for Html<T> {}

/// A value within a text with tags.
struct Escaped<'a, T>(&'a T);

impl<T: fmt::Display> fmt::Display for Escaped<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);
        impl fmt::Write for Escaping<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                filters::Html.write_escaped_str(&mut *self.0, text)
            }
        }
        fmt::write(&mut Escaping(f), format_args!("{}", self.0))
    }
}

/// A number that a text depends on.
pub trait Count: fmt::Display {
    fn count(&self) -> u64;
}

impl Count for usize {
    fn count(&self) -> u64 {
        *self as u64
    }
}

impl Count for u64 {
    fn count(&self) -> u64 {
        *self
    }
}

impl Count for u32 {
    fn count(&self) -> u64 {
        u64::from(*self)
    }
}

impl Count for i64 {
    fn count(&self) -> u64 {
        self.unsigned_abs()
    }
}

impl<T: Count> Count for &T {
    fn count(&self) -> u64 {
        (*self).count()
    }
}

/// The form a number takes in a language, by Unicode's rules; those that cannot be had are read as
/// if every number were `other`.
fn form_of(language: Language, count: u64) -> PluralCategory {
    thread_local! {
        static RULES: Vec<Option<PluralRules>> = Language::ALL.into_iter().map(rules_of).collect();
    }
    RULES.with(|rules| {
        let rules = rules.get(language as usize).and_then(Option::as_ref);
        rules.map_or(PluralCategory::Other, |rules| rules.category_for(count))
    })
}

fn rules_of(language: Language) -> Option<PluralRules> {
    let locale: Locale = language.tag().parse().ok()?;
    PluralRules::try_new_cardinal((&locale).into()).ok()
}

#[cfg(test)]
mod tests;
