//! The card of a page, as it is shown while a message is written.

use askama::Template;

use crate::model::link_preview::site_of;

/// What a page that is being linked to says of itself.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/written_link.html")]
pub struct WrittenLinkFragment<'a> {
    pub url: &'a str,
    pub title: &'a str,
    pub description: &'a str,
}
