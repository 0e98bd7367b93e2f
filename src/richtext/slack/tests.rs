//! Payloads as the common senders post them, and what becomes of each.

use serde_json::{Value, json};

use super::super::{Composed, People, compose_with};
use super::to_html;
use crate::model::{BodyFormat, UserId};

fn composed(payload: &Value) -> Composed {
    let html = to_html(payload).unwrap_or_else(|refused| panic!("{}: {payload}", refused));
    let people = People::new([(UserId(7), "Ada"), (UserId(8), "ops")]);
    compose_with(&html, BodyFormat::Html, &people).unwrap()
}

fn shown(payload: &Value) -> String {
    composed(payload).body.html
}

fn said(text: &str) -> String {
    shown(&json!({ "text": text }))
}

#[test]
fn the_marks_of_slack() {
    for (text, html) in [
        ("plain", "<p>plain</p>"),
        (
            "*bold* and _it_ and ~gone~",
            "<p><strong>bold</strong> and <em>it</em> and <del>gone</del></p>",
        ),
        ("*_both_*", "<p><strong><em>both</em></strong></p>"),
        ("(*a*), \"_b_\"!", "<p>(<strong>a</strong>), \"<em>b</em>\"!</p>"),
        ("2*3*4 snake_case_name a ~ b", "<p>2*3*4 snake_case_name a ~ b</p>"),
        ("**both** ~~too~~ 2**3 **a", "<p><strong>both</strong> <del>too</del> 2**3 **a</p>"),
        ("* not bold*", "<p>* not bold*</p>"),
        ("a *b", "<p>a *b</p>"),
        ("`a *b* <c>`", "<p><code>a *b* &lt;c&gt;</code></p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two<br><br>three</p>"),
        ("```\nlet a = 1 &lt; 2;\n```", "<pre><code>let a = 1 &lt; 2;</code></pre>"),
        ("see ```x``` ok", "<p>see</p><pre><code>x</code></pre><p>ok</p>"),
        ("```open", "<p>```open</p>"),
        ("&gt; said\nanswer", "<blockquote>said</blockquote><p>answer</p>"),
        (">>> all\nof it", "<blockquote>all<br>of it</blockquote>"),
        ("a &amp;&amp; b &lt;i&gt;", "<p>a &amp;&amp; b &lt;i&gt;</p>"),
        ("<b>loud</b> & more", "<p>&lt;b&gt;loud&lt;/b&gt; &amp; more</p>"),
        (":tada: :nonsense: 10:30:45 main.py:100:5", "<p>🎉 :nonsense: 10:30:45 main.py:100:5</p>"),
        (":large_green_circle: up", "<p>🟢 up</p>"),
        ("<!here> <!channel> <!subteam^S1|@night>", "<p>@here @channel @night</p>"),
        ("<!date^1392734382^{date}|18 Feb>", "<p>18 Feb</p>"),
        ("<#C02|general>", "<p>#general</p>"),
        ("<@U02|kim>", "<p>@kim</p>"),
    ] {
        assert_eq!(said(text), html, "{text}");
    }
}

#[test]
fn links_lead_where_they_say() {
    const REL: &str = "rel=\"noopener noreferrer nofollow ugc\"";
    for (text, html) in [
        (
            "<https://x.org/a?b=1&amp;c=2|the *log*>",
            format!("<p><a href=\"https://x.org/a?b=1&amp;c=2\" {REL}>the *log*</a></p>"),
        ),
        (
            "*<https://x.org|#12>*",
            format!("<p><strong><a href=\"https://x.org\" {REL}>#12</a></strong></p>"),
        ),
        ("<https://x.org>", format!("<p><a href=\"https://x.org\" {REL}>https://x.org</a></p>")),
        ("<mailto:a@x.org|a@x.org>", "<p><a href=\"mailto:a@x.org\">a@x.org</a></p>".to_owned()),
        (
            "<https://evil.example|https://bank.com>",
            format!(
                "<p><a href=\"https://evil.example\" {REL}>https://bank.com (evil.example)</a></p>"
            ),
        ),
        ("<javascript:alert(1)|x>", "<p>&lt;javascript:alert(1)|x&gt;</p>".to_owned()),
        (
            "<https://x.org/\"onclick=|y>",
            format!("<p><a href=\"https://x.org/%22onclick=\" {REL}>y</a></p>"),
        ),
    ] {
        assert_eq!(said(text), html, "{text}");
    }
}

#[test]
fn people_of_ours_are_mentioned_by_name_or_number() {
    let composed = composed(&json!({ "text": "<@7> <@U9|ops> *@Ada*" }));
    assert_eq!(composed.mentions, [UserId(7), UserId(8)]);
    assert_eq!(composed.body.plain_text, "@Ada @ops @Ada");
    assert!(!said("<@99>").contains("mention"));
}

