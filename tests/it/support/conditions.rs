//! The conditions a browser works under: what it cannot reach, how slow its line and its machine are,
//! and what that costs: bytes, jumps, stalls, memory.

use serde_json::{Value, json};

use super::Browser;

/// What a page was sent for one address.
#[derive(Clone, Debug)]
pub struct Load {
    pub url: String,
    /// What it is for, in Chromium's words: `Document`, `Script`, `Stylesheet`, ...
    pub kind: String,
    /// Over the wire, with headers; 0 for what the browser had.
    pub bytes: u64,
}

/// Counts jumps and stalls from the first moment of a page on.
const WATCH: &str = "(() => {
  window.__jumps = []; window.__stalls = []; window.__unrecorded = true;
  new PerformanceObserver(all => { for (const one of all.getEntries())
    if (!one.hadRecentInput) __jumps.push([one.value, ...one.sources.map(({ node }) =>
      node?.nodeType === 1 ? node.cloneNode().outerHTML : String(node?.textContent))]) })
    .observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver(all => { for (const one of all.getEntries()) __stalls.push(one.duration) })
    .observe({ type: 'longtask', buffered: true });
})()";

impl Browser {
    /// From now on what matches this pattern is not asked for.
    pub async fn block(&self, pattern: &str) {
        self.tell("Network.setBlockedURLs", json!({ "urls": [pattern] })).await;
    }

    /// A machine that is so many times slower than this one.
    pub async fn slow_machine(&self, times: u32) {
        self.tell("Emulation.setCPUThrottlingRate", json!({ "rate": times })).await;
    }

    /// The few colours that a person has chosen for everything.
    pub async fn set_forced_colours(&self, on: bool) {
        let value = if on { "active" } else { "none" };
        let features = json!([{ "name": "forced-colors", "value": value }]);
        self.tell("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// A slow 3G line: 400 kbit a second, 400 ms there and back.
    pub async fn on_slow_3g(&self) {
        let params = json!({ "offline": false, "latency": 400, "downloadThroughput": 50_000,
            "uploadThroughput": 50_000 });
        self.tell("Network.emulateNetworkConditions", params).await;
    }

    /// A phone: a touch screen without a mouse.
    pub async fn become_a_phone(&self) {
        self.phone_window(360, 740).await;
        let touch = json!({ "enabled": true, "maxTouchPoints": 5 });
        self.tell("Emulation.setTouchEmulationEnabled", touch).await;
    }

    /// How much of a phone's screen is left to the page.
    pub async fn phone_window(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 2,
            "mobile": true });
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Fingers on the screen: `touchStart`, `touchMove`, or `touchEnd` with none left.
    pub async fn touch(&self, what: &str, fingers: &[(f64, f64)]) {
        let points: Vec<Value> = fingers.iter().map(|(x, y)| json!({ "x": x, "y": y })).collect();
        self.tell("Input.dispatchTouchEvent", json!({ "type": what, "touchPoints": points })).await;
    }

    /// Jumps and stalls of the pages that are opened from now on are counted, and what was seen is
    /// not kept, which would cost more than the page itself.
    pub async fn watch_for_jumps(&self) {
        let params = json!({ "source": WATCH });
        self.tell("Page.addScriptToEvaluateOnNewDocument", params).await;
    }

    /// How far things have jumped, as browsers count it (1 is the whole window by its whole height),
    /// and what did.
    pub async fn jumps(&self) -> (f64, Value) {
        let jumps = self.eval("window.__jumps").await;
        let all = jumps.as_array().unwrap().iter();
        (all.map(|one| one[0].as_f64().unwrap()).sum(), jumps)
    }

    /// How long tasks of more than 50 ms took, in milliseconds.
    pub async fn stalls(&self) -> Vec<f64> {
        serde_json::from_value(self.eval("window.__stalls").await).unwrap()
    }

    /// What is left after tidying up: bytes of objects, and nodes of all documents.
    pub async fn memory(&self) -> (u64, u64) {
        self.tell("HeapProfiler.enable", json!({})).await;
        self.tell("HeapProfiler.collectGarbage", json!({})).await;
        let heap = self.tell("Runtime.getHeapUsage", json!({})).await;
        let nodes = self.tell("Memory.getDOMCounters", json!({})).await;
        (heap["usedSize"].as_f64().unwrap() as u64, nodes["nodes"].as_u64().unwrap())
    }

    /// How many events there were until now, for `loads_since`.
    pub fn now(&self) -> usize {
        self.wire.events().len()
    }

    /// What was asked for since then and has been answered.
    pub fn loads_since(&self, then: usize) -> Vec<Load> {
        let events: Vec<Value> = self.wire.events().split_off(then);
        let about = |id: &Value, method: &str| {
            events
                .iter()
                .find(|event| event["method"] == method && event["params"]["requestId"] == *id)
                .map(|event| &event["params"])
        };
        let asked = events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        asked
            .filter_map(|event| {
                let id = &event["params"]["requestId"];
                let answer = &about(id, "Network.responseReceived")?["response"];
                let had = answer["fromServiceWorker"] == true
                    || answer["fromDiskCache"] == true
                    || about(id, "Network.requestServedFromCache").is_some();
                let ended = about(id, "Network.loadingFinished")?["encodedDataLength"].as_f64()?;
                Some(Load {
                    url: event["params"]["request"]["url"].as_str()?.to_owned(),
                    kind: event["params"]["type"].as_str()?.to_owned(),
                    bytes: if had { 0 } else { ended as u64 },
                })
            })
            .collect()
    }

    /// The bytes of what came over the socket since then.
    pub fn heard_since(&self, then: usize) -> Vec<usize> {
        let events = self.wire.events().split_off(then);
        let frames =
            events.iter().filter(|event| event["method"] == "Network.webSocketFrameReceived");
        frames
            .map(|event| event["params"]["response"]["payloadData"].as_str().unwrap().len())
            .collect()
    }
}
