//! Rich text: an editor stands in for the box, what it makes is read as HTML and comes out clean.

use super::{BOX, at_the_room};
use crate::support::App;
use crate::support::browser::Browser;

const EDITOR: &str = "#composer trix-editor";

async fn open_editor(browser: &Browser) {
    browser.click("[data-opens=formatting]").await;
    browser.click("#formatting .other-mode").await;
    browser.wait_for(EDITOR).await;
    focused(browser).await;
}

async fn focused(browser: &Browser) {
    browser.wait_until(&format!("document.activeElement?.matches('{EDITOR}')")).await;
}

async fn type_keys(browser: &Browser, text: &str) {
    for key in text.chars() {
        browser.press(&key.to_string()).await;
    }
}

#[tokio::test]
async fn what_the_editor_makes_comes_out_readable() {
    let app = App::start();
    let ada = app.first_run().await;
    let made = "<div>one<br><strong>two</strong> <em>three</em> <del>four</del> \
        <a href=\"https://example.org/\">five</a></div><h1>six</h1><blockquote>seven</blockquote>\
        <pre>eight\n  nine</pre><ul><li>ten</li></ul><ol><li>eleven</li></ol>";
    let fields = [("body", made), ("format", "html")];
    ada.post_form("/rooms/1/messages", &fields).await.expect(303);
    let page = ada.get("/rooms/1").await.expect(200).text();
    for part in [
        "one<br>",
        "<strong>two</strong> <em>three</em> <del>four</del>",
        "href=\"https://example.org/\"",
        ">six</h1>",
        "<blockquote>",
        "eight\n  nine",
        "<ul><li>ten</li></ul><ol><li>eleven</li></ol>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[tokio::test]
async fn bold_words_go_out_as_they_look_and_come_back_to_be_changed() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let other = at_the_room(&grace).await;
    let browser = at_the_room(&ada).await;
    browser.fill(BOX, "see ").await;
    open_editor(&browser).await;
    browser.press("Control+b").await;
    browser.wait_for("trix-toolbar [data-trix-attribute=bold][aria-pressed=true]").await;
    type_keys(&browser, "this").await;
    browser.press("Shift+Enter").await;
    type_keys(&browser, "too").await;
    browser.press("Enter").await;
    for reader in [&other, &browser] {
        reader.wait_text("#message_1 .body strong", "this").await;
        assert_eq!(reader.text_of("#message_1 .body").await, "see this\ntoo");
    }
    assert_eq!(browser.count(".message.pending").await, 0);
    assert_eq!(browser.value_of(BOX).await, "");
    assert_eq!(browser.text_of(EDITOR).await.trim(), "");
    focused(&browser).await;

    // Changing it: in an editor as well.
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.wait_for(EDITOR).await;
    browser.click("#message_1 .menu summary").await;
    browser.wait_for("#message_1 .menu[open]").await;
    browser.click("#message_1 .menu .edit").await;
    browser.wait_text(".message-form trix-editor strong", "this").await;
    browser.wait_until("document.activeElement?.matches('.message-form trix-editor')").await;
    type_keys(&browser, "!").await;
    browser.wait_text(".message-form trix-editor", "too!").await;
    browser.press("Control+Enter").await;
    other.wait_text("#message_1 .body", "too!").await;
    browser.wait_gone(".message-form").await;
    browser.assert_clean_console();
    other.assert_clean_console();
}

#[tokio::test]
async fn the_way_back_and_a_reload_lose_nothing() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = at_the_room(&ada).await;
    open_editor(&browser).await;
    type_keys(&browser, "a ").await;
    browser.press("Control+b").await;
    browser.wait_for("trix-toolbar [data-trix-attribute=bold][aria-pressed=true]").await;
    type_keys(&browser, "draft").await;
    browser.wait_text("#composer trix-editor strong", "draft").await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.wait_text("#composer trix-editor strong", "draft").await;
    browser.click(EDITOR).await;
    focused(&browser).await;
    browser.press("Escape").await;
    browser.wait_gone(EDITOR).await;
    browser.wait_until(&format!("document.querySelector('{BOX}').value === 'a **draft**'")).await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    assert_eq!(browser.value_of(BOX).await, "a **draft**");
    assert_eq!(browser.count(EDITOR).await, 0);
    browser.press("Enter").await;
    browser.wait_text("#message_1 .body strong", "draft").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_refused_text_comes_back_into_the_editor() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = at_the_room(&ada).await;
    open_editor(&browser).await;
    let long = "x".repeat(11_000);
    let fill = format!("document.querySelector('trix-editor').editor.insertString('{long}')");
    browser.eval(&fill).await;
    browser.press("Enter").await;
    browser.forgive("422");
    browser.wait_for("#composer [role=alert]:not([hidden])").await;
    browser.wait_text(EDITOR, "xxxx").await;
    focused(&browser).await;
    assert_eq!(browser.count(".message").await, 0);
    browser.assert_clean_console();
}

#[tokio::test]
async fn what_is_pasted_into_the_editor_brings_no_style_and_no_picture() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = at_the_room(&ada).await;
    open_editor(&browser).await;
    let paste = "{ const data = new DataTransfer();
        data.setData('text/html', '<p style=\"color:red\" onclick=\"x()\">a <b>bold</b> \
        <a href=\"https://example.org/\">link</a><img src=\"https://example.org/a.png\"></p>');
        data.setData('text/plain', 'a bold link');
        document.querySelector('trix-editor').dispatchEvent(new ClipboardEvent('paste',
            { clipboardData: data, bubbles: true, cancelable: true })) }";
    browser.eval(paste).await;
    browser.wait_text("#composer trix-editor strong", "bold").await;
    assert_eq!(browser.count("#composer trix-editor :is(img, figure, [style])").await, 0);
    browser.press("Enter").await;
    browser.wait_text("#message_1 .body a", "link").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_link_is_made_by_its_address() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = at_the_room(&ada).await;
    open_editor(&browser).await;
    type_keys(&browser, "go ").await;
    browser.click("trix-toolbar [aria-label='Link']").await;
    browser.fill("trix-toolbar input[name=href]", "https://example.org/").await;
    browser.press("Enter").await;
    browser.wait_text("#composer trix-editor a", "https://example.org/").await;
    focused(&browser).await;
    browser.press("Enter").await;
    browser.wait_text("#message_1 .body a", "https://example.org/").await;
    browser.assert_clean_console();
}
