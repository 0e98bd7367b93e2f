//! From what people type to what is safe to show.
use crate::model::{Body, BodyFormat, message::accept_source, text::Refused};
pub fn compose(source: &str, format: BodyFormat) -> Result<Body, Refused> {
    let source = accept_source(source)?;
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new(&source));
    let html = ammonia::clean(&html);
    Ok(Body { plain_text: source.clone(), source, format, html })
}