#[test]
fn grafana() {
    let payload = json!({
        "channel": "#alerts", "username": "Grafana", "icon_url": "https://x.org/g.png", "text": "",
        "attachments": [{
            "color": "#D63232",
            "fallback": "[FIRING:1] HighLatency (api prod)",
            "title": "[FIRING:1] HighLatency (api prod)",
            "title_link": "https://grafana.example/alerting/list",
            "text": "**Firing**\n\nValue: A=1.82\nLabels:\n - alertname = HighLatency\n - service = api\nAnnotations:\n - summary = p99 > 1 s\nSource: https://grafana.example/alerting/grafana/x1/view\n",
            "fields": [], "footer": "Grafana v11.2.0",
            "footer_icon": "https://grafana.example/icon.png", "ts": 1_795_183_509
        }]
    });
    let body = composed(&payload).body;
    assert!(body.html.starts_with("<blockquote class=\"bar-red\"><p><strong><a href=\"https://grafana.example/alerting/list\""), "{}", body.html);
    assert_eq!(
        body.plain_text,
        "[FIRING:1] HighLatency (api prod)\nFiring\n\nValue: A=1.82\nLabels:\n- alertname = HighLatency\n- service = api\nAnnotations:\n- summary = p99 > 1 s\nSource: https://grafana.example/alerting/grafana/x1/view\nGrafana v11.2.0 · 20 November 2026, 14:05 UTC"
    );
}

#[test]
fn alertmanager() {
    let payload = json!({
        "channel": "#ops", "username": "Alertmanager",
        "attachments": [{
            "title": "[FIRING:2] InstanceDown (node critical)",
            "title_link": "http://am.example:9093/#/alerts?receiver=slack",
            "text": "*Alert:* web-1 down - `critical`\n*Details:*\n  • *instance:* `web-1:9100`\n",
            "fallback": "[FIRING:2] InstanceDown | http://am.example:9093",
            "callback_id": "", "footer": "", "color": "danger",
            "fields": [
                { "title": "Severity", "value": "critical", "short": true },
                { "title": "Count", "value": 2, "short": true }
            ],
            "actions": [
                { "type": "button", "text": "Runbook :green_book:", "url": "https://wiki.example/down" },
                { "type": "button", "text": "Silence", "name": "silence", "value": "1" }
            ],
            "mrkdwn_in": ["fallback", "pretext", "text"]
        }]
    });
    let html = shown(&payload);
    assert!(
        html.contains(
            "<dl><dt>Severity</dt><dd><p>critical</p></dd><dt>Count</dt><dd><p>2</p></dd></dl>"
        ),
        "{html}"
    );
    assert!(html.contains("web-1 down - <code>critical</code>"), "{html}");
    assert!(html.contains(">Runbook 📗</a>") && !html.contains("Silence"), "{html}");
    assert!(!html.contains("FIRING:2] InstanceDown |"), "the fallback is not needed: {html}");
}

#[test]
fn github_like() {
    let payload = json!({
        "text": "[<https://git.example/o/r|o/r>] 2 new commits pushed to <https://git.example/o/r/tree/main|`main`> by kim",
        "attachments": [{
            "color": "#24292e",
            "fallback": "2 commits",
            "text": "<https://git.example/o/r/commit/0a1b2c3|`0a1b2c3`> - Fix &lt;title&gt; &amp; more\n<https://git.example/o/r/commit/9f8e7d6|`9f8e7d6`> - Use `a_b`",
            "mrkdwn_in": ["text"],
            "footer": "<https://git.example/o/r|o/r>"
        }]
    });
    let body = composed(&payload).body;
    assert!(body.html.contains("class=\"bar-grey\""), "{}", body.html);
    assert_eq!(
        body.plain_text,
        "[o/r] 2 new commits pushed to `main` by kim\n`0a1b2c3` - Fix <title> & more\n`9f8e7d6` - Use a_b\no/r"
    );
}

