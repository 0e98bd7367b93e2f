//! The text box helps: names complete, signs format, what is pasted becomes Markdown, drafts stay.

mod pasted;
mod rich;

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::{App, Person};

const BOX: &str = "#composer textarea";

async fn at_the_room(person: &Person) -> Browser {
    let browser = person.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser
}

/// Somebody with more than one word to their name.
async fn join(app: &App, first: &str, name: &str) {
    let person = app.join(first).await;
    let email_address = person.email_address();
    let fields = [("name", name), ("email_address", email_address.as_str())];
    person.post_form("/users/me/profile", &fields).await.expect(303);
}

async fn select(browser: &Browser, from: usize, to: usize) {
    let select = "document.querySelector('#composer textarea').setSelectionRange";
    browser.eval(&format!("{select}({from}, {to})")).await;
}

/// The text of the box, the selected part in brackets.
const SHOWN: &str = "(b => b.value.slice(0, b.selectionStart) + '[' +
    b.value.slice(b.selectionStart, b.selectionEnd) + ']' + b.value.slice(b.selectionEnd)
    )(document.querySelector('#composer textarea'))";

async fn shown(browser: &Browser) -> String {
    browser.eval(SHOWN).await.as_str().unwrap().to_owned()
}

async fn labels(browser: &Browser) -> Value {
    browser
        .eval("[...document.querySelectorAll('.completions .label')].map(e => e.innerText)")
        .await
}

#[tokio::test]
async fn names_are_completed_by_keyboard() {
    let app = App::start();
    let ada = app.first_run().await;
    for (first, name) in [("Grace", "Grace Hopper"), ("Zoe", "Zoë Gräf"), ("Bob", "Bob")] {
        join(&app, first, name).await;
    }
    let browser = at_the_room(&ada).await;
    browser.fill(BOX, "Hello @gra").await;
    browser.wait_for(".completions").await;
    assert_eq!(labels(&browser).await, json!(["Grace Hopper", "Zoë Gräf"]));
    let says = |name: &str| format!("document.querySelector('{BOX}').getAttribute('{name}')");
    for (name, value) in [
        ("aria-autocomplete", "list"),
        ("aria-haspopup", "listbox"),
        ("aria-controls", "completions"),
        ("aria-activedescendant", "completion_0"),
    ] {
        assert_eq!(browser.eval(&says(name)).await, value, "{name}");
    }
    browser.screenshot("writing-people").await;

    browser.press("ArrowDown").await;
    assert_eq!(browser.eval(&says("aria-activedescendant")).await, "completion_1");
    browser.press("ArrowUp").await;
    browser.press("Enter").await;
    assert_eq!(shown(&browser).await, "Hello @Grace Hopper []");
    assert_eq!(browser.count(".completions").await, 0);
    assert_eq!(browser.eval(&says("role")).await, Value::Null);

    // Enter chose a name; only the next one sends.
    assert_eq!(app.database().count("messages"), 0);
    browser.press("Enter").await;
    browser.wait_text("#message_1 .mention", "@Grace Hopper").await;

    // Escape leaves the text alone, and does not ask again about the same word.
    browser.fill(BOX, "@bo").await;
    browser.wait_for(".completions").await;
    browser.press("Escape").await;
    browser.press("b").await;
    browser.wait_until("new Promise(done => setTimeout(() => done(true), 500))").await;
    assert_eq!(browser.count(".completions").await, 0);
    assert_eq!(shown(&browser).await, "@bob[]");

    // Nothing is offered inside code, nor for an address.
    for text in ["```\n@gra", "ada@gra", "@nobody"] {
        browser.fill(BOX, text).await;
        browser.wait_until("new Promise(done => setTimeout(() => done(true), 600))").await;
        assert_eq!(browser.count(".completions").await, 0, "{text}");
    }
    browser.assert_clean_console();
}

