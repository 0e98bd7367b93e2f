//! A key that was replaced or whose bot was removed is worth nothing at once.

use reqwest::Method;

use crate::support::App;

#[tokio::test]
async fn a_key_counts_until_it_is_replaced_and_no_longer() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    bell.post(1, "Ding").await.expect(201);
    let path = format!("/account/bots/{}", bell.id);
    ada.post_form::<&str>(&format!("{path}/key"), &[]).await.expect(303);
    let refused = bell.post(1, "Dong").await.expect(401);
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    assert!(refused.json()["error"].as_str().unwrap().contains("not valid"));
    let bearer = bell.request(Method::GET, "/rooms/1/messages");
    bell.send(bearer).await.expect(401);

    let page = ada.get(&format!("{path}/edit")).await.expect(200).text();
    assert!(!page.contains(&bell.key), "the old key is shown nowhere");
    let key = page.split(&format!("value=\"{}-", bell.id)).nth(1).unwrap();
    let key = format!("{}-{}", bell.id, key.split('"').next().unwrap());
    let renewed = bell.with_key(&key);
    renewed.post(1, "Dong").await.expect(201);

    ada.post_form::<&str>(&format!("{path}/delete"), &[]).await.expect(303);
    renewed.post(1, "Late").await.expect(401);
    assert_eq!(app.database().count("messages"), 2);
    for secret in [&bell.key, &renewed.key] {
        let token = secret.split_once('-').unwrap().1;
        assert!(!app.log().contains(token), "a key is in the log");
    }
}

#[tokio::test]
async fn a_key_reset_amid_a_flood_lets_nothing_through_after_its_answer() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    let floods = (0..4).map(|_| {
        let bell = bell.clone();
        tokio::spawn(async move {
            let mut taken = 0;
            while bell.post(1, "Ding").await.status() == 201 {
                taken += 1;
            }
            taken
        })
    });
    let floods: Vec<_> = floods.collect();
    while app.database().count("messages") < 20 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    ada.post_form::<&str>(&format!("/account/bots/{}/key", bell.id), &[]).await.expect(303);
    bell.post(1, "After it").await.expect(401);
    let mut taken = 0;
    for flood in floods {
        taken += flood.await.unwrap();
    }
    assert_eq!(app.database().count("messages"), taken);
    assert_eq!(app.database().count("messages where plain_text = 'After it'"), 0);
}
