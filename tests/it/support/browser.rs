//! One person's browser window, driven as a person does: look, click, type, wait until it shows.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::cdp::Wire;
use super::{App, DEADLINE, Person, chromium};

/// Keeps what the message list looked like in each painted frame, for `what_was_seen`.
const RECORDER: &str = r#"(() => {
  const seen = []; let due = false;
  window.__seen = seen;
  const look = () => {
    due = false;
    if (window.__unrecorded) return;
    const list = document.querySelector('#messages');
    if (!list) return;
    const now = JSON.stringify([...list.querySelectorAll('article.message')].map(a => ({
      id: a.dataset.messageId || null, client_id: a.dataset.clientMessageId || null,
      classes: [...a.classList].filter(c => c !== 'arrived').sort().join(' '), text: (a.querySelector('.body') || a).innerText.trim() })));
    if (seen[seen.length - 1] !== now) seen.push(now);
  };
  const soon = () => { if (!due) { due = true; requestAnimationFrame(look); } };
  new MutationObserver(soon).observe(document, { childList: true, subtree: true, attributes: true });
})()"#;

/// One message as it stood in a browser's list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Seen {
    pub id: Option<String>,
    pub client_id: Option<String>,
    pub classes: String,
    pub text: String,
}

/// A window with cookies and storage of its own.
pub struct Browser {
    pub(super) wire: Wire,
    session: String,
    pub(super) context: String,
    pub(super) base_url: String,
    pub(super) forgiven: Mutex<Vec<String>>,
    /// Held requests that a test has dealt with.
    pub(super) taken: Mutex<Vec<String>>,
}

/// How long a page may take to answer before it is asked again, while one waits for something.
const ANSWER: Duration = Duration::from_secs(4);

impl App {
    /// A fresh browser of somebody who has never been here.
    pub async fn browser(&self) -> Browser {
        Browser::open(&self.base_url()).await
    }
}

impl Person {
    /// A browser in which this person is already signed in.
    pub async fn browser(&self) -> Browser {
        self.browser_at(&self.base_url()).await
    }

    /// The same for a browser that comes another way.
    pub async fn browser_at(&self, base_url: &str) -> Browser {
        let browser = Browser::open(base_url).await;
        browser.take_cookies_of(self).await;
        browser
    }
}

