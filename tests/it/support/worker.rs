//! The service worker beside a browser's pages: asked, and given what a push service would bring.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Browser, within};

impl Browser {
    /// Waits until a worker of the server stands beside the page.
    pub async fn wait_for_worker(&self) {
        self.wait_until("navigator.serviceWorker.controller?.state === 'activated'").await;
    }

    /// The page shows notifications, as if the person had allowed them.
    pub async fn allow_notifications(&self) {
        let params = json!({ "origin": self.base_url, "permissions": ["notifications"],
            "browserContextId": self.context });
        self.wire.call("", "Browser.grantPermissions", params).await.unwrap();
    }

    /// Brings the worker a push message.
    pub async fn push(&self, said: &str) {
        self.tell("ServiceWorker.enable", json!({})).await;
        let is_ours = |registration: &Value| {
            let scope = registration["scopeURL"].as_str().unwrap_or_default();
            scope.starts_with(&self.base_url) && registration["isDeleted"] == false
        };
        let registrations = |event: &Value| event["params"]["registrations"].as_array().cloned();
        let event = self
            .wire
            .wait_for_event("a worker is registered", |event| {
                event["method"] == "ServiceWorker.workerRegistrationUpdated"
                    && registrations(event).is_some_and(|all| all.iter().any(is_ours))
            })
            .await;
        let own = registrations(&event).unwrap().into_iter().find(is_ours).unwrap();
        let params = json!({ "origin": self.base_url, "data": said,
            "registrationId": own["registrationId"] });
        self.tell("ServiceWorker.deliverPushMessage", params).await;
    }

    /// The same, until the page finds the expression to be true. On a busy machine Chromium loses one
    /// now and then, most likely as it is asked what it shows while it is still putting it up;
    /// bringing it again changes nothing otherwise, as it has a tag.
    pub async fn push_until(&self, said: &str, expression: &str) {
        within(&format!("what was pushed: {expression}"), async {
            loop {
                self.push(said).await;
                for _ in 0..40 {
                    if self.eval(expression).await == true {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        })
        .await;
    }

    /// The value of an expression of the worker; promises are waited for.
    pub async fn eval_in_worker(&self, expression: &str) -> Value {
        let session = within("the worker is there", async {
            loop {
                let targets = self.wire.call("", "Target.getTargets", json!({})).await.unwrap();
                let found = targets["targetInfos"].as_array().unwrap().iter().find(|target| {
                    target["type"] == "service_worker"
                        && target["browserContextId"] == self.context.as_str()
                });
                if let Some(target) = found {
                    let params = json!({ "targetId": target["targetId"], "flatten": true });
                    let attached = self.wire.call("", "Target.attachToTarget", params).await;
                    if let Ok(attached) = attached {
                        return attached["sessionId"].as_str().unwrap().to_owned();
                    }
                }
                // It sleeps while nobody needs it.
                self.eval("fetch('/users/me/style.css').then(() => true)").await;
            }
        })
        .await;
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.wire.call(&session, "Runtime.evaluate", params).await.unwrap();
        assert!(answer.get("exceptionDetails").is_none(), "{answer}\nin {expression}");
        answer["result"]["value"].take()
    }
}
