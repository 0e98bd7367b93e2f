//! What keys do in a room, that single ones can be switched off, and that none is in the way of an
//! input method.

use crate::support::{App, Browser, Person};

async fn with_three_messages() -> (App, Person, Browser) {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    ada.post(1, "First").await;
    grace.post(1, "Second").await;
    ada.post(1, "Third").await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    (app, ada, browser)
}

/// In the list, with its keys there.
async fn in_the_list(browser: &Browser) {
    browser.eval("document.querySelector('#messages').focus()").await;
    browser.wait_until("Boolean(campfire.showKeys)").await;
}

#[tokio::test]
async fn a_message_keeps_the_focus_however_often_it_is_drawn_at_once() {
    let (_app, _ada, browser) = with_three_messages().await;
    in_the_list(&browser).await;
    browser.press("j").await;
    browser.press("k").await;
    browser.wait_focus("#message_2").await;
    // As when the answer to one's own change and the frame that tells of it come together.
    let both = "(async () => { const before = document.querySelector('#message_2'), target = before.parentElement;
        const text = `<hx-partial hx-target='#message_2' hx-swap='outerHTML'>${before.outerHTML.replace(/ tabindex=\"-1\"/, '')}</hx-partial>`;
        const draw = () => htmx.swap({ sourceElement: target, target, swap: 'none swapEmpty:false', text });
        await Promise.all([draw(), draw()]); return before.isConnected; })()";
    assert_eq!(browser.eval(both).await, false, "it was drawn anew");
    browser.wait_focus("#message_2").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn letters_act_on_the_message_that_has_the_focus() {
    let (_app, _ada, browser) = with_three_messages().await;
    in_the_list(&browser).await;
    // Without a message they do nothing.
    browser.press("e").await;
    browser.press("j").await;
    browser.wait_focus("#message_3").await;
    browser.press("ArrowUp").await;
    browser.wait_focus("#message_2").await;
    // Nobody edits what another one said... unless they administrate, and Ada does.
    browser.press("k").await;
    browser.wait_focus("#message_1").await;
    browser.press("k").await;
    browser.wait_focus("#message_1").await;
    browser.press("c").await;
    browser.wait_text(".visually-hidden[role=status]", "Copied").await;
    let copied = browser.eval("navigator.clipboard.readText().catch(() => 'refused')").await;
    assert!(copied.as_str().unwrap().ends_with("/rooms/1/@1") || copied == "refused", "{copied}");
    browser.wait_focus("#message_1").await;
    browser.press("e").await;
    browser.wait_focus(".edit-message textarea").await;
    // In a field they are letters.
    browser.press("j").await;
    assert_eq!(browser.value_of(".edit-message textarea").await, "Firstj");
    browser.press("Escape").await;
    browser.wait_focus("#message_1").await;
    browser.press("r").await;
    browser.wait_focus("#composer_body").await;
    browser.wait_text(".reply-bar", "Ada").await;
    // What is given up leads back to where it began.
    browser.press("Escape").await;
    browser.wait_focus("#message_1").await;
    assert!(browser.count(".reply-bar[hidden]").await == 1);
    browser.press("Escape").await;
    browser.wait_focus("#composer_body").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn tab_goes_through_one_message_and_on() {
    let (_app, _ada, browser) = with_three_messages().await;
    in_the_list(&browser).await;
    browser.press("Tab").await;
    browser.wait_focus("#message_3").await;
    browser.press("k").await;
    browser.wait_focus("#message_2").await;
    browser.press("Tab").await;
    browser.wait_focus("#message_2 .author").await;
    let way = browser.walk_to("Tab", "#composer *").await;
    assert!(way.len() <= 3, "from the second message to the text box: {way:#?}");
    browser.press("Shift+Tab").await;
    browser.walk_to("Shift+Tab", "#messages").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn the_sheet_lists_the_keys_and_switches_the_single_ones_off() {
    let (_app, ada, browser) = with_three_messages().await;
    in_the_list(&browser).await;
    browser.press("j").await;
    browser.press("?").await;
    browser.wait_for("dialog.keys-sheet[open]").await;
    browser.wait_text("dialog.keys-sheet", "Copy the link").await;
    browser.wait_focus("dialog.keys-sheet button[aria-label=Close]").await;
    assert_eq!(browser.barriers().await, [""; 0]);
    browser.screenshot("keys-sheet").await;
    browser.press("Escape").await;
    browser.wait_gone("dialog[open]").await;
    browser.wait_focus("#message_3").await;

    browser.press("?").await;
    browser.wait_for("dialog.keys-sheet[open]").await;
    browser.click(".keys-sheet input[value=off]").await;
    browser.click(".keys-sheet [type=submit]").await;
    browser.wait_gone("dialog[open]").await;
    for page in ["as it was", "loaded again"] {
        in_the_list(&browser).await;
        browser.press("ArrowUp").await;
        browser.wait_for("[id^=message_]:focus").await;
        let before = browser.focused().await;
        for key in ["j", "k", "r", "e", "+", "c", "/", "?"] {
            browser.press(key).await;
        }
        assert_eq!(browser.focused().await, before, "{page}");
        assert_eq!(browser.count("dialog[open], .message-form").await, 0, "{page}");
        browser.goto("/rooms/1").await;
        browser.wait_live().await;
    }
    browser.assert_clean_console();

    // The page does the same without script.
    let plain = ada.browser().await;
    plain.set_scripting(false).await;
    plain.goto("/users/me/keys").await;
    for (choice, off) in [("off", 1), ("on", 0)] {
        plain.click(&format!("input[value={choice}]")).await;
        plain.click("#keys button[type=submit]").await;
        plain.wait_text(".flash", "Changed on this device.").await;
        assert_eq!(plain.count("body[data-keyless]").await, off);
        assert_eq!(plain.count(&format!("input[value={choice}]:checked")).await, 1);
        plain.goto("/users/me/keys").await;
    }
    ada.post_form("/users/me/keys", &[("keys", "maybe")]).await.expect(422);
    browser.assert_clean_console();
}

#[tokio::test]
async fn input_methods_keep_their_keys() {
    let (_app, _ada, browser) = with_three_messages().await;
    browser.fill("#composer_body", "ほん").await;
    browser.compose("にほ").await;
    assert_eq!(browser.value_of("#composer_body").await, "ほんにほ");
    // Enter and Escape take or leave what is proposed; arrows choose.
    for key in ["Enter", "Escape", "ArrowUp", "ArrowDown", "Tab", "?", "/", "j"] {
        browser.press_while_composing(key).await;
    }
    browser.wait_focus("#composer_body").await;
    assert_eq!(browser.count("#messages .message").await, 3, "nothing is sent");
    assert_eq!(browser.count("dialog[open], .message-form").await, 0);
    browser.type_text("日本").await;
    assert_eq!(browser.value_of("#composer_body").await, "ほん日本");
    browser.press("Enter").await;
    browser.wait_text("#message_4 .body", "ほん日本").await;
    browser.wait_gone("#messages .pending").await;

    // The same in the box of an edit, and beside a boost.
    in_the_list(&browser).await;
    browser.press("ArrowUp").await;
    browser.wait_focus("#message_4").await;
    for key in ["j", "k", "r", "e", "+", "c", "?", "/", "ArrowUp"] {
        browser.press_while_composing(key).await;
    }
    browser.wait_focus("#message_4").await;
    browser.press("e").await;
    browser.wait_focus(".edit-message textarea").await;
    browser.compose("ご").await;
    browser.press_while_composing("Escape").await;
    browser.press_while_composing("Control+Enter").await;
    browser.wait_focus(".edit-message textarea").await;
    browser.press_while_composing("Control+k").await;
    browser.press_while_composing("Control+b").await;
    assert_eq!(browser.count("dialog[open]").await, 0);
    browser.type_text("語").await;
    browser.press("Control+Enter").await;
    browser.wait_text("#message_4 .body", "ほん日本語").await;
    browser.assert_clean_console();
}
