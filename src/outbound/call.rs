//! One call to another machine: what is asked of whom, and how much it may cost.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::CallError;

/// What a call is for. Each purpose has its own places, so that one cannot keep the others from
/// being said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A page, or its picture, that somebody linked to.
    LinkPreview,
    /// A notification, to the service that a browser named.
    PushMessage,
    /// A message, to the address that an administrator gave a bot.
    Webhook,
    /// The authority that gives this server its certificate, at the address the operator set.
    Certificate,
}

/// How far a call may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// People choose the address: public ones on the usual ports only, and what the operator has
    /// opened. Every redirect is judged anew.
    Public,
    /// Whoever runs this place chose the address: anywhere.
    Operator,
}

impl Purpose {
    pub fn reach(self) -> Reach {
        match self {
            Purpose::LinkPreview | Purpose::PushMessage => Reach::Public,
            Purpose::Webhook | Purpose::Certificate => Reach::Operator,
        }
    }

    /// Calls at a time; further ones wait, within the time they have in all.
    pub(super) fn at_once(self) -> usize {
        match self {
            Purpose::LinkPreview => 8,
            Purpose::PushMessage => 16,
            Purpose::Webhook => 64,
            Purpose::Certificate => 1,
        }
    }
}

/// What a call may cost at most.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    /// The longest silence of the other side after the connection is made.
    pub silence: Duration,
    /// From the wish to call until the last byte of the answer, with all redirects.
    pub whole: Duration,
    /// Bytes of the answer's body, counted as they come, whatever it says of its length.
    pub answer_bytes: u64,
    /// Redirects that are followed, and only where nothing is sent (`GET` and `HEAD`). With none,
    /// a redirect is an answer like any other.
    pub redirects: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(7),
            whole: Duration::from_secs(30),
            answer_bytes: 64 * 1024,
            redirects: 0,
        }
    }
}

/// A call that can be made.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) purpose: Purpose,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) caps: Caps,
    /// Media types of a successful answer, lower case, without parameters; empty: any.
    pub(super) kinds: &'static [&'static str],
}

impl Call {
    /// # Errors
    /// [`CallError::BadUrl`] when this is no http or https address with a host, or, where people
    /// choose it, one with a user name or password in it.
    pub fn new(purpose: Purpose, method: Method, url: &str) -> Result<Self, CallError> {
        let url = Url::parse(url.trim()).map_err(|_| CallError::BadUrl)?;
        check(purpose, &url)?;
        Ok(Self {
            purpose,
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            caps: Caps::default(),
            kinds: &[],
        })
    }

    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub fn caps(mut self, caps: Caps) -> Self {
        self.caps = caps;
        self
    }

    /// The media types that a successful answer may have.
    pub fn kinds(mut self, kinds: &'static [&'static str]) -> Self {
        self.kinds = kinds;
        self
    }
}

/// Whether this address can be called for this purpose, as far as it can be seen by its text.
pub(super) fn check(purpose: Purpose, url: &Url) -> Result<(), CallError> {
    let is_web = matches!(url.scheme(), "http" | "https");
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    let is_clean = purpose.reach() == Reach::Operator || !has_credentials;
    (is_web && has_host && is_clean).then_some(()).ok_or(CallError::BadUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_can_be_called() {
        let call = |purpose, url| Call::new(purpose, Method::GET, url);
        for good in ["https://example.org", " http://example.org:8080/x?y#z ", "http://[::1]/"] {
            assert!(call(Purpose::LinkPreview, good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "x",
            "//example.org",
            "ftp://example.org",
            "file:///etc/passwd",
            "http://",
            "javascript:1",
            "gopher://example.org",
            "data:text/html,x",
            "http://a b/",
        ] {
            assert_eq!(call(Purpose::LinkPreview, bad).err(), Some(CallError::BadUrl), "{bad}");
        }
        let secret = "https://user:word@example.org/";
        assert!(
            call(Purpose::LinkPreview, secret).is_err() && call(Purpose::Webhook, secret).is_ok()
        );
    }
}
