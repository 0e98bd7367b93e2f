//! The sidebar in real browsers: live for everybody concerned, still for everybody else.

use super::room_settings::{id_of, make};
use crate::support::{App, Browser, Person};

/// A browser of this person that looks at a room and hears what happens.
async fn looking(person: &Person, room: i64) -> Browser {
    let browser = person.browser().await;
    browser.goto(&format!("/rooms/{room}")).await;
    browser.wait_live().await;
    browser
}

fn entry(room: i64) -> String {
    format!("#rooms #sidebar_room_{room}")
}

#[tokio::test]
async fn rooms_come_change_and_go_before_everybodys_eyes() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);
    let (graces, linuses) = (looking(&grace, 1).await, looking(&linus, 1).await);
    let everything = "document.querySelector('#sidebar_lists').innerText";

    let zoo = make(&ada, "opens", &[("name", "Zoo")]).await;
    let bar = make(&ada, "opens", &[("name", "Bar")]).await;
    graces.wait_text(&entry(zoo), "Zoo").await;
    graces.wait_for(&entry(bar)).await;
    let order = "[...document.querySelectorAll('#rooms .name')].map(e => e.innerText).join()";
    assert_eq!(graces.eval(order).await, "All Talk,Bar,Zoo");
    ada.post_form(&format!("/rooms/opens/{zoo}"), &[("name", "Aviary")]).await.expect(303);
    graces.wait_text(&entry(zoo), "Aviary").await;
    linuses.wait_text(&entry(zoo), "Aviary").await;
    assert_eq!(graces.eval(order).await, "All Talk,Aviary,Bar");

    let before = linuses.eval(everything).await;
    let grace_id = id_of(&app, &grace);
    let fields = [("name", "Secret"), ("user_ids", grace_id.as_str())];
    let secret = make(&ada, "closeds", &fields).await;
    graces.wait_for(&entry(secret)).await;
    ada.post(secret, "Psst").await;
    graces.wait_text(&entry(secret), "1").await;
    ada.post_form(&format!("/rooms/closeds/{secret}"), &[("name", "More secret")])
        .await
        .expect(303);
    graces.wait_gone(&entry(secret)).await;
    ada.post_form(&format!("/rooms/{bar}/delete"), &[("", "")]).await.expect(303);
    linuses.wait_gone(&entry(bar)).await;
    assert_eq!(
        linuses.eval(everything).await.as_str().unwrap().replace(char::is_whitespace, ""),
        before.as_str().unwrap().replace("Bar", "").replace(char::is_whitespace, ""),
        "nothing of a room that is not his"
    );
    ada.post_form(&format!("/rooms/{zoo}/archive"), &[("", "")]).await.expect(303);
    graces.wait_gone(&entry(zoo)).await;
    ada.post_form(&format!("/rooms/{zoo}/archive/delete"), &[("", "")]).await.expect(303);
    graces.wait_for(&entry(zoo)).await;
    graces.assert_clean_console();
    linuses.assert_clean_console();
}

#[tokio::test]
async fn an_open_page_follows_the_archive() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let graces = looking(&grace, 1).await;
    ada.post_form("/rooms/opens/1", &[("name", "The old days")]).await.expect(303);
    graces.wait_text("#room_title", "The old days").await;
    ada.post_form("/rooms/1/archive", &[("", "")]).await.expect(303);
    graces.wait_text("#archived", "archived").await;
    graces.wait_gone("#composer").await;
    ada.post_form("/rooms/1/archive/delete", &[("", "")]).await.expect(303);
    graces.wait_text("#archived", "written in again").await;
    graces.click("#archived a").await;
    graces.wait_for("#composer").await;
    graces.assert_clean_console();
}

#[tokio::test]
async fn counts_rise_elsewhere_and_fall_on_every_device() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let room = make(&ada, "opens", &[("name", "Tea")]).await;
    let here = looking(&grace, 1).await;
    let there = looking(&grace.at_another_browser().await, 1).await;
    ada.post(room, "One").await;
    ada.post(room, "Two").await;
    for window in [&here, &there] {
        window.wait_text(&entry(room), "2").await;
        window.wait_until("document.title.startsWith('(2) ')").await;
    }
    here.click(&format!("{} a", entry(room))).await;
    here.wait_path(&format!("/rooms/{room}")).await;
    here.wait_for(".new-since").await;
    there.wait_gone(&format!("{} a.unread", entry(room))).await;
    there.wait_until("!document.title.startsWith('(')").await;
    here.wait_live().await;
    ada.post(room, "Three").await;
    here.wait_text("#messages", "Three").await;
    here.wait_for(&format!("{} a[aria-current=page]", entry(room))).await;
    here.wait_for(".new-since").await;
    there.goto("/rooms/1").await;
    there.wait_gone(&format!("{} a.unread", entry(room))).await;
    here.assert_clean_console();
    there.assert_clean_console();
}