#[tokio::test]
async fn names_are_completed_by_a_click_and_never_while_composing() {
    let app = App::start();
    let ada = app.first_run().await;
    join(&app, "Grace", "Grace Hopper").await;
    let browser = at_the_room(&ada).await;
    browser.fill(BOX, "@gra").await;
    browser.wait_for(".completions").await;
    browser
        .eval(
            "document.querySelector('#composer textarea').dispatchEvent(new KeyboardEvent(
                'keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))",
        )
        .await;
    assert_eq!(shown(&browser).await, "@gra[]");
    assert_eq!(app.database().count("messages"), 0);
    browser.click(".completions li").await;
    assert_eq!(shown(&browser).await, "@Grace Hopper []");
    assert_eq!(browser.eval("document.activeElement.name").await, "body");
    browser.assert_clean_console();
}

#[tokio::test]
async fn emoji_and_sounds_are_completed() {
    let app = App::start();
    let browser = at_the_room(&app.first_run().await).await;
    browser.fill(BOX, "Well done @Ada and :tad").await;
    browser.wait_text(".completions", ":tada:").await;
    browser.press("Tab").await;
    assert_eq!(shown(&browser).await, "Well done @Ada and 🎉 []");

    // Typed to its end it becomes the emoji by itself; a time of day does not.
    browser.fill(BOX, "at 10:30 :tada").await;
    browser.wait_for(".completions").await;
    browser.press(":").await;
    browser.wait_until("document.querySelector('#composer textarea').value.endsWith('🎉')").await;
    assert_eq!(shown(&browser).await, "at 10:30 🎉[]");

    browser.fill(BOX, "/play tro").await;
    browser.wait_for(".completions").await;
    assert_eq!(labels(&browser).await, json!(["trololo", "trombone"]));
    browser.press("ArrowDown").await;
    browser.press("Enter").await;
    assert_eq!(shown(&browser).await, "/play trombone[]");
    browser.press("Enter").await;
    browser.wait_for("#message_1 .sound").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn an_emoji_is_picked_by_keys_and_shown_large() {
    let app = App::start();
    let browser = at_the_room(&app.first_run().await).await;
    let opener = "[data-opens=emoji]";
    browser.click(opener).await;
    browser.wait_for("#emoji button[aria-label='grinning face']:focus").await;
    browser.screenshot("writing-emoji").await;
    browser.press("ArrowRight").await;
    browser.press("ArrowDown").await;
    browser.press("ArrowUp").await;
    browser.press("Escape").await;
    assert_eq!(browser.eval("document.activeElement.dataset.opens").await, "emoji");
    browser.click(opener).await;
    browser.wait_for("#emoji:not([hidden]) button:focus").await;
    browser.press("Enter").await;
    browser.wait_for("#emoji[hidden]").await;
    assert_eq!(shown(&browser).await, "😃[]");
    browser.press("Enter").await;
    browser.wait_for("#message_1 .body[data-big]").await;
    let size =
        "parseFloat(getComputedStyle(document.querySelector('#message_1 .body p')).fontSize)";
    assert!(browser.eval(size).await.as_f64().unwrap() > 28.0);
    browser.assert_clean_console();
}

#[tokio::test]
async fn keys_format_what_is_selected_and_can_be_undone() {
    let app = App::start();
    let browser = at_the_room(&app.first_run().await).await;
    browser.fill(BOX, "make this bold").await;
    select(&browser, 5, 9).await;
    for (keys, expected) in [
        ("Control+b", "make **[this]** bold"),
        ("Control+i", "make ***[this]*** bold"),
        ("Control+b", "make *[this]* bold"),
        ("Control+i", "make [this] bold"),
        ("Control+e", "make `[this]` bold"),
    ] {
        browser.press(keys).await;
        let expected = Value::from(expected);
        browser.wait_until(&format!("{SHOWN} === {expected}")).await;
    }
    browser.eval("document.execCommand('undo')").await;
    assert_eq!(browser.value_of(BOX).await, "make this bold");
    browser.assert_clean_console();
}

#[tokio::test]
async fn the_toolbar_edits_the_markdown() {
    let app = App::start();
    let browser = at_the_room(&app.first_run().await).await;
    assert_eq!(browser.count("#formatting").await, 0);
    browser.click("[data-opens=formatting]").await;
    browser.wait_for("#formatting:not([hidden])").await;
    for (before, from, to, button, after) in [
        ("a word", 2, 6, "Bold", "a **[word]**"),
        ("a **word**", 4, 8, "Bold", "a [word]"),
        ("a **word**", 2, 10, "Bold", "a [word]"),
        ("a word", 3, 3, "Italic", "a *[word]*"),
        ("a ", 2, 2, "Bold", "a **[]**"),
        ("a **b**", 5, 5, "Bold", "a **b**[]"),
        (" a ", 0, 3, "Strike", " ~~[a]~~ "),
        ("- one\n- two", 0, 11, "Bold", "[- **one**\n- **two**]"),
        ("see this", 4, 8, "Link", "see [this]([https://])"),
        ("https://x.org", 0, 13, "Link", "[[]](https://x.org)"),
        ("one\ntwo", 0, 7, "Bulleted", "[- one\n- two]"),
        ("- one\n- two", 0, 11, "Numbered", "[1. one\n2. two]"),
        ("1. one\n2. two", 0, 13, "Numbered", "[one\ntwo]"),
        ("one\ntwo", 5, 5, "Quote", "one\n> t[]wo"),
        ("one\ntwo", 1, 1, "Quote", "> o[]ne\n\ntwo"),
        ("one", 3, 3, "Heading", "# one[]"),
        ("", 0, 0, "Bulleted", "- []"),
        ("x = 1", 0, 5, "Code", "`[x = 1]`"),
        ("x\ny", 0, 3, "Code", "```\n[x\ny]\n```"),
        ("```\nx\ny\n```", 4, 7, "Code", "[x\ny]"),
        ("", 0, 0, "Code", "`[]`"),
    ] {
        browser.fill(BOX, before).await;
        select(&browser, from, to).await;
        browser.click(&format!("#formatting [aria-label^='{button}']")).await;
        assert_eq!(shown(&browser).await, after, "{button} on {before:?} {from}..{to}");
    }
    browser.screenshot("writing-toolbar").await;
    browser.click("[data-opens=formatting]").await;
    browser.wait_for("#formatting[hidden]").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn pasted_html_becomes_markdown() {
    let app = App::start();
    let browser = at_the_room(&app.first_run().await).await;
    browser.fill(BOX, "See: ").await;
    let paste = |html: &str, plain: &str| {
        format!(
            "(() => {{ const data = new DataTransfer();
                data.setData('text/html', {}); data.setData('text/plain', {});
                return document.querySelector('{BOX}').dispatchEvent(new ClipboardEvent('paste',
                    {{ clipboardData: data, bubbles: true, cancelable: true }})) }})()",
            Value::from(html),
            Value::from(plain)
        )
    };
    let html = "<p style='color: red'>One <b>bold</b> <a href='https://x.org/a'>link</a></p>";
    assert_eq!(browser.eval(&paste(html, "One bold link")).await, false);
    let expected = "See: One **bold** [link](https://x.org/a)";
    browser
        .wait_until(&format!("document.querySelector('{BOX}').value === {}", Value::from(expected)))
        .await;
    // What says no more than its text is left to the browser, and so is what goes into code.
    assert_eq!(browser.eval(&paste("<p>plain <span>words</span></p>", "plain words")).await, true);
    browser.fill(BOX, "```\n").await;
    assert_eq!(browser.eval(&paste("<b>bold</b>", "bold")).await, true);

    for (html, markdown) in pasted::PASTED {
        let call = format!("campfire.markdown({}, 'other')", Value::from(*html));
        assert_eq!(browser.eval(&call).await, *markdown, "{html}");
    }
    // Nothing of it ran, was fetched or was complained about.
    assert_eq!(browser.eval("window.ran === undefined").await, true);
    browser.assert_clean_console();
}

