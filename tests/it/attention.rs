//! A page calls while nobody looks at it: by its title, its icon and a sound, as its device wants.

use super::room_settings::make;
use crate::support::{App, Browser, Person};

/// A page that was touched, in the background.
async fn in_the_background(person: &Person) -> Browser {
    let browser = person.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.eval("window.rang = 0; document.addEventListener('campfire:rang', () => rang++)").await;
    browser.click("#composer textarea").await;
    turn(&browser, true).await;
    browser.eval("campfire.load('attention').then(() => true)").await;
    browser
}

async fn turn(browser: &Browser, hidden: bool) {
    let script = format!(
        "{{ Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }});
            document.dispatchEvent(new Event('visibilitychange')) }}"
    );
    browser.eval(&script).await;
}

const DOTTED: &str = "document.querySelector('link[rel=icon]').href.startsWith('blob:')";

#[tokio::test]
async fn messages_are_counted_dotted_and_heard() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let lab = make(&ada, "closeds", &[("name", "Lab"), ("user_ids", "2")]).await;
    let browser = in_the_background(&grace).await;
    ada.post(1, "Nobody in particular").await;
    browser.wait_until("document.title.startsWith('(1) ')").await;
    browser.wait_until(DOTTED).await;
    assert_eq!(browser.eval("rang").await, 0, "what names nobody makes no sound");
    // Elsewhere: what calls them is heard.
    ada.post(lab, "@Grace, soup").await;
    browser.wait_until("document.title.startsWith('(2) ')").await;
    browser.wait_until("rang === 1").await;
    turn(&browser, false).await;
    browser.wait_until(&format!("!{DOTTED}")).await;
    browser.wait_until("document.title.startsWith('(1) ')").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn who_wants_to_hear_everything_hears_everything() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    grace.post_form("/rooms/1/involvement", &[("involvement", "everything")]).await.expect(303);
    let browser = in_the_background(&grace).await;
    ada.post(1, "Nobody in particular").await;
    browser.wait_until("rang === 1").await;
}

#[tokio::test]
async fn each_way_can_be_switched_off() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let page = grace.get("/users/me/profile").await.expect(200).text();
    for way in ["title", "dot", "sound"] {
        assert!(page.contains(&format!("name=\"attention\" value=\"{way}\" checked")), "{way}");
    }
    grace.post_form("/users/me/attention", &[("attention", "smoke")]).await.expect(422);
    assert!(!grace.room_page(1).await.text().contains("data-quiet"));
    grace.post_form("/rooms/1/involvement", &[("involvement", "everything")]).await.expect(303);
    grace.post_form("/users/me/attention", &[("attention", "dot")]).await.expect(303);
    assert!(grace.room_page(1).await.text().contains(" data-quiet=\"title-sound\""));
    let browser = in_the_background(&grace).await;
    ada.post(1, "Nobody in particular").await;
    browser.wait_until(DOTTED).await;
    assert_eq!(browser.eval("rang").await, 0);
    assert_eq!(browser.eval("document.title.startsWith('(')").await, false);

    grace.post_form::<&str>("/users/me/attention", &[]).await.expect(303);
    assert!(grace.room_page(1).await.text().contains(" data-quiet=\"title-dot-sound\""));
    let all = [("attention", "title"), ("attention", "dot"), ("attention", "sound")];
    grace.post_form("/users/me/attention", &all).await.expect(303);
    assert!(!grace.room_page(1).await.text().contains("data-quiet"));
}
