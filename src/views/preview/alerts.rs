//! What monitors and deploy scripts post: bars, fields, buttons; and how to write one.

use serde_json::{Value, json};

use super::cast::{message, room_page, site};
use super::{Gallery, put};
use crate::model::{BodyFormat, Message};
use crate::richtext::{compose, slack};
use crate::views::bot_guide::GuidePage;

pub(super) fn alerts(gallery: &mut Gallery) {
    let said = [deploy(), alert(), resolved(), every_colour()];
    let messages = (0..).zip(&said).map(|(n, payload)| posted(70 + n, payload)).collect();
    put(gallery, "room-alerts", room_page(messages));
    put(gallery, "bot-guide", GuidePage::new(site(), "https://chat.example.org"));
}

fn posted(id: i64, payload: &Value) -> Message {
    let html = slack::to_html(payload).unwrap_or_default();
    let body = compose(&html, BodyFormat::Html).map(|body| body.html).unwrap_or_default();
    message(id, 9, id - 70, &body)
}

fn deploy() -> Value {
    json!({
        "text": "[<https://git.example/web|web>] kim pushed 2 commits to `main`",
        "attachments": [{ "color": "#24292e", "text":
            "<https://git.example/1|`0a1b2c3`> Mend the lift\n<https://git.example/2|`9f8e7d6`> Oil the hinges of a_very_long_name_that_has_no_place_where_a_line_could_end_but_goes_on" }]
    })
}

fn alert() -> Value {
    json!({ "attachments": [{
        "color": "danger", "title": "[FIRING:2] InstanceDown (node critical)",
        "title_link": "https://alerts.example/#/alerts", "pretext": "<!here> *two* machines are gone",
        "text": "*Alert:* web-1 down since `12:04`\n```connect: connection refused\n  at web-1:9100```",
        "fields": [
            { "title": "Severity", "value": "critical", "short": true },
            { "title": "Instances", "value": "web-1:9100\nweb-2:9100", "short": true },
            { "title": "A name that is rather long for one", "value": "<https://wiki.example|Runbook>" }
        ],
        "actions": [
            { "type": "button", "text": "Silence", "url": "https://alerts.example/silence" },
            { "type": "button", "text": "Dashboard :chart_with_upwards_trend:", "url": "https://graphs.example" }
        ],
        "footer": "Alertmanager", "ts": 1_795_183_509
    }] })
}

fn resolved() -> Value {
    json!({ "attachments": [{ "color": "good", "blocks": [
        { "type": "header", "text": { "type": "plain_text", "text": ":white_check_mark: Shop is up" } },
        { "type": "section", "fields": [
            { "type": "mrkdwn", "text": "*Down for*\n3 minutes" },
            { "type": "mrkdwn", "text": "*Now*\n200 - OK" }
        ] },
        { "type": "divider" },
        { "type": "context", "elements": [{ "type": "mrkdwn", "text": "checked from *Oslo*" }] }
    ] }] })
}

fn every_colour() -> Value {
    let colours = ["#e01e5a", "#f80", "#ffcc00", "#36a64f", "#439fe0", "#764fa5", "#ccc"];
    let bars: Vec<_> = colours.map(|c| json!({ "color": c, "text": c })).to_vec();
    json!({ "attachments": bars })
}
