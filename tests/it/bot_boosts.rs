//! Bots boost messages, and take back only their own boosts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::App;

#[tokio::test]
async fn a_boost_is_its_text_and_is_live() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    let id = ada.post(1, "Deployed").await;
    let path = format!("{}/{id}/boosts", bell.messages_path(1));
    let post = || bell.bare(Method::POST, &path);
    let mut socket = ada.live(1, ada.cursor(1).await).await;

    let boost = bell.send(post().body("🎉")).await.expect(201).json();
    let keys: Vec<_> = boost.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["booster", "content", "created_at", "id", "message"]);
    assert_eq!(boost["content"], "🎉");
    let booster = &boost["booster"];
    assert_eq!((&booster["id"], &booster["role"]), (&json!(bell.id), &json!("bot")));
    assert!(booster["avatar_url"].as_str().unwrap().starts_with(&app.base_url()));
    let url = format!("{}/rooms/1/messages/{id}", app.base_url());
    assert_eq!(boost["message"], json!({ "id": id, "url": url }));
    socket.wait_for("🎉").await;

    let again = bell.send(post().body("🎉")).await.expect(200).json();
    assert_eq!(again["id"], boost["id"]);
    bell.send(post().json(&json!({ "content": "nice" }))).await.expect(201);
    bell.send(post().form(&[("content", "so nice")])).await.expect(201);
    for (status, body) in [(422, ""), (422, " \n"), (422, "far too long to be a boost")] {
        bell.send(post().body(body)).await.expect(status);
    }
    let all = bell.send(bell.bare(Method::GET, &path)).await.expect(200).json();
    let contents: Vec<&Value> = all.as_array().unwrap().iter().map(|b| &b["content"]).collect();
    assert_eq!(contents, ["🎉", "nice", "so nice"]);
    let by_header = bell.request(Method::GET, &format!("/rooms/1/messages/{id}/boosts"));
    assert_eq!(bell.send(by_header).await.expect(200).json(), all);
}

#[tokio::test]
async fn only_here_and_only_ones_own() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    ada.post_form("/rooms/opens", &[("name", "Elsewhere")]).await.expect(303);
    let (here, elsewhere) = (ada.post(1, "Here").await, ada.post(2, "Elsewhere").await);
    let boosts = |id: i64| format!("{}/{id}/boosts", bell.messages_path(1));
    for missing in [elsewhere, 987_654] {
        let answer = bell.send(bell.bare(Method::POST, &boosts(missing)).body("x")).await;
        answer.expect(404);
    }
    let of_ada = ada.bare(Method::POST, &format!("/messages/{here}/boosts"));
    let of_ada = of_ada.header("Accept", "application/json").form(&[("content", "mine")]);
    let of_ada = ada.send(of_ada).await.expect(201).json();
    assert_eq!(of_ada["booster"]["role"], "administrator");
    let own =
        bell.send(bell.bare(Method::POST, &boosts(here)).body("own")).await.expect(201).json();

    let at = |id: &Value| format!("{}/{id}", boosts(here));
    bell.send(bell.bare(Method::DELETE, &at(&of_ada["id"]))).await.expect(404);
    let elsewhere = format!("{}/{}", boosts(elsewhere), own["id"]);
    bell.send(bell.bare(Method::DELETE, &elsewhere)).await.expect(404);
    assert_eq!(bell.send(bell.bare(Method::DELETE, &at(&own["id"]))).await.expect(204).text(), "");
    bell.send(bell.bare(Method::POST, &format!("{}/delete", at(&own["id"])))).await.expect(404);
    assert_eq!(app.database().count("boosts"), 1);
}
