//! Bots are made by administrators, are in every open room, and are known by their key alone.

use reqwest::Method;

use crate::support::App;

#[tokio::test]
async fn an_administrator_makes_a_bot_that_is_in_every_open_room() {
    let app = App::start();
    let ada = app.first_run().await;
    ada.post_form("/rooms/opens", &[("name", "Workshop")]).await.expect(303);
    ada.post_form("/rooms/closeds", &[("name", "Vault")]).await.expect(303);

    ada.post_form("/account/bots", &[("name", "Bell")]).await.expect(303);
    let page = ada.get("/account/bots").await.expect(200);
    assert!(page.shown().contains("Bell"), "{}", page.shown());

    let rows = app.database();
    let rooms: Vec<i64> = rows.all(
        "select room_id from memberships join users on users.id = user_id
         where users.name = 'Bell' order by room_id",
        [],
    );
    assert_eq!(rooms, [1, 2], "the open rooms, and not the closed one");
    assert_eq!(rows.one::<String>("select role from users where name = 'Bell'", []), "bot");
}

#[tokio::test]
async fn a_name_is_needed_and_what_was_typed_is_kept() {
    let app = App::start();
    let ada = app.first_run().await;
    let page = ada.post_form("/account/bots", &[("name", " ")]).await.expect(422);
    assert!(page.text().contains("aria-invalid"), "{}", page.text());
    assert!(page.shown().contains("The name cannot be empty."), "{}", page.shown());
    let long = "x".repeat(101);
    let page = ada.post_form("/account/bots", &[("name", &long)]).await.expect(422);
    assert!(page.text().contains(&long));
    assert_eq!(app.database().count("users where role = 'bot'"), 0);
}

#[tokio::test]
async fn the_key_is_stored_so_that_a_copy_of_the_database_does_not_tell_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    let (id, token) = bell.key.split_once('-').unwrap();
    assert_eq!(id, bell.id.to_string());
    assert_eq!(token.len(), 12);
    assert!(token.chars().all(|c| c.is_ascii_alphanumeric()), "{token}");
    assert!(!app.database().files_contain(token), "the token is in the database");
    assert_eq!(app.database().count("users where length(bot_token_hash) = 32"), 1);
}

#[tokio::test]
async fn a_bot_cannot_sign_in_or_listen() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    for path in ["/users/me/sidebar", "/live", "/account/bots"] {
        let answer = bell.send(bell.request(Method::GET, path)).await.expect(401);
        assert_eq!(answer.json()["error"], "Sign in first.", "{path}");
    }
}

#[tokio::test]
async fn a_bots_page_shows_its_key_and_a_line_for_each_of_its_rooms() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let bell = ada.make_bot("Bell").await;
    ada.post_form("/rooms/opens", &[("name", "Workshop")]).await.expect(303);
    ada.post_form("/rooms/closeds", &[("name", "Vault")]).await.expect(303);
    ada.post_form("/rooms/directs", &[("user_ids", &bell.id.to_string())]).await.expect(303);

    let path = format!("/account/bots/{}/edit", bell.id);
    let page = ada.get(&path).await.expect(200);
    assert_eq!(page.header("cache-control"), "no-store");
    let html = page.text();
    assert!(html.contains(&bell.key));
    for room in [1, 2] {
        let url = format!("{}/rooms/{room}/{}/messages", app.base_url(), bell.key);
        assert!(html.contains(&format!("curl -d &#39;Hello!&#39; {url}")), "{html}");
        assert!(html.contains(&format!("curl -F attachment=@picture.png {url}")));
    }
    assert!(!html.contains("/rooms/3/"), "it is not in the closed room");
    assert!(!html.contains("/rooms/4/"), "a ping has no line");
    grace.get(&path).await.expect(403);
    ada.get("/account/bots/1/edit").await.expect(404);
}

#[tokio::test]
async fn nobody_but_administrators_is_shown_a_key_or_a_secret() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let bell = ada.make_bot("Bell").await;
    let form =
        [("name", "Bell"), ("webhook_url", "http://127.0.0.1:9/"), ("webhook_secret", "hush hush")];
    ada.post_form(&format!("/account/bots/{}", bell.id), &form).await.expect(303);
    let token = bell.key.split_once('-').unwrap().1;
    let person = format!("/users/{}", bell.id);
    let room_people = "/rooms/opens/1/edit";
    for path in ["/account/edit", "/rooms/1", &person, room_people, "/rooms/directs/new"] {
        for who in [&ada, &grace] {
            let html = who.get(path).await.expect(200).text();
            assert!(!html.contains(token) && !html.contains("hush"), "{path} for {}", who.name);
        }
    }
    let list = ada.get("/account/bots").await.expect(200).text();
    assert!(!list.contains(token) && !list.contains("hush"), "the list needs no secrets");
    assert!(ada.get(&person).await.text().contains("/account/bots/"), "a way to its settings");
    assert!(!grace.get(&person).await.text().contains("/account/bots/"));
    assert!(!app.database().files_contain("hush hush"), "the secret is in the database");
    assert!(!app.log().contains(token) && !app.log().contains("hush"));
}

#[tokio::test]
async fn a_change_without_a_webhook_takes_the_webhook_away() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    let path = format!("/account/bots/{}", bell.id);
    let hook = ("webhook_url", "http://127.0.0.1:9/hook");
    ada.post_form(&path, &[("name", "Bell"), hook, ("webhook_secret", "hush")]).await.expect(303);
    let page = ada.get(&format!("{path}/edit")).await.expect(200).text();
    assert!(page.contains("value=\"http://127.0.0.1:9/hook\"") && page.contains("value=\"hush\""));

    ada.post_form(&path, &[("name", "Gong"), hook]).await.expect(303);
    let page = ada.get(&format!("{path}/edit")).await.expect(200).text();
    assert!(page.contains("value=\"hush\""), "the secret did not come, so it stays");
    assert!(page.contains("Gong"));

    ada.post_form(&path, &[("name", "Gong"), ("webhok_url", "http://x/")]).await.expect(303);
    assert_eq!(app.database().count("webhooks"), 0);
    ada.post_form(&path, &[("name", "Gong"), hook]).await.expect(303);
    ada.post_form(&path, &[("webhook_url", " ")]).await.expect(303);
    assert_eq!(app.database().count("webhooks"), 0);

    for bad in ["bell.example.org", "ftp://x/", "http://", "http://:99999/"] {
        let page = ada.post_form(&path, &[("name", "Bell"), ("webhook_url", bad)]).await;
        assert!(page.expect(422).text().contains(bad), "what was typed is kept");
    }
}

#[tokio::test]
async fn a_removed_bot_is_in_no_room_and_its_pages_are_gone() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    let path = format!("/account/bots/{}", bell.id);
    ada.post_form(&path, &[("name", "Bell"), ("webhook_url", "http://127.0.0.1:9/")]).await;
    ada.post_form::<&str>(&format!("{path}/delete"), &[]).await.expect(303);
    ada.get(&format!("{path}/edit")).await.expect(404);
    ada.post_form(&path, &[("name", "Again")]).await.expect(404);
    ada.post_form::<&str>(&format!("{path}/key"), &[]).await.expect(404);
    let rows = app.database();
    let bot = format!("users where id = {} and status = 'deactivated'", bell.id);
    assert_eq!(rows.count(&bot), 1);
    assert_eq!(rows.count("users where bot_token is not null or bot_token_hash is not null"), 0);
    assert_eq!(rows.count(&format!("memberships where user_id = {}", bell.id)), 0);
    assert_eq!(rows.count("webhooks"), 0);
}
