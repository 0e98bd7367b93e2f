//! Bots learn where they are, and ping people by number or email address.

use reqwest::Method;
use serde_json::json;

use crate::support::App;

#[tokio::test]
async fn a_bot_is_told_who_it_is_and_where() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    ada.post_form("/rooms/closeds", &[("name", "Vault")]).await.expect(303);
    let me = bell.send(bell.request(Method::GET, "/bots/me")).await.expect(200).json();
    let base = app.base_url();
    assert_eq!(
        (&me["id"], &me["name"], &me["role"]),
        (&json!(bell.id), &json!("Bell"), &json!("bot"))
    );
    let first: String = app.database().one("select name from rooms where id = 1", []);
    let room = json!({
        "id": 1, "name": first, "kind": "open", "url": format!("{base}/rooms/1"),
        "messages_url": format!("{base}/rooms/1/messages"),
    });
    assert_eq!(me["rooms"], json!([room]), "the open room, and not the vault");

    // By the key in the path, addresses hold the key and can be used as they are.
    let path = format!("/bots/{}", bell.key);
    let me = bell.send(bell.bare(Method::GET, &path)).await.expect(200).json();
    let url = me["rooms"][0]["messages_url"].as_str().unwrap();
    assert_eq!(url, format!("{base}{}", bell.messages_path(1)));
    bell.send(bell.bare(Method::POST, url.strip_prefix(&base).unwrap()).body("Hi"))
        .await
        .expect(201);

    for path in ["/bots/me", "/bots/1-abcdefghijkl"] {
        let answer = ada.get(path).await.expect(401);
        assert!(answer.json()["error"].as_str().unwrap().contains("key"), "{path}");
    }
}

#[tokio::test]
async fn a_bot_pings_a_person() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let bell = ada.make_bot("Bell").await;
    let ping = |fields: serde_json::Value| {
        bell.send(bell.request(Method::POST, "/bots/me/pings").json(&fields))
    };
    let by_address =
        ping(json!({ "email_address": " Grace@Example.com" })).await.expect(200).json();
    assert_eq!((&by_address["kind"], &by_address["name"]), (&json!("direct"), &json!(null)));
    let id: i64 = app.database().one("select id from users where name = 'Grace'", []);
    let by_id = ping(json!({ "user_id": id })).await.expect(200).json();
    assert_eq!(by_id, by_address, "it is one room");
    let form = bell.bare(Method::POST, &format!("/bots/{}/pings", bell.key));
    let by_form = bell.send(form.form(&[("user_id", id)])).await.expect(200).json();
    assert_eq!(by_form["id"], by_id["id"]);

    let room = by_id["id"].as_i64().unwrap();
    bell.post(room, "Your build is done").await.expect(201);
    assert!(grace.room_page(room).await.text().contains("Your build is done"));
    ada.get(&format!("/rooms/{room}")).await.expect(404);

    ada.post_form::<&str>(&format!("/account/users/{id}/delete"), &[]).await.expect(303);
    for nobody in [
        json!({ "user_id": id }),
        json!({ "user_id": 987_654 }),
        json!({ "user_id": "x" }),
        json!({ "email_address": "nobody@example.com" }),
        json!({ "email_address": "x" }),
        json!({}),
    ] {
        ping(nobody).await.expect(422);
    }
}