#[test]
fn uptime_kuma_like() {
    let payload = json!({
        "text": "[Shop] [🔴 Down] connect ECONNREFUSED", "channel": null,
        "username": "Uptime Kuma", "icon_emoji": ":robot_face:",
        "attachments": [{ "color": "#e01e5a", "blocks": [
            { "type": "header", "text": { "type": "plain_text", "text": "Uptime Kuma Alert" } },
            { "type": "section", "fields": [
                { "type": "mrkdwn", "text": "*Message*\n[Shop] [🔴 Down]" },
                { "type": "mrkdwn", "text": "*Time (UTC)*\n2026-11-20 14:05:09" }
            ] },
            { "type": "actions", "elements": [
                { "type": "button", "text": { "type": "plain_text", "text": "Visit Uptime Kuma" },
                  "value": "Uptime-Kuma", "url": "https://status.example" }
            ] }
        ] }]
    });
    let body = composed(&payload).body;
    assert!(body.html.contains("<blockquote class=\"bar-red\"><h3>Uptime Kuma Alert</h3><p><strong>Message</strong><br>[Shop]"), "{}", body.html);
    assert!(body.html.contains("<a href=\"https://status.example\""), "{}", body.html);
    assert!(
        body.plain_text
            .starts_with("[Shop] [🔴 Down] connect ECONNREFUSED\nUptime Kuma Alert\nMessage\n")
    );
}

#[test]
fn blocks_of_every_kind() {
    let payload = json!({ "text": "only for notifications", "blocks": [
        { "type": "section", "text": { "type": "mrkdwn", "text": "*Deploy* done" },
          "accessory": { "type": "button", "url": "https://x.org/1", "text": { "type": "plain_text", "text": "Open" } } },
        { "type": "divider" },
        { "type": "context", "elements": [
            { "type": "image", "image_url": "https://x.org/a.png", "alt_text": "Kim" },
            { "type": "mrkdwn", "text": "took *3 s*" } ] },
        { "type": "image", "image_url": "https://x.org/graph.png", "alt_text": "The graph" },
        { "type": "markdown", "text": "**strong** and [x](https://x.org)" },
        { "type": "rich_text", "elements": [
            { "type": "rich_text_section", "elements": [
                { "type": "text", "text": "Hi ", "style": { "bold": true } },
                { "type": "user", "user_id": "7" },
                { "type": "emoji", "name": "wave" } ] },
            { "type": "rich_text_list", "style": "ordered", "elements": [
                { "type": "rich_text_section", "elements": [{ "type": "text", "text": "one" }] } ] },
            { "type": "rich_text_preformatted", "elements": [{ "type": "text", "text": "a < b" }] } ] },
        { "type": "table", "rows": [[{ "type": "raw_text", "text": "a" }, { "type": "raw_text", "text": "b" }]] },
        { "type": "input", "label": { "type": "plain_text", "text": "?" } },
        { "type": "from_the_future", "text": "new" }
    ] });
    let body = composed(&payload).body;
    assert_eq!(
        body.plain_text,
        "Deploy done\nOpen\n---\nKim took 3 s\nThe graph\nstrong and x\nHi @Ada👋\n1. one\na < b\na | b\nnew"
    );
    assert!(
        body.html.contains("<hr><p><small>Kim took <strong>3 s</strong></small></p>"),
        "{}",
        body.html
    );
    assert!(!body.html.contains("<img"), "{}", body.html);
}

#[test]
fn what_shows_nothing_falls_back_or_is_refused() {
    let fallback = json!({ "attachments": [{ "fallback": "It *broke*", "callback_id": "x" }] });
    assert_eq!(composed(&fallback).body.plain_text, "It broke");
    let text = json!({ "text": "Said instead", "blocks": [{ "type": "input" }, 7, null] });
    assert_eq!(composed(&text).body.plain_text, "Said instead");
    for nothing in [
        json!({}),
        json!([]),
        json!("text"),
        json!({ "text": " \n" }),
        json!({ "text": null, "blocks": "no", "attachments": [{}, [], 3] }),
        json!({ "blocks": [{ "type": "section", "fields": [{}], "text": {} }] }),
    ] {
        assert!(to_html(&nothing).is_err(), "{nothing}");
    }
}

#[test]
fn what_is_too_long_is_cut_and_says_so() {
    let lines = "error: <something> & more went wrong here\n".repeat(2_000);
    for payload in [
        json!({ "text": lines }),
        json!({ "text": format!("```{lines}```") }),
        json!({ "attachments": [{ "text": lines, "footer": "left out" }] }),
        json!({ "blocks": vec![json!({ "type": "section", "text": "word ".repeat(100) }); 90] }),
        json!({ "text": "*a _b ~c `d <e ".repeat(60_000) }),
        json!({ "attachments": vec![json!({ "fields": vec![json!({ "title": "a", "value": "b" }); 100] }); 100] }),
    ] {
        let body = composed(&payload).body;
        assert!(
            body.plain_text.ends_with("(cut off here: a message holds at most 10,000 characters)")
        );
        assert!(body.source.chars().count() > 5_000, "too much was left out");
        assert!(!body.plain_text.contains("left out"));
    }
}
