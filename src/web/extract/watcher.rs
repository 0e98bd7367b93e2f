//! A monitor that may see how the server is inside: on this machine, or with the token for it.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use subtle::ConstantTimeEq;

use super::client_address::Peer;
use super::current_bot::bearer_token;
use crate::app::App;
use crate::error::Error;
use crate::web::error::Failure;
use crate::words::Sentence;

/// What proxies add. With any of them the request is somebody else's, even if it comes from here.
const FORWARDED: [&str; 5] =
    ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "via"];
const FROM_HERE_ONLY: &str = "This is told to programs on the server's own machine only. With the \
    setting METRICS_TOKEN others are told, too.";

/// Comes straight from a loopback address, or with `METRICS_TOKEN` as its bearer token.
#[derive(Clone, Copy, Debug)]
pub struct Watcher;

impl FromRequestParts<App> for Watcher {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        if peer.is_some_and(|peer| is_here(peer, &parts.headers)) {
            return Ok(Self);
        }
        let Some(token) = &app.config.metrics_token else {
            return Err(Error::SwitchedOff(Sentence::for_programs(FROM_HERE_ONLY)).into());
        };
        let presented = bearer_token(&parts.headers).unwrap_or_default();
        match bool::from(presented.as_bytes().ct_eq(token.as_bytes())) {
            true => Ok(Self),
            false => Err(Failure::WrongMetricsToken),
        }
    }
}

fn is_here(peer: IpAddr, headers: &HeaderMap) -> bool {
    peer.to_canonical().is_loopback() && !FORWARDED.iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_a_proxy_passes_on_is_not_from_here() {
        let here: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
        assert!(is_here(here, &HeaderMap::new()));
        assert!(!is_here("192.168.1.7".parse().unwrap(), &HeaderMap::new()));
        for name in FORWARDED {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static("127.0.0.1"));
            assert!(!is_here(here, &headers), "{name}");
        }
    }
}
