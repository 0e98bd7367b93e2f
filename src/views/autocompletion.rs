//! What a half-typed name may become.

use askama::Template;

use crate::model::Author;

/// People whose names fit, the likeliest first, as the options of a list box.
#[derive(Clone, Debug, Template)]
#[template(path = "autocompletion/people.html")]
pub struct PeopleSuggestions<'a> {
    pub people: &'a [&'a Author],
}
