//! The settings for certificates that the server gets by itself.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use clap::Args;

/// Where the certificates come from unless somebody says otherwise.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Longest name of a host, in bytes.
const LONGEST_NAME: usize = 253;

/// Encrypted connections, ended here and not at a proxy.
#[derive(Args, Clone, Debug)]
pub struct TlsSettings {
    /// Name people reach this server by, such as chat.example.org: the server gets a certificate for
    /// it, renews it, and listens on port 443 and, to lead people there, 80
    #[arg(long, env = "TLS_DOMAIN", value_parser = host_name, global = true)]
    pub tls_domain: Option<String>,

    /// Another name of TLS_DOMAIN
    #[arg(long, env = "SSL_DOMAIN", value_parser = host_name, global = true)]
    pub ssl_domain: Option<String>,

    /// With any value TLS_DOMAIN has no effect: plain HTTP, as behind a proxy
    #[arg(long, env = "DISABLE_SSL", global = true)]
    pub disable_ssl: Option<String>,

    /// With TLS_DOMAIN: address and port that lead people from http to https; or off
    #[arg(long, env = "HTTP_BIND", default_value = "[::]:80", value_parser = http_bind, global = true)]
    pub http_bind: HttpBind,

    /// With TLS_DOMAIN: directory of the authority that gives certificates (ACME, RFC 8555)
    #[arg(long, env = "ACME_DIRECTORY", default_value = LETS_ENCRYPT, value_parser = directory, global = true)]
    pub acme_directory: String,
}

/// Where people are told to come by https.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpBind {
    Off,
    At(SocketAddr),
}

impl TlsSettings {
    /// The name to have a certificate for; none where plain HTTP is spoken.
    pub fn host(&self) -> Option<&str> {
        if self.disable_ssl.as_ref().is_some_and(|value| !value.trim().is_empty()) {
            return None;
        }
        self.tls_domain.as_deref().or(self.ssl_domain.as_deref())
    }
}

/// Every address of this machine.
pub const fn everywhere(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port)
}

fn http_bind(text: &str) -> Result<HttpBind, String> {
    if text == "off" {
        return Ok(HttpBind::Off);
    }
    let allowed = "allowed: an IP address and a port, such as [::]:80, or off";
    text.parse().map(HttpBind::At).map_err(|_| allowed.to_owned())
}

fn host_name(text: &str) -> Result<String, String> {
    let name = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = name.len() <= LONGEST_NAME
        && name.contains('.')
        && name.split('.').all(is_label)
        && name.parse::<IpAddr>().is_err();
    is_name.then_some(name).ok_or_else(|| {
        "allowed: one name of a host, such as chat.example.org, without a scheme or port".to_owned()
    })
}

fn directory(text: &str) -> Result<String, String> {
    let uri = text.parse::<axum::http::Uri>().ok();
    let is_secure =
        uri.is_some_and(|uri| uri.scheme_str() == Some("https") && uri.authority().is_some());
    is_secure
        .then(|| text.to_owned())
        .ok_or_else(|| "allowed: the https:// address of an ACME directory".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_for_one_name() {
        assert_eq!(host_name("Chat.Example.org.").unwrap(), "chat.example.org");
        assert!(host_name("xn--bcher-kva.example").is_ok());
        for bad in [
            "",
            "chat",
            "10.0.0.1",
            "https://chat.example.org",
            "chat.example.org:443",
            "a.example,b.example",
            "*.example.org",
            "-a.example",
            "a..example",
            "a_b.example",
            "../x.example",
        ] {
            assert!(host_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_authority_is_asked_over_https() {
        assert!(directory(LETS_ENCRYPT).is_ok() && directory("https://127.0.0.1:4000/d").is_ok());
        assert!(directory("http://ca.example/d").is_err() && directory("ca.example").is_err());
    }
}
