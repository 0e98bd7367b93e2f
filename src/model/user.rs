//! People and bots: who they are and what their fields may hold.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::common_passwords::is_common;
use super::text::{Refused, optional_line, required_line};
use super::{Timestamp, UserId};

/// Longest name, in characters.
pub const MAX_NAME: usize = 100;
/// Longest bio, in characters.
pub const MAX_BIO: usize = 200;
/// Longest email address, in bytes (RFC 5321).
pub const MAX_EMAIL: usize = 254;
/// Shortest password, in characters.
pub const MIN_PASSWORD_CHARS: usize = 8;
/// Longest password, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Member,
    Administrator,
    Bot,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Administrator => "administrator",
            Role::Bot => "bot",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        [Role::Member, Role::Administrator, Role::Bot].into_iter().find(|r| r.as_str() == text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active,
    Deactivated,
    Banned,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Deactivated => "deactivated",
            Status::Banned => "banned",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        [Status::Active, Status::Deactivated, Status::Banned]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// A person or a bot, without their secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email_address: Option<String>,
    pub role: Role,
    pub status: Status,
    pub bio: Option<String>,
    /// When what the picture shows last changed, initials included; none while it is the first.
    /// Part of its URL.
    pub avatar_changed_at: Option<Timestamp>,
}

impl User {
    pub fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }

    /// Active people and bots can act; everybody else only stays readable.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// The address of this user's picture; it changes when the picture does.
    pub fn avatar_url(&self) -> String {
        avatar_url(self.id, self.avatar_changed_at)
    }
}

/// A user as lines that only name people show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedUser {
    pub id: UserId,
    pub name: String,
}

/// `/users/7/avatar?v=…`, where `v` is the time of the last change (0: never changed).
pub fn avatar_url(id: UserId, changed_at: Option<Timestamp>) -> String {
    format!("/users/{id}/avatar?v={}", changed_at.map_or(0, |t| t.0))
}

/// The first letter or digit of every word of a name, upper-case, at most four.
pub fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .take(4)
        .flat_map(char::to_uppercase)
        .collect()
}

/// A name of 1 to 100 characters, cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        required_line("Your name", text, MAX_NAME).map(Self)
    }

    /// The name that an administrator gives a bot.
    pub fn of_bot(text: &str) -> Result<Self, Refused> {
        required_line("The name", text, MAX_NAME).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody says about themselves: at most 200 characters, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bio(Option<String>);

impl Bio {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        optional_line("Your bio", text, MAX_BIO).map(Self)
    }

    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// An email address: trimmed, lower-cased, with something on both sides of one `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let address = text.trim().to_lowercase();
        let well_formed = address.len() <= MAX_EMAIL
            && !address.chars().any(|c| {
                c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"')
            })
            && address.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty()
                    && !domain.is_empty()
                    && !domain.contains('@')
                    && !domain.starts_with('.')
                    && !domain.ends_with('.')
            });
        if !well_formed {
            return Err(Refused("That does not look like an email address.".into()));
        }
        Ok(Self(address))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password that may be hashed. Never printed, never logged.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// For a new password: at least 8 characters, at most 256 bytes, NFC, and none of those that
    /// are tried first.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let password: String = text.nfc().collect();
        if password.chars().count() < MIN_PASSWORD_CHARS {
            return Err(Refused(format!("Use at least {MIN_PASSWORD_CHARS} characters.")));
        }
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(Refused(format!("Use at most {MAX_PASSWORD_BYTES} bytes.")));
        }
        if is_common(&password) {
            return Err(Refused("Too many people use that one. Think of another.".into()));
        }
        Ok(Self(password))
    }

    /// For signing in: whatever was typed, unless it is longer than any password can be.
    pub fn attempt(text: &str) -> Option<Self> {
        (text.len() <= MAX_PASSWORD_BYTES).then(|| Self(text.nfc().collect()))
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lower_cased_and_checked() {
        assert_eq!(EmailAddress::parse(" Ada@Example.COM ").unwrap().as_str(), "ada@example.com");
        for bad in ["", "ada", "@x.org", "ada@", "a b@x.org", "a@b@c", "a@.org", "<a@b.org>"] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn passwords_are_counted_in_characters_below_and_bytes_above() {
        assert!(Password::parse("éàéèéùéê").is_ok());
        assert!(Password::parse("1234567").is_err());
        assert!(Password::parse(&"x".repeat(256)).is_ok());
        assert!(Password::parse(&"x".repeat(257)).is_err());
        assert_eq!(format!("{:?}", Password::parse("secret123456").unwrap()), "Password(…)");
    }

    #[test]
    fn initials_take_the_first_letter_of_each_word() {
        assert_eq!(initials("ada (countess) lovelace"), "ACL");
        assert_eq!(initials("…"), "");
    }
}
