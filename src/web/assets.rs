//! `GET /assets/…`: the files that browsers load, embedded in the binary, kept by them for ever.
//!
//! The build puts a fingerprint of the content into every name, so a name never changes its bytes
//! and the answer may be cached without asking again. It also stores a Brotli and a gzip copy
//! beside each file that shrinks: nothing is compressed while somebody waits.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

/// What build.rs made. A debug build reads the directory at run time, a release holds the bytes.
#[derive(Embed)]
#[folder = "$OUT_DIR/static"]
struct Files;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Answers one file in the encoding the browser likes best: 200, 304 when it has these bytes
/// already, 404 for a name that is not ours. Serves HEAD as well, through axum's `get`.
pub async fn show(Path(path): Path<String>, headers: HeaderMap) -> Response {
    // The packed copies are never named by a page; asked for directly they have no sensible type.
    if path.ends_with(".br") || path.ends_with(".gz") {
        return not_found();
    }
    let Some((encoding, file)) = best_copy(&path, &headers) else {
        return not_found();
    };
    let etag = etag(&file);
    let mut answer = if has_already(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut answer = Response::new(Body::from(shared(file.data)));
        set(&mut answer, CONTENT_TYPE, content_type(&path));
        if let Some(name) = encoding {
            set(&mut answer, CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        answer
    };
    set(&mut answer, CACHE_CONTROL, FOR_EVER);
    set(&mut answer, VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(value) = HeaderValue::try_from(etag) {
        set(&mut answer, ETAG, value);
    }
    answer
}

/// The bytes of one of our own files, by the address it is served at.
pub fn embedded(url: &str) -> Option<Bytes> {
    Files::get(url.strip_prefix("/assets/")?).map(|file| shared(file.data))
}

fn set(answer: &mut Response, name: HeaderName, value: HeaderValue) {
    answer.headers_mut().insert(name, value);
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")], "Not found\n").into_response()
}

/// The copy to send, with the name of its encoding, or none if there is no such file.
fn best_copy(path: &str, headers: &HeaderMap) -> Option<(Option<&'static str>, EmbeddedFile)> {
    let accepted = Accepted::from(headers);
    for (name, suffix) in accepted.preferred() {
        if let Some(file) = Files::get(&format!("{path}{suffix}")) {
            return Some((Some(name), file));
        }
    }
    Files::get(path).map(|file| (None, file))
}

/// How much the browser wants each encoding, in thousandths (RFC 9110, 12.5.3).
#[derive(Debug, PartialEq, Eq)]
struct Accepted {
    br: u16,
    gzip: u16,
    /// Unless it is named it is allowed, but wanted least.
    identity: u16,
}

impl Accepted {
    fn from(headers: &HeaderMap) -> Self {
        let (mut br, mut gzip, mut identity, mut rest) = (None, None, None, None);
        let values =
            headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for item in values.flat_map(|value| value.split(',')) {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let wanted = parts.find_map(quality).unwrap_or(1000);
            match name.as_str() {
                "br" => br = Some(wanted),
                "gzip" | "x-gzip" => gzip = Some(wanted),
                "identity" => identity = Some(wanted),
                "*" => rest = Some(wanted),
                _ => {}
            }
        }
        let rest = rest.unwrap_or(0);
        Self { br: br.unwrap_or(rest), gzip: gzip.unwrap_or(rest), identity: identity.unwrap_or(0) }
    }

    /// The encodings worth looking for, best first; Brotli is the smaller of two equals.
    fn preferred(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let (br, gzip) = ((self.br, "br", ".br"), (self.gzip, "gzip", ".gz"));
        let ordered = if self.gzip > self.br { [gzip, br] } else { [br, gzip] };
        let least = self.identity.max(1);
        ordered.into_iter().filter(move |(wanted, ..)| *wanted >= least).map(|(_, n, s)| (n, s))
    }
}

/// `q=0.5` is 500; anything unreadable counts as not wanted.
fn quality(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let value: f32 = value.trim().parse().unwrap_or(0.0);
    Some((value.clamp(0.0, 1.0) * 1000.0) as u16)
}

/// Strong, and different for each encoding: a digest of the very bytes sent.
fn etag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..12] {
        tag.push_str(&format!("{byte:02x}"));
    }
    tag.push('"');
    tag
}

fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
    })
}

