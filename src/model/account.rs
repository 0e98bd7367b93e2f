//! The one organisation a server holds.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::text::{Refused, required_line};
use crate::words::{self, sentence};

/// The name a new account starts with.
pub const DEFAULT_ACCOUNT_NAME: &str = "Campfire";
/// The open room every new account starts with.
pub const FIRST_ROOM_NAME: &str = "All Talk";
/// Longest account name, in characters.
pub const MAX_ACCOUNT_NAME: usize = 100;
/// Largest stylesheet of the operator, in bytes.
pub const MAX_CUSTOM_STYLES: usize = 64 * 1024;

/// The account: its name, its join code and its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub name: String,
    pub join_code: JoinCode,
    /// Only administrators may make open and closed rooms.
    pub restrict_room_creation: bool,
    /// When the logo was last changed; none while the stock one is used.
    pub logo_changed_at: Option<Timestamp>,
    /// When the operator's stylesheet was last changed; none while there is none.
    pub custom_styles_changed_at: Option<Timestamp>,
}

/// An account name of 1 to 100 characters, cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName(String);

impl AccountName {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        required_line(words::the_accounts_name, text, MAX_ACCOUNT_NAME).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The operator's stylesheet: at most 64 KiB, kept as it was typed. Browsers get it as a file of
/// its own, so nothing in it can end a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomStyles(String);

impl CustomStyles {
    /// None when there is nothing but white space. Line ends become `\n`.
    pub fn parse(text: &str) -> Result<Option<Self>, Refused> {
        let styles = text.replace("\r\n", "\n").replace('\r', "\n");
        if styles.len() > MAX_CUSTOM_STYLES {
            let most = MAX_CUSTOM_STYLES / 1024;
            return Err(Refused(sentence(|| {
                words::styles_too_long(most, styles.len().div_ceil(1024))
            })));
        }
        Ok((!styles.trim().is_empty()).then_some(Self(styles)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `xxxx-xxxx-xxxx`: who has it may join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JoinCode(String);

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl JoinCode {
    /// Makes a code of 12 letters and digits from at least 12 random bytes; bytes of 248 and
    /// above are skipped so that every letter is equally likely.
    pub fn from_random(bytes: impl IntoIterator<Item = u8>) -> Self {
        let mut code = String::with_capacity(14);
        let letters = bytes.into_iter().filter(|b| *b < 248).take(12);
        for (n, byte) in letters.enumerate() {
            if n > 0 && n % 4 == 0 {
                code.push('-');
            }
            code.push(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
        }
        Self(code)
    }

    /// A code as it was stored.
    pub fn from_stored(code: String) -> Self {
        Self(code)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_kept_up_to_64_kib_and_blank_ones_are_none() {
        assert_eq!(CustomStyles::parse(" \r\n "), Ok(None));
        assert_eq!(CustomStyles::parse("a{}\r\nb{}").unwrap().unwrap().as_str(), "a{}\nb{}");
        assert!(CustomStyles::parse(&"x".repeat(64 * 1024)).is_ok());
        let refused = CustomStyles::parse(&"x".repeat(64 * 1024 + 1)).unwrap_err();
        assert_eq!(refused.to_string(), "Styles can be at most 64 KiB; these are 65 KiB.");
    }

    #[test]
    fn a_code_has_three_groups_of_four() {
        let code = JoinCode::from_random([255, 0, 1, 2, 61, 62, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(code.as_str(), "ABC9-AFGH-IJKL");
    }
}
