//! Pings: one room for each exact set of people.

use reqwest::Method;

use super::room_settings::id_of;
use crate::support::{App, Person};

async fn ping(person: &Person, ids: &[&str]) -> i64 {
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("user_ids", *id)).collect();
    let made = person.post_form("/rooms/directs", &fields).await.expect(303);
    made.location().trim_start_matches("/rooms/").parse().unwrap()
}

#[tokio::test]
async fn one_set_of_people_has_one_room() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);
    let (a, g, l) = (id_of(&app, &ada), id_of(&app, &grace), id_of(&app, &linus));

    let pair = ping(&ada, &[&g]).await;
    assert_eq!(ping(&grace, &[&a, &g, &a]).await, pair);
    let three = ping(&ada, &[&g, &l]).await;
    assert_eq!(ping(&linus, &[&g, &a]).await, three);
    assert_ne!(pair, three);
    let alone = ping(&ada, &[]).await;
    assert_eq!(ping(&ada, &[&a, "4711", "x"]).await, alone);
    assert!(ada.room_page(alone).await.text().contains(">Ada</h1>"));
    assert!(ada.room_page(three).await.text().contains(">Grace and Linus</h1>"));
    assert!(linus.room_page(three).await.text().contains(">Ada and Grace</h1>"));
    linus.get(&format!("/rooms/{pair}")).await.expect(404);
}

#[tokio::test]
async fn fifty_requests_at_once_make_one_room() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let (a, g) = (id_of(&app, &ada), id_of(&app, &grace));
    let mut asking = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (person, other) =
            if n % 2 == 0 { (ada.clone(), g.clone()) } else { (grace.clone(), a.clone()) };
        asking.spawn(async move { ping(&person, &[&other]).await });
    }
    let mut rooms = asking.join_all().await;
    rooms.dedup();
    assert_eq!(rooms.len(), 1, "{rooms:?}");
    assert_eq!(app.database().count("rooms where kind = 'direct'"), 1);
    assert_eq!(app.database().count("memberships where room_id > 1"), 2);
}

#[tokio::test]
async fn a_ping_never_changes_and_anybody_in_it_deletes_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);
    let g = id_of(&app, &grace);
    let room = ping(&ada, &[&g]).await;
    grace.post(room, "Psst").await;
    for kind in ["opens", "closeds"] {
        let path = format!("/rooms/{kind}/{room}");
        ada.get(&path).await.expect(404);
        ada.get(&format!("{path}/edit")).await.expect(404);
        ada.post_form(&path, &[("name", "Ours"), ("user_ids", "3")]).await.expect(404);
        ada.send(ada.request(Method::PATCH, &path)).await.expect(404);
    }
    for path in ["archive", "archive/delete", "membership/delete"] {
        ada.post_form(&format!("/rooms/{room}/{path}"), &[("", "")]).await.expect(404);
    }
    linus.post_form(&format!("/rooms/{room}/membership"), &[("", "")]).await.expect(404);
    linus.post_form(&format!("/rooms/directs/{room}/delete"), &[("", "")]).await.expect(404);
    ada.post_form("/rooms/directs/1/delete", &[("", "")]).await.expect(404);
    let (kind, members): (String, i64) = (
        app.database().one("select kind from rooms where id = ?1", [room]),
        app.database().one("select count(*) from memberships where room_id = ?1", [room]),
    );
    assert_eq!((kind.as_str(), members), ("direct", 2));

    let settings = ada.get(&format!("/rooms/directs/{room}/edit")).await.expect(200);
    assert!(settings.shown().contains("Grace"));
    let gone = grace.post_form(&format!("/rooms/directs/{room}/delete"), &[("", "")]).await;
    assert_eq!(gone.expect(303).location(), "/");
    ada.get(&format!("/rooms/{room}")).await.expect(404);
    assert!(ping(&ada, &[&g]).await > room, "the same people start anew");
}

#[tokio::test]
async fn an_empty_ping_is_only_listed_for_who_began_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let entry = |room: i64| format!("id=\"sidebar_room_{room}\"");
    let mut graces = grace.socket("/live").await.unwrap();
    let mut adas = ada.socket("/live").await.unwrap();
    let room = ping(&ada, &[&id_of(&app, &grace)]).await;
    adas.wait_for(&entry(room)).await;
    assert!(ada.room_page(1).await.text().contains(&entry(room)));
    assert!(!grace.room_page(1).await.text().contains(&entry(room)));
    assert!(grace.room_page(room).await.text().contains(&entry(room)), "it is open");

    ada.post(room, "Hello").await;
    let frame = graces.wait_for(&entry(room)).await;
    assert!(frame.contains("hx-target=\"#pings\"") && frame.contains("1 unread"), "{frame}");
    assert!(frame.contains("Ada") && !frame.contains("Grace"), "as Grace sees it: {frame}");
    assert!(grace.room_page(1).await.text().contains(&entry(room)));
}

#[tokio::test]
async fn the_latest_ping_comes_first_and_strangers_are_suggested() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);
    let (g, l) = (id_of(&app, &grace), id_of(&app, &linus));
    let suggested = |page: &str| {
        let part = page.split("class=\"suggestions\"").nth(1).unwrap_or_default();
        crate::support::html::text_of(part.split("</details>").next().unwrap())
    };
    let before = suggested(&ada.room_page(1).await.text());
    assert!(before.contains("Grace") && before.contains("Linus") && !before.contains("Ada"));
    let first = ping(&ada, &[&g]).await;
    let second = ping(&ada, &[&l]).await;
    grace.post(first, "Me first").await;
    let page = ada.room_page(1).await.text();
    let place = |room: i64| page.find(&format!("sidebar_room_{room}\"")).unwrap();
    assert!(place(first) < place(second), "something was said there");
    assert_eq!(suggested(&page), "");
}

#[tokio::test]
async fn an_open_ping_is_called_by_the_names_of_now() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let room = ping(&ada, &[&id_of(&app, &grace)]).await;
    ada.post(room, "Hello").await;
    let rename = async |name: &str| {
        grace.post_form("/users/me/profile", &[("name", name)]).await.expect(303);
    };
    let browser = ada.browser().await;
    browser.goto(&format!("/rooms/{room}")).await;
    browser.wait_until("campfire.state === 'live'").await;
    rename("Amazing Grace").await;
    browser.wait_text("#room_title", "Amazing Grace").await;
    browser.wait_until("document.title.startsWith('Amazing Grace ·')").await;

    // Whoever was away finds it so as well, and no other page is called after the ping.
    browser.offline(true).await;
    rename("Grace H.").await;
    browser.offline(false).await;
    browser.wait_text("#room_title", "Grace H.").await;
    browser.goto("/rooms/1").await;
    browser.wait_until("campfire.state === 'live'").await;
    let name = browser.text_of("#room_title").await;
    rename("Hopper").await;
    browser.wait_text(&format!("#sidebar_room_{room}"), "Hopper").await;
    assert_eq!(browser.text_of("#room_title").await, name);
    browser.assert_clean_console();
}
