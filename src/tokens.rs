//! What secret tokens are known by: keyed hashes, so that a stolen database alone cannot even
//! confirm a guessed token. A token of one kind is never taken for one of another. What has to be
//! read again, as a bot's key in an administrator's page, is sealed with the same secret.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::events::TokenHash;
use crate::model::{BotKey, BotToken, StoredBotToken, UserId};

/// Bytes of chance in a token.
const TOKEN_BYTES: usize = 32;
const SESSION: u8 = 0;
const TRANSFER: u8 = 1;
const BOT: u8 = 2;
const SEAL: u8 = 3;

/// The server's own secret, good for nothing but hashing and sealing.
#[derive(Clone)]
pub struct TokenKey(Arc<[u8]>);

impl TokenKey {
    pub fn new(secret: String) -> Self {
        Self(secret.into_bytes().into())
    }

    /// What the token of a session cookie is stored as.
    pub fn session_hash(&self, token: &[u8]) -> TokenHash {
        self.hash(SESSION, token)
    }

    /// What the token of a transfer link is stored as.
    pub fn transfer_hash(&self, token: &str) -> TokenHash {
        self.hash(TRANSFER, token.as_bytes())
    }

    /// What the secret half of a bot's key is known by.
    pub fn bot_hash(&self, token: &BotToken) -> TokenHash {
        self.hash(BOT, token.as_str().as_bytes())
    }

    /// A bot's token as it is stored.
    pub fn stored_bot_token(&self, token: &BotToken) -> Option<StoredBotToken> {
        Some(StoredBotToken { hash: self.bot_hash(token), sealed: self.seal(token.as_str())? })
    }

    /// The key of a bot whose token was sealed; none if that was done with another secret.
    pub fn bot_key(&self, user_id: UserId, sealed: &str) -> Option<BotKey> {
        let token = BotToken::parse(&self.open(sealed)?).ok()?;
        Some(BotKey { user_id, token })
    }

    /// Encrypts a short text, so that only this server can read it again. Twice the same text
    /// does not give the same.
    pub fn seal(&self, text: &str) -> Option<String> {
        let nonce = rand::random::<[u8; NONCE_LEN]>();
        let mut sealed = text.as_bytes().to_vec();
        let aad = Aad::empty();
        self.sealing_key()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Reads what was sealed; none if it was altered, or sealed with another secret.
    pub fn open(&self, sealed: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let text = self.sealing_key()?.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    fn sealing_key(&self) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.hash(SEAL, &[])).ok()?;
        Some(LessSafeKey::new(key))
    }

    fn hash(&self, kind: u8, token: &[u8]) -> TokenHash {
        Sha256::new()
            .chain_update(&self.0)
            .chain_update([kind])
            .chain_update(token)
            .finalize()
            .into()
    }
}

/// A token that cannot be guessed, as it stands in a link.
pub fn fresh() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>())
}

/// The secret half of a new bot's key.
pub fn fresh_bot_token() -> BotToken {
    BotToken::from_random(std::iter::repeat_with(rand::random::<u8>))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_with_the_same_secret_only() {
        let (key, other) = (TokenKey::new("a".repeat(32)), TokenKey::new("b".repeat(32)));
        let sealed = key.seal("a1B2c3D4e5F6").unwrap();
        assert!(!sealed.contains("a1B2"));
        assert_ne!(key.seal("a1B2c3D4e5F6").unwrap(), sealed);
        assert_eq!(key.open(&sealed).unwrap(), "a1B2c3D4e5F6");
        assert_eq!(other.open(&sealed), None);
        assert_eq!(key.open(&sealed[1..]), None);
        assert_eq!(key.open(""), None);
    }

    #[test]
    fn kinds_and_keys_are_kept_apart() {
        let (key, other) = (TokenKey::new("a".repeat(32)), TokenKey::new("b".repeat(32)));
        assert_ne!(key.session_hash(b"token"), key.transfer_hash("token"));
        assert_ne!(key.transfer_hash("token"), other.transfer_hash("token"));
        assert_eq!(fresh().len(), 43);
        assert_ne!(fresh(), fresh());
    }
}
