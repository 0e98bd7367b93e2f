//! Every setting: name, type, default, meaning. Read from flags and from the environment.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{ArgAction, Args, ValueEnum};

use crate::model::attachment::Quota;

mod tls;

pub use tls::{HttpBind, TlsSettings};

/// As settings count them, in bytes.
const MEGABYTE: u64 = 1024 * 1024;

/// What the operator can set. Each flag is also an environment variable of the same name in
/// capitals.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address and port to listen on; 127.0.0.1:3000 unless it is set, and [::]:443 with TLS_DOMAIN
    #[arg(long, env = "BIND", value_parser = bind, global = true)]
    pub bind: Option<SocketAddr>,

    /// Directory that holds everything: database, files, backups, secrets
    #[arg(long, env = "DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,

    /// Address people reach this server at, such as https://chat.example.org; links use it, and
    /// with https cookies are marked secure
    #[arg(long, env = "BASE_URL", value_parser = base_url, global = true)]
    pub base_url: Option<BaseUrl>,

    #[command(flatten)]
    pub tls: TlsSettings,

    /// Addresses or networks of proxies whose X-Forwarded-For counts, separated by commas
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',', value_parser = network, global = true)]
    pub trusted_proxies: Vec<Network>,

    /// Private networks that link previews and push messages may reach anyway, separated by commas,
    /// such as 10.0.0.0/8 for an intranet's wiki; also on other ports than 80 and 443
    #[arg(long, env = "REACHABLE_NETWORKS", value_delimiter = ',', value_parser = network, global = true)]
    pub reachable_networks: Vec<Network>,

    /// Key that secures stored session tokens, bot keys and webhook secrets; made on the first start
    /// and kept in secrets.toml when absent. With another one everybody signs in anew and every bot
    /// needs a new key
    #[arg(long, env = "SECRET_KEY_BASE", hide_env_values = true, value_parser = secret_key, global = true)]
    pub secret_key_base: Option<String>,

    /// Key that push services know this server by; made on the first start and kept in secrets.toml
    /// when absent
    #[arg(long, env = "VAPID_PRIVATE_KEY", hide_env_values = true, global = true)]
    pub vapid_private_key: Option<String>,

    /// The public half of VAPID_PRIVATE_KEY, if it should be checked
    #[arg(long, env = "VAPID_PUBLIC_KEY", global = true)]
    pub vapid_public_key: Option<String>,

    /// Hosts of further push services that browsers may name, beside those of the usual browsers,
    /// separated by commas
    #[arg(long, env = "PUSH_SERVICES", value_delimiter = ',', value_parser = push_service, global = true)]
    pub push_services: Vec<String>,

    /// Whether people may upload a picture of themselves; without it they have initials
    #[arg(long, env = "AVATARS_ENABLED", default_value_t = true, action = ArgAction::Set, global = true)]
    pub avatars_enabled: bool,

    /// Whether messages may carry files
    #[arg(long, env = "FILES_ENABLED", default_value_t = true, action = ArgAction::Set, global = true)]
    pub files_enabled: bool,

    /// Largest file in a message, in megabytes (1 to 100000)
    #[arg(long, env = "MAX_UPLOAD_MB", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000), global = true)]
    pub max_upload_mb: u32,

    /// Space for the files of all messages together, in megabytes; without it, as much as the
    /// disk has
    #[arg(long, env = "FILES_QUOTA_MB", value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub files_quota_mb: Option<u32>,

    /// Space for the files one person has sent, in megabytes; without it, any amount
    #[arg(long, env = "FILES_QUOTA_PER_PERSON_MB", value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub files_quota_per_person_mb: Option<u32>,

    /// Whether pages that messages link to are looked up and shown as cards
    #[arg(long, env = "OPENGRAPH_ENABLED", default_value_t = true, action = ArgAction::Set, global = true)]
    pub opengraph_enabled: bool,

    /// When a backup is made each day, in UTC, such as 03:00; or off
    #[arg(long, env = "BACKUP_AT", default_value = "03:00", value_parser = backup_at, global = true)]
    pub backup_at: BackupTime,

    /// How many of the daily backups are kept (1 to 1000)
    #[arg(long, env = "BACKUPS_KEPT", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1_000), global = true)]
    pub backups_kept: u32,

    /// Limits on how often one person or address may post, sign in and so on. Off is for load
    /// tests and needs a loopback address
    #[arg(long, env = "RATE_LIMITS", default_value = "on", global = true)]
    pub rate_limits: Switch,

    /// Memory for packed pages that are sent again until something on them changes, in MiB; 0
    /// draws and packs every answer anew
    #[arg(long, env = "PAGE_CACHE_MB", default_value_t = 16, value_parser = page_cache, global = true)]
    pub page_cache_mb: usize,

    /// Secret of at least 16 characters with which monitors on other machines may ask for /metrics and
    /// /health/detailed; without it only programs on this machine may
    #[arg(long, env = "METRICS_TOKEN", hide_env_values = true, value_parser = metrics_token, global = true)]
    pub metrics_token: Option<String>,

    /// Show a demo with made-up people, on a data directory of its own that is removed at the end,
    /// and leave DATA_DIR alone
    #[arg(long, env = "DEMO", default_value_t = false, action = ArgAction::Set, global = true)]
    pub demo: bool,

    /// How log lines are written
    #[arg(long, env = "LOG_FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// When the daily backup is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupTime {
    Off,
    /// So many seconds after midnight, UTC.
    Second(i64),
}

