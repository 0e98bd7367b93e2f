//! How a person has set up their browser: what it may show, and where in the world it is.

use serde_json::json;

use super::Browser;

impl Browser {
    /// Settles whether pages may show notifications: `granted`, `denied`, or `prompt`.
    pub async fn settle_notifications(&self, setting: &str) {
        let params = json!({ "permission": { "name": "notifications" }, "setting": setting,
            "origin": self.base_url, "browserContextId": self.context });
        self.wire.call("", "Browser.setPermission", params).await.unwrap();
    }

    /// Sets the clock of the browser to that of another place.
    pub async fn tell_zone(&self, zone: &str) {
        self.tell("Emulation.setTimezoneOverride", json!({ "timezoneId": zone })).await;
    }
}
