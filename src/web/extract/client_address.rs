//! Whose request this is, by address: the peer's, unless the peer is a proxy we were told of.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::App;
use crate::config::Config;

/// The address limits and bans go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The other end of the connection, put into every request by the server.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer =
            parts.extensions.get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
        Ok(Self(client(peer, &parts.headers, &app.config)))
    }
}

/// Walks `X-Forwarded-For` from the right, past proxies we trust: the first other address is the
/// client's. What stands left of it anybody could have written.
fn client(peer: IpAddr, headers: &HeaderMap, config: &Config) -> IpAddr {
    let mut client = peer.to_canonical();
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    let mut named = lines.iter().flat_map(|line| line.split(',')).rev();
    while config.trusts(client) {
        match named.next().and_then(|text| text.trim().parse::<IpAddr>().ok()) {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
    }
    client
}
