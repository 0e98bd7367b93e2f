//! What a page complained about in its console, and what a test expects there.

use super::Browser;

impl Browser {
    /// Expects complaints with this text, for instance about a server that was killed on purpose.
    pub fn forgive(&self, text: &str) {
        self.forgiven.lock().unwrap().push(text.to_owned());
    }

    /// Expects what Chromium itself writes about a server or a line that is not there.
    pub fn forgive_the_outage(&self) {
        let fetches = ["net::ERR_", "Failed to", "fetch"];
        for expected in fetches.into_iter().chain(["WebSocket connection", "htmx:ws:error"]) {
            self.forgive(expected);
        }
    }

    /// What the page complained about: exceptions, console errors, refusals by the policy.
    pub fn complaints(&self) -> Vec<String> {
        let events = self.wire.events();
        let forgiven = self.forgiven.lock().unwrap();
        let of_interest = events.iter().filter_map(|event| {
            let params = &event["params"];
            match event["method"].as_str()? {
                "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" if params["type"] == "error" => {
                    Some(params["args"].to_string())
                }
                "Log.entryAdded" if params["entry"]["level"] == "error" => {
                    let entry = &params["entry"];
                    Some(format!("{} {} {}", entry["source"], entry["text"], entry["url"]))
                }
                _ => None,
            }
        });
        of_interest.filter(|text| !forgiven.iter().any(|known| text.contains(known))).collect()
    }

    #[track_caller]
    pub fn assert_clean_console(&self) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "the console says: {complaints:#?}");
    }
}
