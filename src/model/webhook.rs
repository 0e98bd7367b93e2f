//! Where a bot's program is told what concerns the bot, and how it knows that we tell it.

use std::fmt;

use super::text::Refused;
use crate::words::{self, sentence};

/// Longest address, in bytes.
pub const MAX_WEBHOOK_URL: usize = 2_048;
/// Longest secret, in characters.
pub const MAX_WEBHOOK_SECRET: usize = 200;

/// The address of a bot's program: http or https, anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// An address as it was typed; none if the field was left empty.
    pub fn parse(text: &str) -> Result<Option<Self>, Refused> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() > MAX_WEBHOOK_URL {
            return Err(Refused(sentence(|| words::address_too_long(MAX_WEBHOOK_URL))));
        }
        let lower = text.to_ascii_lowercase();
        let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
        let has_host =
            rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']));
        if !has_host || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Refused(sentence(words::address_begins_with)));
        }
        Ok(Some(Self(text.to_owned())))
    }

    /// What is stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What deliveries are signed with. Never printed, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// A secret as it was typed; none if the field was left empty.
    pub fn parse(text: &str) -> Result<Option<Self>, Refused> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().count() > MAX_WEBHOOK_SECRET {
            return Err(Refused(sentence(|| words::secret_too_long(MAX_WEBHOOK_SECRET))));
        }
        if text.chars().any(char::is_control) {
            return Err(Refused(sentence(words::secret_is_one_line)));
        }
        Ok(Some(Self(text.to_owned())))
    }

    /// The secret itself, for signing and for those who may see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// A bot's webhook as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub url: WebhookUrl,
    /// Sealed with the server's secret.
    pub sealed_secret: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_web_address() {
        for good in ["http://10.0.0.3:8080/hook", " HTTPS://bot.example.org ", "http://[::1]/x?y"] {
            assert_eq!(WebhookUrl::parse(good).unwrap().unwrap().as_str(), good.trim());
        }
        assert_eq!(WebhookUrl::parse("  "), Ok(None));
        for bad in ["bot.example.org", "ftp://x", "http://", "https:///x", "http://a b", "http:x"] {
            assert!(WebhookUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_secret_is_kept_to_itself() {
        let secret = WebhookSecret::parse(" quiet please ").unwrap().unwrap();
        assert_eq!(secret.as_str(), "quiet please");
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        assert!(WebhookSecret::parse(&"x".repeat(201)).is_err());
    }
}