fn content_type(path: &str) -> HeaderValue {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let text = guess.type_() == "text" || path.ends_with(".svg") || path.ends_with(".json");
    let name = if text { format!("{guess}; charset=utf-8") } else { guess.to_string() };
    HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// Embedded bytes are sent from where they lie in the binary.
fn shared(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::{Method, Request};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::views::assets::{APP_JS, HTMX_LICENCE};

    async fn ask(method: Method, url: &str, headers: &[(HeaderName, &str)]) -> (Response, Bytes) {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let app: Router = Router::new().route("/assets/{*path}", get(show));
        let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (Response::from_parts(parts, Body::empty()), bytes)
    }

    fn header<'a>(answer: &'a Response, name: &HeaderName) -> &'a str {
        answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn a_script_is_sent_as_it_is_to_a_browser_that_asks_for_nothing_special() {
        let (answer, bytes) = ask(Method::GET, APP_JS, &[]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(header(&answer, &CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(header(&answer, &CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(header(&answer, &VARY), "accept-encoding");
        assert_eq!(header(&answer, &CONTENT_ENCODING), "");
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(
            text.contains("registerExtension(\"upsert\"")
                && text.contains("registerExtension(\"ws\"")
        );
        assert!(!text.contains("sourceMappingURL"));
    }

    #[tokio::test]
    async fn the_smallest_copy_the_browser_takes_is_sent() {
        let (_, plain) = ask(Method::GET, APP_JS, &[]).await;
        let (gzip, packed) = ask(Method::GET, APP_JS, &[(ACCEPT_ENCODING, "gzip, deflate")]).await;
        assert_eq!(header(&gzip, &CONTENT_ENCODING), "gzip");
        assert_eq!(header(&gzip, &CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() * 2 < plain.len());
        let (br, smallest) = ask(Method::GET, APP_JS, &[(ACCEPT_ENCODING, "gzip, br")]).await;
        assert_eq!(header(&br, &CONTENT_ENCODING), "br");
        assert!(smallest.len() <= packed.len());
        assert_ne!(header(&br, &ETAG), header(&gzip, &ETAG));
    }

    #[test]
    fn the_browsers_weights_decide() {
        for (asked, expected) in [
            ("", vec![]),
            ("identity", vec![]),
            ("*", vec!["br", "gzip"]),
            ("br;q=0, *", vec!["gzip"]),
            ("br;q=0.5, gzip;q=0.9", vec!["gzip", "br"]),
            ("gzip;q=0.4, identity;q=0.8", vec![]),
            ("gzip;q=nonsense", vec![]),
            ("GZIP ; Q=1.0", vec!["gzip"]),
            ("deflate, zstd", vec![]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(asked));
            let found: Vec<_> =
                Accepted::from(&headers).preferred().map(|(name, _)| name).collect();
            assert_eq!(found, expected, "{asked}");
        }
    }

    #[tokio::test]
    async fn a_browser_that_has_the_file_is_told_so() {
        let (first, _) = ask(Method::GET, HTMX_LICENCE, &[]).await;
        let etag = header(&first, &ETAG).to_owned();
        for tags in
            [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()]
        {
            let (again, bytes) = ask(Method::GET, HTMX_LICENCE, &[(IF_NONE_MATCH, &tags)]).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{tags}");
            assert_eq!(header(&again, &ETAG), etag);
            assert_eq!(header(&again, &VARY), "accept-encoding");
            assert!(bytes.is_empty());
        }
        let (changed, _) = ask(Method::GET, HTMX_LICENCE, &[(IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn head_has_the_headers_and_no_body() {
        let (answer, bytes) = ask(Method::HEAD, APP_JS, &[]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(
            header(&answer, &axum::http::header::CONTENT_LENGTH).parse::<u64>().unwrap() > 10_000
        );
        assert!(bytes.is_empty());
    }

    #[tokio::test]
    async fn what_is_not_ours_is_not_found() {
        let packed = format!("{APP_JS}.br");
        for url in [
            "/assets/app.js",
            "/assets/../asset_urls.rs",
            "/assets/%2e%2e/asset_urls.rs",
            "/assets/%2fetc%2fpasswd",
            "/assets/a%00b",
            &packed,
        ] {
            let (answer, _) = ask(Method::GET, url, &[]).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{url}");
            assert_eq!(header(&answer, &CACHE_CONTROL), "no-store");
        }
        let (answer, _) = ask(Method::POST, APP_JS, &[]).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