#[tokio::test]
async fn code_is_coloured_and_copied_and_the_script_comes_only_then() {
    let app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "No code here.").await;
    let browser = at_the_room(&ada).await;
    let later = "performance.getEntriesByType('resource').filter(e => e.name.includes('/later/'))";
    assert_eq!(browser.eval(&format!("{later}.length")).await, 0);

    let code = "fn main() {\n    let x = \"é\"; // two\n    println!(\"{x} {}\", 1);\n}";
    ada.post(1, &format!("Look:\n```rust\n{code}\n```")).await;
    browser.wait_for("#message_2 .hljs-keyword").await;
    browser.eval("window.first = document.querySelector('#message_2 .hljs-keyword')").await;
    ada.post(1, "```\nSELECT id FROM users WHERE name LIKE 'A%' ORDER BY id LIMIT 10;\n```").await;
    browser.wait_for("#message_3 .hljs-string").await;
    ada.post(1, "```text\nlet it = be;\n```").await;
    browser.wait_for("#message_4 .copy-code").await;
    assert_eq!(browser.count("#message_4 pre span").await, 0);
    // What was done stays as it is; the words are those that were written.
    assert_eq!(browser.eval("window.first.isConnected").await, true);
    assert_eq!(
        browser.eval("document.querySelector('#message_2 pre').innerText.trim()").await,
        code
    );

    browser.eval("navigator.clipboard.writeText = async text => { window.copied = text }").await;
    browser.click("#message_2 .copy-code").await;
    browser.wait_text("#message_2 .copy-code", "Copied").await;
    assert_eq!(browser.eval("window.copied").await, code);

    for dark in [false, true] {
        browser.set_dark(dark).await;
        let worst = browser.eval(WORST_CONTRAST).await.as_f64().unwrap();
        assert!(worst >= 4.5, "dark: {dark}, contrast {worst}");
        browser.screenshot(if dark { "writing-code-dark" } else { "writing-code" }).await;
    }
    browser.assert_clean_console();

    browser.set_scripting(false).await;
    browser.goto("/rooms/1").await;
    assert_eq!(browser.count("#message_2 .copy-code").await, 0);
    assert_eq!(browser.count("#message_2 pre code.language-rust").await, 1);
    assert_eq!(browser.count("#composer [data-opens]:not([hidden])").await, 0);
}

