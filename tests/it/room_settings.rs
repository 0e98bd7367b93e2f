//! Open and closed rooms: made, changed, turned into each other, archived and deleted, by whom.

use reqwest::Method;

use crate::support::{App, Person, html};

/// Makes a room and gives its number.
pub async fn make(person: &Person, kind: &str, fields: &[(&str, &str)]) -> i64 {
    let made = person.post_form(&format!("/rooms/{kind}"), fields).await.expect(303);
    made.location().trim_start_matches("/rooms/").parse().unwrap()
}

pub fn id_of(app: &App, person: &Person) -> String {
    let id: i64 = app
        .database()
        .one("select id from users where email_address = ?1", [person.email_address()]);
    id.to_string()
}

fn members(app: &App, room: i64) -> Vec<String> {
    app.database().all(
        "select name from memberships join users on users.id = user_id where room_id = ?1 order by name",
        [room],
    )
}

#[tokio::test]
async fn an_open_room_holds_everybody_and_a_closed_one_the_chosen() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);

    let open = make(&ada, "opens", &[("name", "  Water   cooler ")]).await;
    assert_eq!(members(&app, open), ["Ada", "Grace", "Linus"]);
    assert!(linus.room_page(open).await.shown().contains("Water cooler"));
    let barbara = app.join("Barbara").await;
    barbara.room_page(open).await;

    let grace_id = id_of(&app, &grace);
    let closed =
        make(&linus, "closeds", &[("name", "Secret"), ("user_ids", &grace_id), ("user_ids", "99")])
            .await;
    assert_eq!(members(&app, closed), ["Grace", "Linus"], "the creator is always in it");
    ada.get(&format!("/rooms/{closed}")).await.expect(404);
    ada.get(&format!("/rooms/closeds/{closed}/edit")).await.expect(404);
    let settings = grace.get(&format!("/rooms/closeds/{closed}/edit")).await.expect(200);
    assert!(settings.shown().contains("Grace") && settings.shown().contains("Linus"));
    assert!(!settings.text().contains("name=\"user_ids\""), "Grace may only look");
    for path in [format!("/rooms/opens/{open}"), format!("/rooms/closeds/{open}")] {
        assert_eq!(ada.get(&path).await.expect(303).location(), format!("/rooms/{open}"));
    }
    for path in ["/rooms", "/rooms/opens", "/rooms/closeds", "/rooms/directs"] {
        assert_eq!(ada.get(path).await.expect(303).location(), "/");
    }
}

#[tokio::test]
async fn names_are_checked_and_the_form_keeps_what_was_typed() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let grace_id = id_of(&app, &grace);
    let long = "x".repeat(101);
    for name in ["", "   ", long.as_str()] {
        let fields = [("name", name), ("user_ids", grace_id.as_str())];
        let page = ada.post_form("/rooms/closeds", &fields).await.expect(422).text();
        assert!(page.contains("aria-invalid=\"true\"") && page.contains("id=\"name_error\""));
        assert!(page.contains(&format!("value=\"{grace_id}\" checked")), "Grace is still chosen");
    }
    assert_eq!(app.database().count("rooms"), 1);
    let page = ada.get("/rooms/opens/new").await.expect(200).text();
    assert!(page.contains("value=\"New room\"") && page.contains("aria-checked=\"true\""));
    let typed = [("name", "Kitchen")];
    let other = ada.post_form("/rooms/closeds/new", &typed).await.expect(200).text();
    assert!(other.contains("value=\"Kitchen\"") && other.contains("aria-checked=\"false\""));
}

