//! The conditions a browser works under: what it cannot reach, how slow its line and its machine are.

use serde_json::json;

use super::Browser;

impl Browser {
    /// From now on what matches this pattern is not asked for.
    pub async fn block(&self, pattern: &str) {
        self.tell("Network.setBlockedURLs", json!({ "urls": [pattern] })).await;
    }
}
