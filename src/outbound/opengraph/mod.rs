//! What pages say of themselves: looked up with bounds, kept for an hour, found or not.

mod charset;
mod document;
mod skipped;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Url};
use tokio::sync::OnceCell;

use super::{Call, CallError, Caps, Client, Purpose};
use crate::config::{BaseUrl, Config};
use crate::model::link_preview::{MAX_DESCRIPTION, MAX_TITLE, plain};
use document::Document;

/// Said where a preview would be, and to who asks for one nevertheless.
pub const SWITCHED_OFF: &str = "Link previews are switched off on this server.";
/// A page: the whole of it, and what is read of it in bytes.
const PAGE_TIME: Duration = Duration::from_secs(10);
/// A page that says it is larger than this is left alone.
const PAGE_BYTES: u64 = 5 * 1024 * 1024;
/// As much of a page is read; what it says of itself is near its beginning.
const READ_BYTES: usize = 1024 * 1024;
const PICTURE_BYTES: u64 = 5 * 1024 * 1024;
const REDIRECTS: usize = 5;
/// How long a page is not asked again, also when it had nothing to say.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// Pages that are remembered.
const MOST_KEPT: usize = 500;
/// Longest address that is looked up, in characters.
const MAX_URL: usize = 2_048;

const PAGES: &[&str] = &["text/html"];
const PICTURES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];

/// What a page says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where it wants to be found, on the site that was asked.
    pub url: String,
    /// Plain text, cleaned and cut.
    pub title: String,
    pub description: String,
    /// The address of a picture; nobody but this server may ask for it.
    pub picture: Option<String>,
}

/// Looks pages up. Clones share what they remember.
#[derive(Clone)]
pub struct LinkedPages(Arc<Shared>);

struct Shared {
    client: Client,
    enabled: bool,
    own: Option<BaseUrl>,
    known: Mutex<HashMap<String, Known>>,
}

/// What was found at an address, or is being looked for: once, however many ask.
#[derive(Clone)]
struct Known {
    since: Instant,
    page: Arc<OnceCell<Option<Page>>>,
}

impl LinkedPages {
    pub fn new(client: Client, config: &Config) -> Self {
        let own = config.base_url.clone();
        Self(Arc::new(Shared {
            client,
            enabled: config.opengraph_enabled,
            own,
            known: Mutex::default(),
        }))
    }

    /// Whether the operator wants pages looked up at all.
    pub fn are_enabled(&self) -> bool {
        self.0.enabled
    }

    /// What the page at this address says of itself; none if it is not for us to ask, cannot be
    /// had, or says too little.
    pub async fn find(&self, url: &str) -> Option<Page> {
        let url = self.may_be_asked(url)?;
        let known = self.known(url.as_str());
        known.page.get_or_init(|| self.look_up(&url)).await.clone()
    }

    fn may_be_asked(&self, url: &str) -> Option<Url> {
        if !self.0.enabled || url.chars().count() > MAX_URL || skipped::is_a_file(url) {
            return None;
        }
        let mut url = Url::parse(url).ok()?;
        url.set_fragment(None);
        // We would see our own sign-in page.
        let own =
            self.0.own.as_ref().is_some_and(|own| own.origin == url.origin().ascii_serialization());
        (!own).then_some(url)
    }

    fn known(&self, url: &str) -> Known {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KEPT {
            known.retain(|_, kept| kept.since.elapsed() < KEPT);
        }
        if known.len() >= MOST_KEPT {
            let oldest = known.iter().min_by_key(|(_, kept)| kept.since);
            if let Some(oldest) = oldest.map(|(url, _)| url.clone()) {
                known.remove(&oldest);
            }
        }
        let fresh = || Known { since: Instant::now(), page: Arc::default() };
        let kept = known.entry(url.to_owned()).or_insert_with(fresh);
        if kept.since.elapsed() >= KEPT {
            *kept = fresh();
        }
        kept.clone()
    }

    async fn look_up(&self, url: &Url) -> Option<Page> {
        match self.ask(url).await {
            Ok(page) => page,
            Err(error) => {
                let host = url.host_str().unwrap_or_default();
                tracing::debug!(?host, %error, "a page could not be looked up");
                None
            }
        }
    }

