//! People who use a keyboard only, or a screen reader: all day from door to door, what is said to
//! them, what each page is called, and what the keys do.

use crate::support::interception::Hold;
use crate::support::{App, Browser, PASSWORD, Person};

/// Two people, two rooms, and something to read in the first one.
async fn a_day() -> (App, Person, Person) {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    ada.post_form("/rooms/opens", &[("name", "Kitchen")]).await.expect(303);
    grace.post(1, "Good morning, Ada!").await;
    ada.post(1, "Good morning. The pump is loud.").await;
    grace.post(1, "It was loud all night").await;
    (app, ada, grace)
}

async fn at_the_room(person: &Person) -> Browser {
    let browser = person.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser
}

/// In the list, by Shift+Tab from the text box.
async fn go_to_the_list(browser: &Browser) {
    let way = browser.walk_to("Shift+Tab", "#messages").await;
    assert!(way.len() <= 10, "the list is near the text box: {way:#?}");
    browser.wait_until("'keys' in LATER && Boolean(campfire.showKeys)").await;
}

#[tokio::test]
async fn a_whole_day_by_keyboard() {
    let (app, _ada, grace) = a_day().await;
    let ada = app.browser().await;

    // In at the door.
    ada.goto("/").await;
    ada.wait_path("/session/new").await;
    ada.wait_focus("#email_address").await;
    ada.type_text("ada@example.com").await;
    ada.press("Tab").await;
    ada.wait_focus("#password").await;
    ada.type_text(PASSWORD).await;
    ada.walk_to("Tab", "button.primary").await;
    ada.press("Enter").await;
    ada.wait_path("/rooms/1").await;
    ada.wait_live().await;
    ada.wait_focus("#composer_body").await;

    // To another room and back.
    ada.press("Alt+ArrowDown").await;
    ada.wait_path("/rooms/2").await;
    ada.wait_text("h1", "Kitchen").await;
    ada.wait_live().await;
    ada.press("Control+k").await;
    ada.wait_focus(".switcher input").await;
    ada.type_text("All Talk").await;
    ada.wait_text("#found .chosen", "All Talk").await;
    ada.press("Enter").await;
    ada.wait_path("/rooms/1").await;
    ada.wait_live().await;

    // Read, and answer the first message.
    ada.wait_focus("#composer_body").await;
    go_to_the_list(&ada).await;
    for message in ["#message_3", "#message_2", "#message_1"] {
        ada.press("ArrowUp").await;
        ada.wait_focus(message).await;
    }
    ada.press("r").await;
    ada.wait_focus("#composer_body").await;
    ada.wait_text(".reply-bar", "Grace").await;
    ada.type_text("And to you!").await;
    ada.press("Enter").await;
    ada.wait_text("#message_4 .reply-to", "Good morning, Ada!").await;
    ada.wait_gone("#messages .pending").await;

    // Boost what Grace said, and say better what was said oneself.
    go_to_the_list(&ada).await;
    ada.press("k").await;
    ada.wait_focus("#message_1, #message_4").await;
    ada.walk_to("j", "#message_4").await;
    ada.press("k").await;
    ada.wait_focus("#message_3").await;
    ada.press("+").await;
    ada.wait_focus(".boost-form input").await;
    ada.type_text("👏").await;
    ada.press("Enter").await;
    ada.wait_text("#message_3 .boost", "👏").await;
    ada.wait_focus("#message_3").await;
    ada.press("k").await;
    ada.wait_focus("#message_2").await;
    ada.press("e").await;
    ada.wait_focus(".edit-message textarea").await;
    ada.type_text(" Very loud.").await;
    ada.press("Control+Enter").await;
    ada.wait_text("#message_2 .body", "The pump is loud. Very loud.").await;
    ada.wait_focus("#message_2").await;

    // What Grace says meanwhile does not take the focus away.
    grace.post(1, "I called the plumber").await;
    ada.wait_text("#messages", "I called the plumber").await;
    ada.wait_focus("#message_2").await;

    // Find it again.
    ada.press("/").await;
    ada.wait_focus("a[href='/searches']").await;
    ada.press("Enter").await;
    ada.wait_path("/searches").await;
    ada.wait_focus("#q").await;
    ada.type_text("plumber").await;
    ada.press("Enter").await;
    ada.wait_for(".hit").await;
    ada.walk_to("Tab", ".hit").await;
    ada.press("Enter").await;
    ada.wait_path("/rooms/1/@5").await;
    ada.wait_focus("#message_5").await;

    // And out.
    ada.walk_to("Tab", "a.me").await;
    ada.press("Enter").await;
    ada.wait_path("/users/me/profile").await;
    ada.walk_to("Tab", "form[action='/session/delete'] button").await;
    ada.press("Enter").await;
    ada.wait_path("/session/new").await;
    ada.assert_clean_console();
}