impl Config {
    /// Checks what single values cannot tell, and fills in what follows from others.
    ///
    /// # Errors
    /// One sentence that names the setting, its value and what is allowed.
    pub fn settle(mut self) -> Result<Self, String> {
        let address = self.address();
        if self.rate_limits == Switch::Off && !address.ip().is_loopback() {
            return Err(format!(
                "RATE_LIMITS is off, which is allowed only while BIND is a loopback address, not {address}"
            ));
        }
        let Some(host) = self.tls.host() else {
            return Ok(self);
        };
        let wanted = format!("https://{host}");
        match &self.base_url {
            None => self.base_url = Some(BaseUrl { origin: wanted }),
            Some(url) => {
                let rest = url.origin.strip_prefix(&wanted);
                if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':')) {
                    return Err(format!(
                        "BASE_URL is {}, which TLS_DOMAIN {host} has no certificate for; allowed: {wanted}, with a port if it is not the usual one",
                        url.origin
                    ));
                }
            }
        }
        Ok(self)
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        let usual = match self.tls.host() {
            Some(_) => tls::everywhere(443),
            None => SocketAddr::from(([127, 0, 0, 1], 3000)),
        };
        self.bind.unwrap_or(usual)
    }

    /// Whether people reach this server by https, here or at a proxy in front.
    pub fn is_secure(&self) -> bool {
        self.base_url.as_ref().is_some_and(|url| url.origin.starts_with("https://"))
    }

    /// Largest file in a message, in bytes.
    pub fn max_upload(&self) -> u64 {
        u64::from(self.max_upload_mb) * MEGABYTE
    }

    /// How many bytes of files may be stored.
    pub fn quota(&self) -> Quota {
        let bytes = |megabytes: u32| i64::from(megabytes) * MEGABYTE as i64;
        Quota {
            server: self.files_quota_mb.map(bytes),
            person: self.files_quota_per_person_mb.map(bytes),
        }
    }

    /// Whether this peer may tell us whom it speaks for.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(peer))
    }
}

/// Scheme, host and port, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    pub origin: String,
}

fn bind(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "allowed: an IP address and a port, such as 127.0.0.1:3000".to_owned())
}

fn base_url(text: &str) -> Result<BaseUrl, String> {
    let refused =
        || "allowed: http:// or https://, a host, and a port if it is not the usual one".to_owned();
    let origin = text.trim_end_matches('/');
    let uri = axum::http::Uri::from_str(origin).map_err(|_| refused())?;
    let scheme = uri.scheme_str().filter(|s| matches!(*s, "http" | "https")).ok_or_else(refused)?;
    let authority = uri.authority().filter(|a| !a.as_str().contains('@')).ok_or_else(refused)?;
    let rebuilt = format!("{scheme}://{}", authority.as_str().to_lowercase());
    (rebuilt == origin.to_lowercase()).then_some(BaseUrl { origin: rebuilt }).ok_or_else(refused)
}

