//! An HTTP answer, looked over on arrival: no answer whatever may lack its protecting headers.

use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use reqwest::{Method, Response};

use super::html;

/// Status, headers and body of one answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub asked: String,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// Reads the whole answer and checks its headers.
    pub async fn read(method: &Method, response: Response) -> reqwest::Result<Answer> {
        let asked = format!("{method} {}", path_of(response.url()));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        let answer = Answer { asked, status, headers, body };
        answer.assert_protected();
        Ok(answer)
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// The header's value, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone())
            .unwrap_or_else(|_| panic!("{}: the body is not UTF-8", self.asked))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self.text()))
    }

    /// Fails with the start of the page when the status is another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        let start: String = String::from_utf8_lossy(&self.body).chars().take(600).collect();
        let to = self.header("location");
        assert_eq!(self.status, status, "{} {to}\n{start}", self.asked);
        self
    }

    /// The path this answer sends the reader to, after checking that it is one of our own.
    #[track_caller]
    pub fn location(&self) -> String {
        let to = self.header("location").to_owned();
        assert!(
            to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'),
            "{}: a redirect leads to a path of ours, not to {to:?}",
            self.asked
        );
        to
    }

    pub fn content_security_policy(&self) -> BTreeMap<String, String> {
        let policy = self.header("content-security-policy").to_owned();
        policy
            .split(';')
            .filter(|directive| !directive.trim().is_empty())
            .map(|directive| {
                let (name, sources) =
                    directive.trim().split_once(' ').unwrap_or((directive.trim(), ""));
                (name.to_owned(), sources.trim().to_owned())
            })
            .collect()
    }

    /// What an HTML page shows, without its tags.
    pub fn shown(&self) -> String {
        html::text_of(&self.text())
    }

    fn assert_protected(&self) {
        let asked = &self.asked;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(self.headers(name), [value], "{asked}: {name} (status {})", self.status);
        }
        let permissions = self.header("permissions-policy");
        for closed in ["camera=()", "geolocation=()", "microphone=()", "usb=()"] {
            assert!(permissions.contains(closed), "{asked}: permissions-policy {permissions:?}");
        }
        for gossip in ["server", "x-powered-by", "access-control-allow-origin"] {
            // A proxy in front speaks for itself.
            let ours = self.headers(gossip).iter().any(|value| !value.starts_with("nginx/"));
            assert!(!ours, "{asked}: has a {gossip} header");
        }
        let policy = self.content_security_policy();
        let directive = |name: &str| policy.get(name).map(String::as_str);
        assert_eq!(directive("default-src"), Some("'none'"), "{asked}: {policy:?}");
        for (name, sources) in &policy {
            assert!(!sources.contains("unsafe"), "{asked}: {name} {sources}");
            assert!(!sources.split(' ').any(|s| s == "*" || s == "data:"), "{asked}: {name}");
        }
        let cached = self.header("cache-control");
        assert!(!cached.is_empty(), "{asked}: cache-control is missing");
        if !self.headers("set-cookie").is_empty() {
            assert!(!cached.contains("public"), "{asked}: a cookie in a public answer");
        }
        if self.status >= 400 {
            assert!(cached.contains("no-store"), "{asked}: {} with {cached:?}", self.status);
        }
        self.assert_typed(directive);
    }

    fn assert_typed<'a>(&self, directive: impl Fn(&str) -> Option<&'a str>) {
        let asked = &self.asked;
        let kind = self.header("content-type");
        if self.body.is_empty() {
            return;
        }
        let is_text = kind.starts_with("text/") || kind.starts_with("application/json");
        assert!(!kind.is_empty(), "{asked}: a body without a type");
        assert!(!is_text || kind.contains("charset=utf-8"), "{asked}: {kind} without charset");
        if !kind.starts_with("text/html") {
            return;
        }
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-permitted-cross-domain-policies", "none"),
            ("x-dns-prefetch-control", "off"),
        ] {
            assert_eq!(self.headers(name), [value], "{asked}: {name} (status {})", self.status);
        }
        for (name, value) in [
            ("script-src-attr", "'none'"),
            ("style-src-attr", "'none'"),
            ("object-src", "'none'"),
            ("base-uri", "'none'"),
            ("frame-src", "'none'"),
            ("frame-ancestors", "'none'"),
            ("form-action", "'self'"),
            ("img-src", "'self' blob:"),
        ] {
            assert_eq!(directive(name), Some(value), "{asked}: {name}");
        }
        for name in ["script-src", "style-src", "connect-src"] {
            assert!(directive(name).is_some(), "{asked}: no {name}");
        }
        let cached = self.header("cache-control");
        assert!(
            cached == "no-store" || cached.contains("private"),
            "{asked}: a page with cache-control {cached:?}"
        );
        let vary = self.headers("vary").join(",").to_ascii_lowercase();
        for name in ["cookie", "hx-request"] {
            assert!(vary.contains(name), "{asked}: vary is {vary:?}, without {name}");
        }
    }
}

fn path_of(url: &reqwest::Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
