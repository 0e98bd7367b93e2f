//! Bots: accounts of programs, which prove who they are by a key.

use std::fmt;
use std::str::FromStr;

use super::{User, UserId, Webhook};

/// Letters and digits in the secret half of a key.
pub const TOKEN_CHARS: usize = 12;

/// The secret half of a bot's key: 12 letters and digits. Never printed, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct BotToken(String);

/// Not the key of any bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a bot key")]
pub struct NotABotKey;

impl BotToken {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// Makes a token from an endless source of random bytes. Bytes that would favour some letters
    /// are passed over, so all tokens are equally likely.
    pub fn from_random(bytes: impl IntoIterator<Item = u8>) -> Self {
        let fair = 256 - 256 % Self::ALPHABET.len();
        let letters = bytes
            .into_iter()
            .map(usize::from)
            .filter(|byte| *byte < fair)
            .filter_map(|byte| Self::ALPHABET.get(byte % Self::ALPHABET.len()))
            .take(TOKEN_CHARS);
        Self(letters.map(|byte| char::from(*byte)).collect())
    }

    /// What stands behind the dash of a key.
    pub fn parse(text: &str) -> Result<Self, NotABotKey> {
        let well_formed =
            text.len() == TOKEN_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        well_formed.then(|| Self(text.to_owned())).ok_or(NotABotKey)
    }

    /// The token itself, for hashing it and for those who may see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotToken(…)")
    }
}

/// What a bot comes with: `7-a1B2c3D4e5F6`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotKey {
    pub user_id: UserId,
    pub token: BotToken,
}

impl BotKey {
    /// The whole key, for those who may see it. Not `Display`, so that none is printed by chance.
    pub fn reveal(&self) -> String {
        format!("{}-{}", self.user_id, self.token.as_str())
    }
}

impl FromStr for BotKey {
    type Err = NotABotKey;

    /// White space around it, as copying leaves it, does not count.
    fn from_str(text: &str) -> Result<Self, NotABotKey> {
        let (id, token) = text.trim().split_once('-').ok_or(NotABotKey)?;
        let user_id = id.parse().map_err(|_| NotABotKey)?;
        Ok(Self { user_id, token: BotToken::parse(token)? })
    }
}

/// A token as it is stored: its hash to be known by, and itself sealed with the server's secret,
/// for administrators and for what is sent to the bot.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredBotToken {
    pub hash: [u8; 32],
    pub sealed: String,
}

/// A bot as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    pub user: User,
    /// The sealed token; none if it has no key.
    pub sealed_token: Option<String>,
    /// Where its program is told what concerns it.
    pub webhook: Option<Webhook>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_an_id_and_twelve_letters_and_digits() {
        let key: BotKey = " 7-a1B2c3D4e5F6\n".parse().unwrap();
        assert_eq!(key.user_id, UserId(7));
        assert_eq!(key.reveal(), "7-a1B2c3D4e5F6");
        for bad in [
            "",
            "7",
            "7-",
            "-a1B2c3D4e5F6",
            "7-a1B2c3D4e5F",
            "7-a1B2c3D4e5F67",
            "07-a1B2c3D4e5F6",
            "7-a1B2c3D4e5é",
            "x-a1B2c3D4e5F6",
            "7 -a1B2c3D4e5F6",
            "7--1B2c3D4e5F6",
        ] {
            assert!(bad.parse::<BotKey>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn tokens_are_long_enough_and_not_printed() {
        let token = BotToken::from_random((0..=255).chain(0..=255));
        assert_eq!(token.as_str(), "ABCDEFGHIJKL");
        assert_eq!(format!("{token:?}"), "BotToken(…)");
        assert!(BotToken::parse(token.as_str()).is_ok());
    }
}