fn backup_at(text: &str) -> Result<BackupTime, String> {
    let allowed = || "allowed: a time such as 03:00 or 03:00:30, or off".to_owned();
    if text == "off" {
        return Ok(BackupTime::Off);
    }
    let parts: Option<Vec<i64>> = text
        .split(':')
        .map(|part| {
            let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse().ok()).flatten()
        })
        .collect();
    match parts.as_deref() {
        Some([hour @ 0..24, minute @ 0..60]) => Ok(BackupTime::Second(hour * 3_600 + minute * 60)),
        Some([hour @ 0..24, minute @ 0..60, second @ 0..60]) => {
            Ok(BackupTime::Second(hour * 3_600 + minute * 60 + second))
        }
        _ => Err(allowed()),
    }
}

fn page_cache(text: &str) -> Result<usize, String> {
    let allowed = || "allowed: whole MiB from 0 (off) to 4096".to_owned();
    text.parse().ok().filter(|size| *size <= 4_096).ok_or_else(allowed)
}

fn metrics_token(text: &str) -> Result<String, String> {
    let is_word = text.bytes().all(|byte| byte.is_ascii_graphic());
    (text.len() >= 16 && is_word)
        .then(|| text.to_owned())
        .ok_or_else(|| "allowed: at least 16 letters, digits and signs, without spaces".to_owned())
}

fn push_service(text: &str) -> Result<String, String> {
    let host = text.trim().to_ascii_lowercase();
    let is_host = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && !host.starts_with('.');
    is_host
        .then_some(host)
        .ok_or_else(|| "allowed: names of hosts, such as push.example.org".to_owned())
}

fn secret_key(text: &str) -> Result<String, String> {
    (text.len() >= 32)
        .then(|| text.to_owned())
        .ok_or_else(|| "allowed: at least 32 characters".to_owned())
}

/// An address with the number of leading bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

fn network(text: &str) -> Result<Network, String> {
    let refused = || "allowed: IP addresses or networks such as 10.0.0.0/8".to_owned();
    let (address, bits) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
    let address: IpAddr = address.parse().map_err(|_| refused())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = if bits.is_empty() { most } else { bits.parse().map_err(|_| refused())? };
    (bits <= most).then_some(Network { address, bits }).ok_or_else(refused)
}

impl FromStr for Network {
    type Err = String;

    /// An address, or one with the number of its leading bits that count, such as `10.0.0.0/8`.
    fn from_str(text: &str) -> Result<Self, String> {
        network(text)
    }
}

impl Network {
    /// Whether this address is one of the network's. An IPv4 address counts as itself when it
    /// comes written as an IPv6 one.
    pub fn contains(&self, peer: IpAddr) -> bool {
        match (self.address, peer.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                same_bits(a.to_bits().into(), b.to_bits().into(), self.bits, 32)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => same_bits(a.to_bits(), b.to_bits(), self.bits, 128),
            _ => false,
        }
    }
}

fn same_bits(a: u128, b: u128, bits: u8, width: u8) -> bool {
    let ignored = u32::from(width - bits);
    a.checked_shr(ignored).unwrap_or(0) == b.checked_shr(ignored).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_an_origin() {
        assert_eq!(
            base_url("https://Chat.example.org/").unwrap().origin,
            "https://chat.example.org"
        );
        assert_eq!(base_url("http://127.0.0.1:3000").unwrap().origin, "http://127.0.0.1:3000");
        for bad in ["chat.example.org", "ftp://x.org", "https://a@b.org", "https://x.org/path", ""]
        {
            assert!(base_url(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_backup_is_made_at_a_time_of_day_or_never() {
        assert_eq!(backup_at("off"), Ok(BackupTime::Off));
        assert_eq!(backup_at("03:00"), Ok(BackupTime::Second(10_800)));
        assert_eq!(backup_at("23:59:59"), Ok(BackupTime::Second(86_399)));
        for bad in ["", "3:00", "24:00", "03:60", "03", "03:00:00:00", "+3:00", "nightly"] {
            assert!(backup_at(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses() {
        let inside = |net: &str, ip: &str| network(net).unwrap().contains(ip.parse().unwrap());
        assert!(inside("10.0.0.0/8", "10.200.3.4") && !inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("127.0.0.1", "::ffff:127.0.0.1") && !inside("127.0.0.1", "127.0.0.2"));
        assert!(inside("fd00::/8", "fd12::1") && inside("0.0.0.0/0", "8.8.8.8"));
        assert!(network("10.0.0.0/33").is_err() && network("x").is_err());
    }
}
