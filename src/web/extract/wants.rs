//! What kind of answer a request asks for: a page, a fragment, or JSON.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};

use super::current_bot::is_program;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    Page,
    /// htmx or a script of ours asks for a piece of HTML.
    Fragment,
    Json,
}

impl Wants {
    /// Bots are answered as programs, whatever they accept.
    pub fn of(headers: &HeaderMap, extensions: &Extensions) -> Self {
        if is_program(headers, extensions) {
            return Wants::Json;
        }
        Self::accepted(headers)
    }

    fn accepted(headers: &HeaderMap) -> Self {
        if headers.get("hx-request").is_some_and(|value| value == "true") {
            return Wants::Fragment;
        }
        // A program asks to upgrade; a redirect or a page would tell it nothing.
        if headers.contains_key(header::UPGRADE) {
            return Wants::Json;
        }
        let accept =
            headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
        let named = |kind: &str| accept.split(',').any(|part| part.trim().starts_with(kind));
        if named("application/json") && !named("text/html") { Wants::Json } else { Wants::Page }
    }
}

impl<S: Sync> FromRequestParts<S> for Wants {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.extensions))
    }
}