#[tokio::test]
async fn only_administrators_and_creators_change_a_room() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);
    let room = make(&grace, "opens", &[("name", "Grace's")]).await;
    let name = || app.database().one::<String>("select name from rooms where id = ?1", [room]);

    for path in [
        format!("/rooms/opens/{room}"),
        format!("/rooms/closeds/{room}"),
        format!("/rooms/{room}/archive"),
        format!("/rooms/{room}/archive/delete"),
        format!("/rooms/{room}/delete"),
        format!("/rooms/opens/{room}/edit"),
    ] {
        linus.post_form(&path, &[("name", "Mine")]).await.expect(403);
    }
    linus.send(linus.request(Method::DELETE, &format!("/rooms/{room}"))).await.expect(403);
    assert_eq!((name().as_str(), members(&app, room).len()), ("Grace's", 3));

    grace.post_form(&format!("/rooms/opens/{room}"), &[("name", "Ours")]).await.expect(303);
    assert_eq!(name(), "Ours");
    let put = ada.request(Method::PUT, &format!("/rooms/opens/{room}"));
    ada.send(put.form(&[("name", "Everybody's")])).await.expect(303);
    assert_eq!(name(), "Everybody's");
    ada.post_form(&format!("/rooms/{}/archive", room + 1), &[("", "")]).await.expect(404);
}

#[tokio::test]
async fn rooms_turn_into_each_other() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);
    let (grace_id, linus_id) = (id_of(&app, &grace), id_of(&app, &linus));
    let room = make(&ada, "opens", &[("name", "Plans")]).await;

    let mut page = linus.live(room, 0).await;
    let closed = format!("/rooms/closeds/{room}");
    ada.post_form(&closed, &[("name", "Plans"), ("user_ids", &grace_id)]).await.expect(303);
    assert_eq!(members(&app, room), ["Ada", "Grace"]);
    assert_eq!(page.expect_close().await, 4403);
    linus.get(&format!("/rooms/{room}")).await.expect(404);

    ada.post_form(&closed, &[("name", "Plans"), ("user_ids", &linus_id)]).await.expect(303);
    assert_eq!(members(&app, room), ["Ada", "Linus"]);
    ada.post_form(&format!("/rooms/opens/{room}"), &[("name", "Plans")]).await.expect(303);
    assert_eq!(members(&app, room), ["Ada", "Grace", "Linus"]);

    // Grace leaves; opening the room to all again does not bring her back.
    grace.post_form(&format!("/rooms/{room}/membership/delete"), &[("", "")]).await.expect(303);
    ada.post_form(&closed, &[("name", "Plans"), ("user_ids", &linus_id)]).await.expect(303);
    ada.post_form(&format!("/rooms/opens/{room}"), &[("name", "Plans")]).await.expect(303);
    assert_eq!(members(&app, room), ["Ada", "Linus"]);
    // Whoever chooses her lets her in again.
    ada.post_form(&closed, &[("name", "Plans"), ("user_ids", &grace_id)]).await.expect(303);
    assert_eq!(members(&app, room), ["Ada", "Grace"]);
    // An administrator who takes herself out of somebody else's room goes home.
    let hers = make(&grace, "closeds", &[("name", "Hers"), ("user_ids", "1")]).await;
    let out = ada.post_form(&format!("/rooms/closeds/{hers}"), &[("name", "Hers")]).await;
    assert_eq!(out.expect(303).location(), "/");
    assert_eq!(members(&app, hers), ["Grace"]);
}

#[tokio::test]
async fn where_only_administrators_make_rooms_others_are_refused() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    assert!(grace.room_page(1).await.text().contains("/rooms/opens/new"));
    app.term_and_wait().await;
    crate::support::database::alter_stopped(
        &app.data_dir(),
        "update accounts set restrict_room_creation = 1",
    );
    app.start_again();
    for kind in ["opens", "closeds"] {
        grace.get(&format!("/rooms/{kind}/new")).await.expect(403);
        grace.post_form(&format!("/rooms/{kind}"), &[("name", "No")]).await.expect(403);
    }
    assert!(!grace.room_page(1).await.text().contains("/rooms/opens/new"));
    grace.post_form("/rooms/directs", &[("user_ids", "1")]).await.expect(303);
    make(&ada, "opens", &[("name", "Yes")]).await;
}