impl Browser {
    pub async fn open(base_url: &str) -> Browser {
        let wire = Wire::connect(&chromium::debugging_address()).await;
        let context =
            wire.call("", "Target.createBrowserContext", json!({ "disposeOnDetach": true }));
        let context = text(&context.await.unwrap()["browserContextId"]);
        let target = json!({ "url": "about:blank", "browserContextId": context,
            "width": 1280, "height": 800, "newWindow": true });
        let target = wire.call("", "Target.createTarget", target).await.unwrap();
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = wire.call("", "Target.attachToTarget", attach).await.unwrap();
        let session = text(&attached["sessionId"]);
        let base_url = base_url.to_owned();
        let (forgiven, taken) = Default::default();
        let browser = Browser { wire, session, context, base_url, forgiven, taken };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.tell(&format!("{domain}.enable"), json!({})).await;
        }
        browser.tell("Page.setLifecycleEventsEnabled", json!({ "enabled": true })).await;
        let recorder = json!({ "source": RECORDER });
        browser.tell("Page.addScriptToEvaluateOnNewDocument", recorder).await;
        browser.set_viewport(1280, 800).await;
        browser
    }

    /// From now on this person is signed in here.
    pub async fn take_cookies_of(&self, person: &Person) {
        let jar = person.cookies();
        let cookies: Vec<Value> = jar
            .split("; ")
            .filter_map(|cookie| cookie.split_once('='))
            .map(|(name, value)| {
                json!({ "name": name, "value": value, "url": self.base_url, "httpOnly": true,
                    "secure": self.base_url.starts_with("https:"), "path": "/" })
            })
            .collect();
        let params = json!({ "cookies": cookies, "browserContextId": self.context });
        self.wire.call("", "Storage.setCookies", params).await.unwrap();
    }

    pub(super) async fn tell(&self, method: &str, params: Value) -> Value {
        self.wire
            .call(&self.session, method, params)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Opens a path of the server and waits until the page is loaded.
    pub async fn goto(&self, path: &str) {
        let url = format!("{}{path}", self.base_url);
        let gone = self.tell("Page.navigate", json!({ "url": url })).await;
        assert!(gone["errorText"].is_null(), "{url}: {}", gone["errorText"]);
        // Without a loader it was a jump within the page.
        let Some(loader) = gone["loaderId"].as_str() else { return };
        self.wire
            .wait_for_event(&format!("{url} is loaded"), |event| {
                event["method"] == "Page.lifecycleEvent"
                    && event["params"]["name"] == "load"
                    && event["params"]["loaderId"] == loader
            })
            .await;
    }

    /// The value of an expression of the page; promises are waited for.
    pub async fn eval(&self, expression: &str) -> Value {
        self.try_eval(expression).await.unwrap_or_else(|error| panic!("{error}\nin {expression}"))
    }

    async fn try_eval(&self, expression: &str) -> Result<Value, String> {
        let params = json!({ "expression": expression, "returnByValue": true,
            "awaitPromise": true, "userGesture": true });
        let mut answer = self.wire.call(&self.session, "Runtime.evaluate", params).await?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(details["exception"]["description"].to_string()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Waits until the expression is true; on the way the page may load, reload and change.
    pub async fn wait_until(&self, expression: &str) {
        let started = Instant::now();
        loop {
            // A page that is being replaced has nothing to say, or never says it; the next one has.
            let said = timeout(ANSWER, self.try_eval(expression)).await;
            if said == Ok(Ok(Value::Bool(true))) {
                return;
            }
            if started.elapsed() > DEADLINE {
                let page = self.try_eval("location.href + '\\n' + document.body.innerText").await;
                let console = self.complaints();
                panic!("in vain: {expression}\nat {page:?}\nconsole: {console:#?}");
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    pub async fn wait_for(&self, css: &str) {
        self.wait_until(&format!("!!document.querySelector({})", quoted(css))).await;
    }

    pub async fn wait_gone(&self, css: &str) {
        self.wait_until(&format!("!document.querySelector({})", quoted(css))).await;
    }

    /// Waits until an element that matches shows the text.
    pub async fn wait_text(&self, css: &str, text: &str) {
        let (css, text) = (quoted(css), quoted(text));
        self.wait_until(&format!(
            "[...document.querySelectorAll({css})].some(e => e.innerText.includes({text}))"
        ))
        .await;
    }

    /// Waits until the address bar shows this path and the page is loaded.
    pub async fn wait_path(&self, path: &str) {
        let path = quoted(path);
        let loaded = "document.readyState === 'complete'";
        self.wait_until(&format!("location.pathname === {path} && {loaded}")).await;
    }

    /// Waits until the page receives what happens in the room.
    pub async fn wait_live(&self) {
        self.wait_for("#connection[data-state=live]").await;
    }

    pub async fn count(&self, css: &str) -> u64 {
        let count = self.eval(&format!("document.querySelectorAll({}).length", quoted(css))).await;
        count.as_u64().unwrap()
    }

    pub async fn text_of(&self, css: &str) -> String {
        self.wait_for(css).await;
        text(&self.eval(&format!("document.querySelector({}).innerText", quoted(css))).await)
    }

    pub async fn value_of(&self, css: &str) -> String {
        self.wait_for(css).await;
        text(&self.eval(&format!("document.querySelector({}).value", quoted(css))).await)
    }

    /// Puts the text into a field, in place of what was there.
    pub async fn fill(&self, css: &str, text: &str) {
        self.wait_for(css).await;
        let css = quoted(css);
        self.eval(&format!("{{ const e = document.querySelector({css}); e.focus(); e.select() }}"))
            .await;
        match text {
            "" => self.press("Delete").await,
            _ => drop(self.tell("Input.insertText", json!({ "text": text })).await),
        }
    }

    /// Presses a key, such as `Enter`, `Shift+Enter` or `a`.
    pub async fn press(&self, keys: &str) {
        let (modifiers, key) =
            keys.rsplit_once('+').filter(|(_, key)| !key.is_empty()).unwrap_or(("", keys));
        let bits = [("Alt", 1), ("Control", 2), ("Meta", 4), ("Shift", 8)];
        let modifiers: i32 =
            bits.iter().filter(|(name, _)| modifiers.contains(name)).map(|(_, bit)| bit).sum();
        let (code, number) = match key {
            "Enter" => ("Enter", 13),
            "Tab" => ("Tab", 9),
            "Escape" => ("Escape", 27),
            "Delete" => ("Delete", 46),
            "ArrowUp" => ("ArrowUp", 38),
            _ => (key, 0),
        };
        let mut down = json!({ "type": "keyDown", "key": key, "code": code,
            "windowsVirtualKeyCode": number, "modifiers": modifiers });
        if key == "Enter" {
            down["text"] = json!("\r");
        } else if key.chars().count() == 1 {
            down["text"] = json!(key);
        }
        self.tell("Input.dispatchKeyEvent", down.clone()).await;
        down["type"] = json!("keyUp");
        down["text"] = json!("");
        self.tell("Input.dispatchKeyEvent", down).await;
    }

    /// Clicks in the middle of the first match, once it has come to rest and nothing covers it: a
    /// page that is still being laid out would have the click land beside it.
    pub async fn click(&self, css: &str) {
        self.wait_for(css).await;
        let measure = format!(
            "{{ const e = document.querySelector({});
                e?.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                // What a closed menu holds has a place too, and nobody sees it.
                const r = e?.checkVisibility() ? e.getClientRects()[0] : undefined;
                const x = r && r.x + r.width / 2, y = r && r.y + r.height / 2;
                const hit = r && document.elementFromPoint(x, y);
                r && {{ at: [x, y], free: !hit || e.contains(hit) || hit.contains(e)
                    || Boolean(hit.closest('label')?.contains(e)) }} }}",
            quoted(css)
        );
        let started = Instant::now();
        let mut before = Value::Null;
        let place = loop {
            let found = self.eval(&measure).await;
            if found.is_null() && before.is_array() {
                // Scrolling to it was enough, as with the link to older messages.
                return;
            }
            let at_rest = found["at"].is_array() && found["at"] == before;
            if (at_rest && found["free"] == true) || started.elapsed() > DEADLINE {
                break found["at"].clone();
            }
            before = found["at"].clone();
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(place.is_array(), "{css} is not visible");
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1],
                "button": if kind == "mouseMoved" { "none" } else { "left" }, "clickCount": 1 });
            self.tell("Input.dispatchMouseEvent", event).await;
        }
    }

    pub async fn set_scripting(&self, on: bool) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({ "value": !on })).await;
    }

    pub async fn set_viewport(&self, width: u32, height: u32) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": false });
        self.tell("Emulation.setDeviceMetricsOverride", params).await;
    }

    pub async fn set_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.tell("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// What makes the page wider than the window, innermost last; nothing if it fits.
    pub async fn sticking_out(&self) -> Vec<String> {
        let found = self
            .eval(
                "document.documentElement.scrollWidth <= innerWidth ? [] :
                 [...document.querySelectorAll('body *')]
                   .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                   .map(e => e.cloneNode().outerHTML)",
            )
            .await;
        serde_json::from_value(found).unwrap()
    }

    /// Cuts this window off from the network, or connects it again.
    pub async fn offline(&self, off: bool) {
        let params = json!({ "offline": off, "latency": 0, "downloadThroughput": -1,
            "uploadThroughput": -1 });
        self.tell("Network.emulateNetworkConditions", params).await;
    }

    /// Keeps a picture of the window in the folder that `SCREENSHOTS` names, if it names one.
    pub async fn screenshot(&self, name: &str) {
        let Some(folder) = std::env::var_os("SCREENSHOTS") else { return };
        let shot = self.tell("Page.captureScreenshot", json!({ "format": "png" })).await;
        let png = base64::engine::general_purpose::STANDARD.decode(text(&shot["data"])).unwrap();
        let file = std::path::Path::new(&folder).join(format!("{name}.png"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, png).unwrap();
    }

    /// The message list of every painted frame since the page was loaded.
    pub async fn what_was_seen(&self) -> Vec<Vec<Seen>> {
        let seen = self.eval("window.__seen.map(frame => JSON.parse(frame))").await;
        serde_json::from_value(seen).unwrap()
    }

    /// The message list as it is now.
    pub async fn messages(&self) -> Vec<Seen> {
        let seen = "[...document.querySelectorAll('#messages article.message')].map(a => ({
            id: a.dataset.messageId || null, client_id: a.dataset.clientMessageId || null,
            classes: [...a.classList].filter(c => c !== 'arrived').sort().join(' '), text: (a.querySelector('.body') || a).innerText.trim() }))";
        serde_json::from_value(self.eval(seen).await).unwrap()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