    async fn ask(&self, url: &Url) -> Result<Option<Page>, CallError> {
        let caps = Caps {
            silence: Duration::from_secs(5),
            whole: PAGE_TIME,
            answer_bytes: PAGE_BYTES,
            redirects: REDIRECTS,
        };
        let call = Call::new(Purpose::LinkPreview, Method::GET, url.as_str())?
            .header(ACCEPT, HeaderValue::from_static("text/html"))
            .caps(caps)
            .kinds(PAGES);
        let mut answer = self.0.client.send(call).await?;
        let packed = !matches!(answer.header("content-encoding"), "" | "identity");
        if answer.status != 200 || packed {
            return Ok(None);
        }
        let said = charset::of_header(answer.header("content-type"));
        let found_at = answer.url.clone();
        let mut html = Vec::new();
        while html.len() < READ_BYTES {
            let Some(piece) = answer.chunk().await? else { break };
            html.extend_from_slice(&piece);
        }
        html.truncate(READ_BYTES);
        drop(answer);
        // Reading may take a moment; nobody else's request should wait for it.
        let reading = move || Document::read(&charset::decode(&html, said));
        let document = tokio::task::spawn_blocking(reading).await.unwrap_or_default();
        Ok(page_of(document, url, &found_at))
    }

    /// The bytes of a picture that a page named; none if it is no picture.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn picture(&self, url: &str) -> Result<Option<Vec<u8>>, CallError> {
        let caps = Caps {
            silence: Duration::from_secs(5),
            whole: PAGE_TIME,
            answer_bytes: PICTURE_BYTES,
            redirects: REDIRECTS,
        };
        let call = Call::new(Purpose::LinkPreview, Method::GET, url)?
            .header(
                ACCEPT,
                HeaderValue::from_static("image/jpeg, image/png, image/gif, image/webp"),
            )
            .caps(caps)
            .kinds(PICTURES);
        let answer = self.0.client.send(call).await?;
        if answer.status != 200 {
            return Ok(None);
        }
        answer.bytes().await.map(Some)
    }
}

/// A card needs a title and a description.
fn page_of(document: Document, asked: &Url, found_at: &Url) -> Option<Page> {
    let title = plain(&document.title?, MAX_TITLE);
    let description = plain(&document.description?, MAX_DESCRIPTION);
    let picture = document.picture.filter(|url| url.len() <= MAX_URL && is_web(url));
    let url = document.url.and_then(|url| Url::parse(url.trim()).ok());
    let url = url.filter(|url| is_same_site(url, found_at)).unwrap_or_else(|| asked.clone());
    let page = Page { url: url.into(), title, description, picture };
    (!page.title.is_empty() && !page.description.is_empty()).then_some(page)
}

fn is_web(url: &str) -> bool {
    Url::parse(url.trim()).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// A page may say by which of its addresses it wants to be known, but not send people elsewhere.
fn is_same_site(url: &Url, found_at: &Url) -> bool {
    let bare =
        |url: &Url| url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host).to_owned());
    is_web(url.as_str())
        && url.as_str().len() <= MAX_URL
        && url.username().is_empty()
        && url.port_or_known_default().is_some_and(|port| {
            [Some(80), Some(443), found_at.port_or_known_default()].contains(&Some(port))
        })
        && bare(url) == bare(found_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(document: Document) -> Option<Page> {
        let asked = Url::parse("https://short.example/x").unwrap();
        let found_at = Url::parse("https://www.example.org/article?ref=1").unwrap();
        page_of(document, &asked, &found_at)
    }

    fn document(url: &str, picture: &str) -> Document {
        Document {
            title: Some("A title".into()),
            description: Some("And words".into()),
            url: Some(url.into()),
            picture: Some(picture.into()),
        }
    }

    #[test]
    fn a_page_cannot_send_people_elsewhere() {
        let url = |url: &str| page(document(url, "")).unwrap().url;
        assert_eq!(url("https://example.org/article"), "https://example.org/article");
        for other in [
            "https://evil.example/",
            "/article",
            "javascript:alert(1)",
            "",
            "https://user@example.org/",
            "ftp://example.org/",
            "https://example.org:8443/",
        ] {
            assert_eq!(url(other), "https://short.example/x", "{other}");
        }
    }

    #[test]
    fn a_card_has_a_title_and_words() {
        assert!(page(Document { title: None, ..document("", "") }).is_none());
        assert!(
            page(Document { description: Some(" \u{200B}".into()), ..document("", "") }).is_none()
        );
        let picture = |url: &str| page(document("", url)).unwrap().picture;
        assert_eq!(
            picture("https://cdn.example/x.png").as_deref(),
            Some("https://cdn.example/x.png")
        );
        assert_eq!((picture("/x.png"), picture("data:image/png;base64,x")), (None, None));
    }
}