#[tokio::test]
async fn an_archived_room_can_be_read_but_not_written_in() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let room = make(&ada, "opens", &[("name", "Old plans")]).await;
    let said = ada.post(room, "It was nice here.").await;
    ada.post_form(&format!("/rooms/{room}/archive"), &[("", "")]).await.expect(303);

    let page = grace.room_page(room).await;
    assert_eq!(html::message_ids(&page.text()), [said]);
    assert!(!page.text().contains("id=\"composer\"") && page.shown().contains("is archived"));
    assert!(!page.text().contains(&format!("sidebar_room_{room}\"")), "not in the sidebar");
    let profile = grace.get("/users/me/profile").await.expect(200).text();
    assert!(profile.contains(&format!("href=\"/rooms/{room}\"")), "still to be found");
    grace.post_form(&format!("/rooms/{room}/messages"), &[("body", "Hm")]).await.expect(404);
    ada.post_form(&format!("/rooms/opens/{room}"), &[("name", "New")]).await.expect(403);

    ada.post_form(&format!("/rooms/{room}/archive/delete"), &[("", "")]).await.expect(303);
    grace.post(room, "Back again!").await;
    assert!(grace.room_page(1).await.text().contains(&format!("sidebar_room_{room}\"")));
}

#[tokio::test]
async fn a_deleted_room_is_gone_at_once_and_its_content_soon() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let room = make(&ada, "opens", &[("name", "Doomed")]).await;
    for number in 1..=30 {
        ada.post(room, &format!("Zanzibar {number}")).await;
    }
    let kept = ada.post(1, "Stays").await;
    let mut page = grace.live(room, 0).await;
    let mut elsewhere = grace.socket("/live").await.unwrap();
    ada.post_form(&format!("/rooms/{room}/delete"), &[("", "")]).await.expect(303);
    assert_eq!(page.expect_close().await, 4403);
    elsewhere.wait_for(&format!("#sidebar_room_{room}")).await;
    for person in [&ada, &grace] {
        person.get(&format!("/rooms/{room}")).await.expect(404);
        person.get(&format!("/rooms/{room}/messages")).await.expect(404);
        person.post_form(&format!("/rooms/{room}/messages"), &[("body", "?")]).await.expect(404);
        person.post_form(&format!("/rooms/{room}/membership"), &[("", "")]).await.expect(404);
    }
    crate::support::within("the room's content is removed", async {
        while app.database().count("rooms") != 1 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    let database = app.database();
    assert_eq!(database.all::<i64>("select id from messages", []), [kept]);
    let found = "select count(*) from message_search where message_search match 'zanzibar'";
    assert_eq!(database.one::<i64>(found, []), 0);
    assert_eq!(database.count("departures"), 0);
    database.assert_sound();
    let next = make(&ada, "opens", &[("name", "Next")]).await;
    assert!(next > room, "its number is not given again");
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name() {
    let app = App::start();
    let ada = app.first_run().await;
    let mut names = vec![];
    for n in 0..21 {
        names.push(format!("Person{n}"));
        app.join(&names[n]).await;
    }
    let page = ada.get("/rooms/closeds/new").await.expect(200).text();
    assert!(page.contains("name=\"filter\""), "22 people can be filtered");
    let fields = [("name", "Some"), ("user_ids", "3"), ("people", "shown"), ("filter", "PERSON1")];
    let fragment = ada.post_fragment("/rooms/closeds/new", &fields).await.expect(200);
    assert!(!fragment.text().contains("<html"));
    let shown = fragment.shown();
    for (name, there) in [("Ada", true), ("Person1", true), ("Person17", true), ("Person9", false)]
    {
        assert_eq!(shown.split(' ').any(|word| word == name), there, "{name}: {shown}");
    }
    assert!(fragment.text().contains("value=\"3\" checked"));
    let whole = ada.post_form("/rooms/closeds/new", &fields).await.expect(200).text();
    assert!(whole.contains("value=\"Some\"") && whole.contains("value=\"PERSON1\""));
}
