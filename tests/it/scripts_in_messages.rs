//! Whatever people write, nothing of it runs in anybody's browser.

use crate::support::{App, html};

const ATTEMPTS: &[&str] = &[
    "<script>window.__xss = 1</script>",
    "<img src=x onerror=\"window.__xss = 1\">",
    "<svg onload=\"window.__xss = 1\"><script>window.__xss = 1</script></svg>",
    "<math><mtext><style><img src=x onerror=window.__xss=1></style></mtext></math>",
    "[click](javascript:window.__xss=1)",
    "[click](data:text/html,<script>window.__xss=1</script>)",
    "<a href=\" java\nscript:window.__xss=1\">click</a>",
    "<iframe srcdoc=\"<script>parent.__xss=1</script>\"></iframe>",
    "</div></article><script>window.__xss = 1</script>",
    "\"><script>window.__xss = 1</script>",
    "<div hx-get=\"/session/delete\" hx-trigger=\"load\" data-hx-post=\"/x\">x</div>",
    "<hx-partial hx-target=\"#composer\" hx-swap=\"outerHTML\">gone</hx-partial>",
    "<form action=\"/session/delete\" method=\"post\" id=\"composer\"><input name=\"x\"></form>",
    "<p style=\"position:fixed;inset:0\" class=\"composer\" id=\"messages\">cover</p>",
    "<template><script>window.__xss = 1</script></template>",
    "<b onmouseover=window.__xss=1>hover</b><details open ontoggle=window.__xss=1>",
    "![x](x\"onerror=\"window.__xss=1)",
    "<https://example.com/\"onmouseover=\"window.__xss=1>",
    "`<script>window.__xss = 1</script>`\n\n    <script>window.__xss = 1</script>",
    "<base href=\"https://evil.example/\"><meta http-equiv=refresh content=\"0;url=//evil.example\">",
];

#[tokio::test]
async fn nothing_that_is_written_runs() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let reader = grace.browser().await;
    reader.goto("/rooms/1").await;
    reader.wait_live().await;

    let mut last = 0;
    for text in ATTEMPTS {
        // Some of it is nothing at all once it is harmless, and may be refused for that.
        let answer = ada.post_form("/rooms/1/messages", &[("body", text)]).await;
        match answer.status() {
            303 => last = answer.location().rsplit('_').next().unwrap().parse().unwrap(),
            status => assert_eq!(status, 422, "{text}"),
        }
    }
    reader.wait_for(&format!("#message_{last}")).await;
    let pushed = reader.eval("document.querySelector('#messages').innerHTML").await;
    judge(&reader).await;
    reader.goto("/rooms/1").await;
    reader.wait_live().await;
    judge(&reader).await;
    assert!(!pushed.as_str().unwrap().is_empty());
    assert_eq!(reader.count("#composer").await, 1);
    ada.room_page(1).await;
    reader.assert_clean_console();

    let page = ada.room_page(1).await.text();
    assert_eq!(html::message_ids(&page).len() as i64, app.database().count("messages"));
}

/// Looks at what the browser made of the bodies, element by element.
async fn judge(reader: &crate::support::Browser) {
    assert!(reader.eval("window.__xss ?? null").await.is_null(), "something ran");
    let found = reader
        .eval(
            // The button that copies a block of code is put there by our own script.
            "[...document.querySelectorAll('#messages .body *:not(.copy-code, .copy-code *)')].flatMap(e => {
               const bad = [];
               // What our own script puts beside code.
               if (e.matches('button.copy-code') && !e.closest('pre')) return bad;
               if (/^(script|style|iframe|object|embed|form|input|button|template|svg|math|base|meta|link|img|hx-.*)$/i
                     .test(e.localName)) bad.push(e.localName);
               for (const a of e.attributes) {
                 if (/^(on|hx-|data-hx-|ws-|style$|id$|name$|form|srcdoc$)/i.test(a.name)) bad.push(a.name);
               }
               if (e.localName === 'a' && e.hasAttribute('href') && !/^(https?|mailto):$/.test(e.protocol)) bad.push(e.href);
               return bad; })",
        )
        .await;
    assert_eq!(found, serde_json::json!([]), "left in the bodies");
}
