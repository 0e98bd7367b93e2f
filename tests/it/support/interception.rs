//! Standing between a browser and the server: posts are held, refused, lost or let through.

use serde_json::json;

use super::Browser;

/// Where a post is held.
#[derive(Clone, Copy)]
pub enum Hold {
    /// Before the server gets it.
    OnTheWayThere,
    /// When the server has done it, before the browser learns of it.
    OnTheWayBack,
}

/// A request that goes nowhere until the test says so.
pub struct HeldPost<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// From now on every post of a message is held.
    pub async fn hold_posts(&self, hold: Hold) {
        self.hold("*/rooms/*/messages", hold).await;
    }

    /// From now on every file that is sent ahead is held.
    pub async fn hold_uploads(&self, hold: Hold) {
        self.hold("*/uploads", hold).await;
    }

    /// From now on every page of older or newer messages is held.
    pub async fn hold_history(&self, hold: Hold) {
        self.hold("*/rooms/*/messages?*", hold).await;
    }

    async fn hold(&self, address: &str, hold: Hold) {
        let stage = match hold {
            Hold::OnTheWayThere => "Request",
            Hold::OnTheWayBack => "Response",
        };
        let pattern = json!({ "urlPattern": address, "requestStage": stage });
        self.tell("Fetch.enable", json!({ "patterns": [pattern] })).await;
    }

    pub async fn hold_no_more_posts(&self) {
        self.tell("Fetch.disable", json!({})).await;
    }

    /// The next post that is held and was not taken before.
    pub async fn held_post(&self) -> HeldPost<'_> {
        self.held("POST").await
    }

    /// The same for what is asked for.
    pub async fn held_get(&self) -> HeldPost<'_> {
        self.held("GET").await
    }

    async fn held(&self, method: &str) -> HeldPost<'_> {
        let is_new = |id: &str| !self.taken.lock().unwrap().iter().any(|taken| taken == id);
        let event = self
            .wire
            .wait_for_event("a request is sent", |event| {
                event["method"] == "Fetch.requestPaused"
                    && event["params"]["request"]["method"] == method
                    && event["params"]["requestId"].as_str().is_some_and(is_new)
            })
            .await;
        let id = event["params"]["requestId"].as_str().unwrap().to_owned();
        self.taken.lock().unwrap().push(id.clone());
        HeldPost { browser: self, id }
    }
}

impl HeldPost<'_> {
    pub async fn let_through(self) {
        self.browser.tell("Fetch.continueRequest", json!({ "requestId": self.id })).await;
    }

    /// Answers in the server's place.
    pub async fn answer(self, status: u16) {
        let params = json!({ "requestId": self.id, "responseCode": status });
        self.browser.tell("Fetch.fulfillRequest", params).await;
    }

    /// The connection breaks.
    pub async fn lose(self) {
        let params = json!({ "requestId": self.id, "errorReason": "ConnectionReset" });
        self.browser.tell("Fetch.failRequest", params).await;
    }
}