#[tokio::test]
async fn unread_from_here_is_kept_while_one_stays_and_others_write() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut last = 0;
    for n in 1..=3 {
        last = ada.post(1, &format!("Number {n}")).await;
    }
    let graces = looking(&grace, 1).await;
    graces.click(&format!("#message_{last} .menu summary")).await;
    graces.click(&format!("#message_{last} [formaction$='/unread']")).await;
    graces
        .wait_until(&format!(
            "document.querySelector('.new-since')?.nextElementSibling?.id === 'message_{last}'"
        ))
        .await;
    ada.post(1, "Number 4").await;
    graces.wait_text("#messages", "Number 4").await;
    // Longer than it takes to write down what was read.
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    let elsewhere = grace.get("/users/me/sidebar").await.expect(200).shown();
    assert!(elsewhere.contains("2 unread"), "{elsewhere}");
    graces.goto("/users/me/sidebar").await;
    graces.click(".read-everything button").await;
    graces.wait_gone("a.unread").await;
    graces.assert_clean_console();
}

#[tokio::test]
async fn who_is_removed_is_told_kindly_and_gets_nothing_more() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let grace_id = id_of(&app, &grace);
    let fields = [("name", "Few"), ("user_ids", grace_id.as_str())];
    let room = make(&ada, "closeds", &fields).await;
    let graces = looking(&grace, room).await;
    ada.post_form(&format!("/rooms/closeds/{room}"), &[("name", "Few")]).await.expect(303);
    graces.wait_text("[role=alert]", "no longer in this room").await;
    ada.post(room, "Now that she is gone").await;
    graces.wait_gone(&entry(room)).await;
    assert!(!graces.text_of("#messages").await.contains("gone"));
    graces.forgive("404");
    graces.assert_clean_console();
}

#[tokio::test]
async fn a_ping_jumps_to_the_front_and_a_break_is_caught_up_with() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);
    let adas = id_of(&app, &ada);
    for person in [&linus, &grace] {
        let made = person.post_form("/rooms/directs", &[("user_ids", &adas)]).await.expect(303);
        let room = made.location().trim_start_matches("/rooms/").parse().unwrap();
        person.post(room, "Hello").await;
    }
    let window = looking(&ada, 1).await;
    let order = "[...document.querySelectorAll('#pings .name')].map(e => e.innerText).join()";
    assert_eq!(window.eval(order).await, "Grace,Linus");
    linus.post(2, "Me again").await;
    window.wait_until(&format!("{order} === 'Linus,Grace'")).await;
    window.wait_text("#sidebar_room_2", "2").await;

    window.forgive_the_outage();
    window.offline(true).await;
    window.eval("window.campfire.reconnect()").await;
    make(&linus, "opens", &[("name", "Missed")]).await;
    window.offline(false).await;
    window.wait_text("#rooms", "Missed").await;
    window.assert_clean_console();
}

#[tokio::test]
async fn a_few_letters_lead_to_rooms_and_people() {
    let app = App::start();
    let ada = app.first_run().await;
    app.join("Grace").await;
    let room = make(&ada, "opens", &[("name", "Zebra crossing")]).await;
    let window = looking(&ada, 1).await;
    window.press("Control+k").await;
    window.wait_for("dialog.switcher[open]").await;
    window.fill("dialog.switcher input", "zeb").await;
    window.press("Enter").await;
    window.wait_path(&format!("/rooms/{room}")).await;
    window.press("Control+k").await;
    window.fill("dialog.switcher input", "grac").await;
    window.wait_text("#found", "Grace").await;
    window.press("Escape").await;
    window.wait_gone("dialog.switcher[open]").await;
    window.press("Control+k").await;
    window.fill("dialog.switcher input", "grac").await;
    window.wait_text("#found .chosen", "Grace").await;
    window.press("Enter").await;
    window.wait_text("h1", "Grace").await;
    window.assert_clean_console();
}

#[tokio::test]
async fn without_script_a_room_is_made_left_and_deleted() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let (adas, graces) = (ada.browser().await, grace.browser().await);
    for window in [&adas, &graces] {
        window.set_scripting(false).await;
        window.set_viewport(360, 740).await;
    }
    adas.goto("/users/me/sidebar").await;
    adas.click("a[href='/rooms/opens/new']").await;
    adas.wait_path("/rooms/opens/new").await;
    adas.fill("#name", "Quiet corner").await;
    adas.click(".switch").await;
    adas.wait_path("/rooms/closeds/new").await;
    assert_eq!(adas.value_of("#name").await, "Quiet corner");
    adas.click("input[name=user_ids][type=checkbox]").await;
    adas.click(".room-form .primary").await;
    adas.wait_path("/rooms/2").await;
    adas.fill("#composer_body", "Welcome, Grace").await;
    adas.click(".send").await;
    adas.wait_text("#messages", "Welcome").await;

    graces.goto("/users/me/sidebar").await;
    graces.click("#sidebar_room_2 a").await;
    graces.wait_text("#messages", "Welcome").await;
    graces.click("a[aria-label='Room settings']").await;
    graces.wait_path("/rooms/closeds/2/edit").await;
    graces.click("form[action='/rooms/2/membership/delete'] button").await;
    graces.wait_path("/rooms/1").await;
    assert_eq!(graces.count("#sidebar_room_2").await, 0);

    adas.click("a[aria-label='Room settings']").await;
    adas.wait_path("/rooms/closeds/2/edit").await;
    adas.click(".confirm summary").await;
    adas.click(".confirm .danger").await;
    adas.wait_path("/rooms/1").await;
    assert_eq!(app.database().count("rooms where deleted_at is null"), 1);
    adas.assert_clean_console();
    graces.assert_clean_console();
}