#[tokio::test]
async fn tab_leads_through_every_page_and_round() {
    let (_app, ada, _) = a_day().await;
    let browser = at_the_room(&ada).await;
    for path in [
        "/rooms/1",
        "/users/me/profile",
        "/account/edit",
        "/searches?q=pump",
        "/rooms/opens/1/edit",
    ] {
        browser.goto(path).await;
        browser.eval("document.activeElement.blur()").await;
        let first = ".skip-links a:first-child";
        browser.walk_to("Tab", first).await;
        let round = browser.walk_to("Tab", first).await;
        assert!(round.len() > 4, "{path}: {round:#?}");
        let back = browser.walk_to("Shift+Tab", first).await;
        assert!(back.len() > 4, "{path}: {back:#?}");
        assert!(!(round.contains(&"body".to_owned()) && round.len() < 5), "{round:#?}");
    }
    browser.assert_clean_console();
}

#[tokio::test]
async fn new_messages_are_told_and_older_ones_are_not_told_again() {
    let (_app, ada, grace) = a_day().await;
    for number in 0..45 {
        grace.post(1, &format!("Number {number}")).await;
    }
    let browser = at_the_room(&ada).await;
    let line = |tree: &str, what: &str| -> String {
        let found = tree.lines().find(|line| line.contains(what));
        found.unwrap_or_else(|| panic!("no {what} in\n{tree}")).trim().to_owned()
    };
    let tree = browser.spoken().await;
    assert_eq!(line(&tree, "log "), "log \"Messages\" live=polite");

    // One that comes is one unit in the list: who, what, when.
    grace.post(1, "The *plumber* is here").await;
    browser.wait_text("#messages", "is here").await;
    let tree = browser.spoken().await;
    let told = line(&tree, "is here");
    assert!(told.starts_with("article \"Grace The plumber is here "), "{told}");
    assert!(
        told.trim_end_matches('"').ends_with(|c: char| c.is_ascii_digit() || c == 'M'),
        "{told}"
    );

    // While older ones come the list is silent, and what was there stays the same element.
    browser
        .eval("document.querySelectorAll('#messages > .message').forEach(one => one.known = true)")
        .await;
    let known = browser.count("#messages > .message").await;
    browser.hold_history(Hold::OnTheWayThere).await;
    browser.eval("document.querySelector('#messages a.older').click()").await;
    let held = browser.held_get().await;
    let tree = browser.spoken().await;
    assert_eq!(line(&tree, "log "), "log \"Messages\"", "it is silent");
    browser.eval("window.loud = 0; new MutationObserver(all => { for (const one of all) {
        if (one.addedNodes.length && campfire.list().getAttribute('aria-live') !== 'off') loud++ } })
        .observe(campfire.list(), { childList: true }); 1").await;
    held.let_through().await;
    browser.wait_text("#messages", "Good morning, Ada!").await;
    browser.wait_until("!campfire.list().hasAttribute('aria-live')").await;
    assert_eq!(browser.eval("loud").await, 0, "nothing was added aloud");
    let kept =
        "[...document.querySelectorAll('#messages > .message')].filter(one => one.known).length";
    assert_eq!(browser.eval(kept).await, known);
    let tree = browser.spoken().await;
    assert_eq!(line(&tree, "log "), "log \"Messages\" live=polite");
    browser.assert_clean_console();
}

/// Times as `0:00` and days as `Jan 1, 2000`, as they are others each time.
fn without_times(tree: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let is_year = |word: &str| word.len() == 5 && word.ends_with(',') && word.starts_with("20");
    let mut shown = String::new();
    for line in tree.lines() {
        let mut words: Vec<String> = line
            .split(' ')
            .map(|word| {
                let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
                let is_time = core.split_once(':').is_some_and(|(hour, rest)| {
                    hour.parse::<u8>().is_ok() && rest.starts_with(|c: char| c.is_ascii_digit())
                });
                if is_time { word.replace(core, "0:00") } else { word.to_owned() }
            })
            .filter(|word| !matches!(word.trim_matches(['"', '\u{202f}']), "AM" | "PM"))
            .collect();
        for at in 2..words.len() {
            if is_year(&words[at]) && MONTHS.contains(&words[at - 2].as_str()) {
                words.splice(at - 2..=at, ["Jan", "1,", "2000,"].map(str::to_owned));
            }
        }
        shown.push_str(&words.join(" "));
        shown.push('\n');
    }
    shown
}

#[tokio::test]
async fn every_main_page_says_what_it_holds() {
    let (app, ada, grace) = a_day().await;
    ada.post_form("/messages/1/boosts", &[("content", "👏")]).await.expect(303);
    grace.post(2, "Soup").await;
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let visitor = app.browser().await;
    visitor.goto("/session/new").await;
    let door = visitor.spoken().await;
    let browser = at_the_room(&ada).await;
    browser.wait_text("#present_count", "1 here").await;
    let mut pages = vec![("spoken-sign-in", door), ("spoken-room", browser.spoken().await)];
    for (name, path) in [
        ("spoken-search", "/searches?q=pump"),
        ("spoken-mentions", "/mentions"),
        ("spoken-profile", "/users/me/profile"),
        ("spoken-room-settings", "/rooms/opens/1/edit"),
        ("spoken-keys", "/users/me/keys"),
    ] {
        browser.goto(path).await;
        pages.push((name, browser.spoken().await));
    }
    settings.bind(|| {
        for (name, tree) in pages {
            insta::assert_snapshot!(name, without_times(&tree));
        }
    });
}
