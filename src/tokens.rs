//! What secret tokens are known by: keyed hashes, so that a stolen database alone cannot even
//! confirm a guessed token. A token of one kind is never taken for one of another.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::events::TokenHash;

/// Bytes of chance in a token.
const TOKEN_BYTES: usize = 32;
const SESSION: u8 = 0;
const TRANSFER: u8 = 1;

/// The server's own secret, good for nothing but hashing.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_keys_are_kept_apart() {
        let (key, other) = (TokenKey::new("a".repeat(32)), TokenKey::new("b".repeat(32)));
        assert_ne!(key.session_hash(b"token"), key.transfer_hash("token"));
        assert_ne!(key.transfer_hash("token"), other.transfer_hash("token"));
        assert_eq!(fresh().len(), 43);
        assert_ne!(fresh(), fresh());
    }
}
