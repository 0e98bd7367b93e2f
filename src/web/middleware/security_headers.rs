//! The headers every answer carries, whatever it is. Handlers may replace what depends on the
//! kind of answer; nobody can leave one out.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::config::Config;
use crate::views::assets::EDITOR_STYLES;

const NOT_A_PAGE: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
/// For stored files: each stands alone, nothing in it can run or load anything.
pub const FILE_POLICY: &str =
    "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), \
geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
serial=(), usb=(), xr-spatial-tracking=(), autoplay=(self), clipboard-write=(self), \
fullscreen=(self)";

/// What is the same for every answer of this server, put together once.
#[derive(Clone)]
pub struct Headers {
    page_policy: PagePolicy,
    transport_security: Option<HeaderValue>,
}

impl Headers {
    pub fn new(config: &Config) -> Self {
        Self {
            page_policy: PagePolicy::new(config),
            transport_security: config
                .is_secure()
                .then(|| HeaderValue::from_static("max-age=63072000; includeSubDomains")),
        }
    }
}

/// No inline script, no inline style but the editor's own, nothing from another host. Scripts only from the path that holds
/// our own files, as uploads live on the same origin.
#[derive(Clone)]
enum PagePolicy {
    /// For the configured origin.
    Fixed(HeaderValue),
    /// For whatever host the request names: what stands before and after the socket's address,
    /// which older browsers do not take `'self'` for.
    ByHost(String, String),
}

impl PagePolicy {
    fn new(config: &Config) -> Self {
        let Some(url) = &config.base_url else {
            let (before, after) = page_policy("'self'", "'self'", "'self'");
            return Self::ByHost(before, after);
        };
        let origin = &url.origin;
        let assets = format!("{origin}/assets/");
        let styles =
            format!("{assets} {origin}/users/me/style.css {origin}/account/custom_styles.css");
        let (before, mut after) =
            page_policy(&assets, &styles, &format!("{origin}/service-worker.js"));
        if config.is_secure() {
            after.push_str("; upgrade-insecure-requests");
        }
        let socket = origin.replacen("http", "ws", 1);
        Self::Fixed(header_value(&format!("{before} {socket}{after}")))
    }

    fn header(&self, host: Option<&HeaderValue>) -> HeaderValue {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::ByHost(before, after) => match host.and_then(plain_host) {
                Some(host) => header_value(&format!("{before} ws://{host}{after}")),
                None => header_value(&format!("{before}{after}")),
            },
        }
    }
}

/// The policy up to the sources of connections, and what follows them.
fn page_policy(assets: &str, styles: &str, worker: &str) -> (String, String) {
    let before = format!(
        "default-src 'none'; script-src {assets}; script-src-attr 'none'; style-src {styles} \
{EDITOR_STYLES}; style-src-attr 'none'; img-src 'self' blob:; media-src 'self' blob:; font-src {assets}; \
connect-src 'self'"
    );
    let after = format!(
        "; manifest-src 'self'; worker-src {worker}; form-action 'self'; frame-src 'none'; \
frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    );
    (before, after)
}

/// A host that cannot say anything else inside a policy.
fn plain_host(host: &HeaderValue) -> Option<&str> {
    let host = host.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (!host.is_empty() && host.bytes().all(plain)).then_some(host)
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(NOT_A_PAGE))
}

pub async fn add(State(own): State<Headers>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).cloned();
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_page = kind.is_some_and(|kind| kind.starts_with(b"text/html"));
    if kind == Some(b"application/json") {
        let json = fixed("application/json; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let headers = response.headers_mut();
    if is_page {
        default(headers, header::CONTENT_SECURITY_POLICY, own.page_policy.header(host.as_ref()));
        default(
            headers,
            header::CACHE_CONTROL,
            fixed(if failed { "no-store" } else { "private, no-cache" }),
        );
        headers.append(header::VARY, fixed("Cookie, HX-Request"));
    } else {
        default(headers, header::CONTENT_SECURITY_POLICY, fixed(NOT_A_PAGE));
        default(headers, header::CACHE_CONTROL, fixed("no-store"));
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
        (HeaderName::from_static("x-dns-prefetch-control"), "off"),
    ] {
        default(headers, name, fixed(value));
    }
    if let Some(value) = own.transport_security {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

fn fixed(value: &'static str) -> HeaderValue {
    HeaderValue::from_static(value)
}
