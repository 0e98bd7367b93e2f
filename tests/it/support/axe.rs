//! Accessibility as axe-core judges it, and as a screen reader is told of it.

use serde_json::{Value, json};

use super::Browser;

/// Where `build.rs` puts what `package-lock.json` pins; axe-core is for these tests alone.
fn axe_core() -> String {
    let modules = std::env::var("CAMPFIRE_NODE_MODULES")
        .ok()
        .filter(|given| !given.is_empty())
        .unwrap_or_else(|| concat!(env!("OUT_DIR"), "/npm/node_modules").to_owned());
    let file = std::path::Path::new(&modules).join("axe-core/axe.min.js");
    std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("axe-core, at {}: {error}", file.display()))
}

/// What axe-core finds wrong, once it is on the page.
const ASK: &str = "axe.run(document, { resultTypes: ['violations'], ...OPTIONS }).then(
    ({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
      `${id}: ${target}: ${[...any, ...all, ...none].map(check => check.message).join('; ')}`)))";

impl Browser {
    /// What axe-core finds wrong with the page, by all its rules, in the theme it is shown in.
    pub async fn barriers(&self) -> Vec<String> {
        self.judged_by("{}").await
    }

    /// The same, by the rule about contrast alone: all that another theme can alter.
    pub async fn faint_texts(&self) -> Vec<String> {
        self.judged_by("{ runOnly: ['color-contrast'] }").await
    }

    /// Waits for everything that moves or fades, but for what does so for ever.
    pub async fn come_to_rest(&self) {
        let still = "Promise.race([new Promise(after => setTimeout(after, 2000)),
            Promise.all(document.getAnimations()
                .filter(one => one.effect.getComputedTiming().iterations < 100)
                .map(one => one.finished.catch(() => {})))]).then(() => true)";
        self.eval(still).await;
    }

    async fn judged_by(&self, options: &str) -> Vec<String> {
        // Colours on their way to others would be judged half way.
        self.come_to_rest().await;
        if self.eval("typeof axe").await == "undefined" {
            self.eval(&format!("{};true", axe_core())).await;
        }
        let found = self.eval(&ASK.replace("OPTIONS", options)).await;
        serde_json::from_value(found).unwrap()
    }

    /// The page as a screen reader is told of it: roles, names and states, one a line.
    pub async fn spoken(&self) -> String {
        let tree = self.tell("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().unwrap();
        let mut lines = String::new();
        speak(nodes, &nodes[0], 0, &mut lines);
        lines
    }
}

/// Nodes that only hold others, and text whose words are the name of what it stands in.
const SILENT: [&str; 7] =
    ["none", "generic", "InlineTextBox", "StaticText", "paragraph", "ListMarker", "LineBreak"];

/// States worth a word.
const STATES: [&str; 12] = [
    "checked",
    "pressed",
    "expanded",
    "selected",
    "disabled",
    "required",
    "invalid",
    "live",
    "level",
    "modal",
    "hasPopup",
    "keyshortcuts",
];

fn speak(nodes: &[Value], node: &Value, depth: usize, lines: &mut String) {
    let role = node["role"]["value"].as_str().unwrap_or_default();
    let name = node["name"]["value"].as_str().unwrap_or_default().trim();
    let said = node["ignored"] != true && (!SILENT.contains(&role) || is_told(node, role));
    if said {
        lines.push_str(&"  ".repeat(depth));
        lines.push_str(role);
        if !name.is_empty() {
            lines.push_str(&format!(" \"{name}\""));
        }
        let properties = node["properties"].as_array().into_iter().flatten();
        for property in properties {
            let named = property["name"].as_str().unwrap_or_default();
            let value = &property["value"]["value"];
            let is_off = *value == false || *value == "false" || *value == "off";
            let shown = STATES.contains(&named) && (!is_off || named == "expanded");
            if shown {
                lines.push_str(&format!(" {named}={}", value.to_string().trim_matches('"')));
            }
        }
        lines.push('\n');
    }
    for child in node["childIds"].as_array().into_iter().flatten() {
        if let Some(child) = nodes.iter().find(|other| other["nodeId"] == *child) {
            speak(nodes, child, depth + usize::from(said), lines);
        }
    }
}

/// A live region has no words before something is said in it.
fn is_told(node: &Value, role: &str) -> bool {
    let is_live = node["properties"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|property| property["name"] == "live" && property["value"]["value"] != "off");
    is_live && matches!(role, "generic" | "paragraph")
}
