//! The headers every answer carries, whatever it is. Handlers may replace what depends on the
//! kind of answer; nobody can leave one out.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::config::Config;

const NOT_A_PAGE: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), \
geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
serial=(), usb=(), xr-spatial-tracking=(), autoplay=(self), clipboard-write=(self), \
fullscreen=(self)";

/// What is the same for every answer of this server, put together once.
#[derive(Clone)]
pub struct Headers {
    page_policy: HeaderValue,
    transport_security: Option<HeaderValue>,
}

impl Headers {
    pub fn new(config: &Config) -> Self {
        let policy = page_policy(config);
        Self {
            page_policy: HeaderValue::from_str(&policy)
                .unwrap_or_else(|_| HeaderValue::from_static(NOT_A_PAGE)),
            transport_security: config
                .is_secure()
                .then(|| HeaderValue::from_static("max-age=63072000; includeSubDomains")),
        }
    }
}

/// No inline script or style, nothing from another host. Scripts only from the path that holds
/// our own files, as uploads live on the same origin.
fn page_policy(config: &Config) -> String {
    let (assets, own, socket) = match &config.base_url {
        None => ("'self'".to_owned(), "'self'".to_owned(), String::new()),
        Some(url) => {
            let socket = url.origin.replacen("http", "ws", 1);
            (format!("{}/assets/", url.origin), url.origin.clone(), format!(" {socket}"))
        }
    };
    let styles = match &config.base_url {
        None => assets.clone(),
        Some(_) => format!("{assets} {own}/users/me/style.css {own}/account/custom_styles.css"),
    };
    let worker = match &config.base_url {
        None => own.clone(),
        Some(_) => format!("{own}/service-worker.js"),
    };
    let mut policy = format!(
        "default-src 'none'; script-src {assets}; script-src-attr 'none'; style-src {styles}; \
style-src-attr 'none'; img-src 'self' blob:; media-src 'self' blob:; font-src {assets}; \
connect-src 'self'{socket}; manifest-src 'self'; worker-src {worker}; form-action 'self'; \
frame-src 'none'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    );
    if config.is_secure() {
        policy.push_str("; upgrade-insecure-requests");
    }
    policy
}

pub async fn add(State(own): State<Headers>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let headers = response.headers_mut();
    if is_page {
        default(headers, header::CONTENT_SECURITY_POLICY, own.page_policy.clone());
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