/// The smallest contrast of a coloured word against its block, both painted by the browser itself.
const WORST_CONTRAST: &str = "(() => {
    const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
        .getContext('2d', { willReadFrequently: true });
    const light = (colour) => {
        pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const names = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
        .flatMap(rule => rule.selectorText?.match(/^\\.hljs-[\\w]+/) || []);
    const block = document.querySelector('.body pre');
    const under = light(getComputedStyle(block).backgroundColor);
    return Math.min(...names.map(name => {
        const word = document.createElement('span');
        word.className = name.slice(1);
        block.append(word);
        const over = light(getComputedStyle(word).color);
        word.remove();
        return (Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05);
    }));
})()";

#[tokio::test]
async fn drafts_are_kept_for_each_room_until_they_are_sent() {
    let app = App::start();
    let ada = app.first_run().await;
    ada.post_form("/rooms/opens", &[("name", "Second")]).await.expect(303);
    let browser = at_the_room(&ada).await;
    browser.fill(BOX, "half a tho").await;
    browser.goto("/rooms/2").await;
    assert_eq!(browser.value_of(BOX).await, "");
    browser.fill(BOX, "other").await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.wait_until(&format!("document.querySelector('{BOX}').value === 'half a tho'")).await;
    browser.press("Enter").await;
    browser.wait_text("#message_1", "half a tho").await;
    browser.goto("/rooms/1").await;
    assert_eq!(browser.value_of(BOX).await, "");
    browser.goto("/rooms/2").await;
    browser.wait_until(&format!("document.querySelector('{BOX}').value === 'other'")).await;
    browser.assert_clean_console();
}
