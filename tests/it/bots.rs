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
