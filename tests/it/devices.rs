//! One's own signed-in devices: the list, and what ending one does to its pages and sockets.

use std::time::Instant;

use reqwest::Method;

use crate::support::{App, PASSWORD, Person, html};

const LIST: &str = "/users/me/sessions";
const SIGNED_OUT: u16 = 4401;

/// The number of this browser's session, as its own list marks it.
async fn own_id(person: &Person) -> i64 {
    let page = person.get(LIST).await.expect(200).text();
    let own = page.split("<li id=\"session_").find(|part| part.contains("this device")).unwrap();
    own.split('"').next().unwrap().parse().unwrap()
}

/// Says how long it took until the sockets were closed; a second is promised.
fn took(since: Instant) {
    println!("the sockets were closed after {} ms", since.elapsed().as_millis());
}

#[tokio::test]
async fn the_list_names_devices_and_marks_this_one() {
    let app = App::start();
    let ada = app.first_run().await;
    let phone = Person::new("Ada", &app.base_url());
    let fields = [("email_address", "ada@example.com"), ("password", PASSWORD)];
    let request = phone.request(Method::POST, "/session").form(&fields);
    let agent = "Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0 <script>";
    phone.send(request.header("User-Agent", agent)).await.expect(303);
    app.join("Grace").await;

    let page = ada.get(LIST).await.expect(200);
    assert!(page.header("cache-control").contains("no-store"));
    let page = page.text();
    assert_eq!(page.matches("<li id=\"session_").count(), 2, "only one's own");
    assert_eq!(page.matches("this device").count(), 1);
    assert!(page.contains("Firefox on Android") && page.contains("127.0.0.1"));
    assert!(!page.contains("Firefox/140.0 <script>"));
}

#[tokio::test]
async fn ending_one_closes_its_sockets_and_its_pages_at_once() {
    let app = App::start();
    let ada = app.first_run().await;
    let phone = ada.at_another_browser().await;
    let tablet = ada.at_another_browser().await;
    let mut sockets = [phone.live(1, 0).await, phone.socket("/live").await.ok().unwrap()];
    let mut others = [tablet.live(1, 0).await, ada.live(1, 0).await];
    let id = own_id(&phone).await;

    let asked = Instant::now();
    let path = format!("{LIST}/{id}/delete");
    assert_eq!(ada.post_form::<&str>(&path, &[]).await.expect(303).location(), LIST);
    for socket in &mut sockets {
        assert_eq!(socket.expect_close().await, SIGNED_OUT);
    }
    took(asked);
    assert_eq!(phone.get("/rooms/1").await.expect(303).location(), "/session/new");
    phone.get_fragment("/rooms/1/messages").await.expect(401);
    assert_eq!(phone.socket("/live").await.err(), Some(401));
    assert!(ada.get(LIST).await.expect(200).text().contains("That device is signed out."));

    let message = tablet.post(1, "Still here").await;
    for socket in &mut others {
        socket.wait_for_message(message).await;
    }
    ada.post_form::<&str>(&path, &[]).await.expect(404);
}

#[tokio::test]
async fn nobody_ends_sessions_of_others() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let nowhere = ada.get("/nowhere").await.expect(404).text();
    let id = own_id(&grace).await;
    for id in [id, 4_000_000] {
        let path = format!("{LIST}/{id}/delete");
        let answer = ada.post_form::<&str>(&path, &[]).await.expect(404);
        assert_eq!(answer.text(), nowhere);
    }
    grace.get(LIST).await.expect(200);
    app.visitor().get(LIST).await.expect(303);
}

#[tokio::test]
async fn ending_all_others_leaves_this_one() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let others = [ada.at_another_browser().await, ada.at_another_browser().await];
    let mut sockets = [others[0].live(1, 0).await, others[1].live(1, 0).await];
    let mut own = ada.live(1, 0).await;
    let asked = Instant::now();
    ada.post_form::<&str>(&format!("{LIST}/delete"), &[]).await.expect(303);
    for socket in &mut sockets {
        assert_eq!(socket.expect_close().await, SIGNED_OUT);
    }
    took(asked);
    for other in &others {
        other.get("/rooms/1").await.expect(303);
    }
    let message = grace.post(1, "Who is there?").await;
    own.wait_for_message(message).await;
    assert_eq!(app.database().count("sessions where user_id = 1"), 1);
}

#[tokio::test]
async fn signing_out_ends_the_sockets_and_the_push_subscription_of_this_device() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let phone = ada.at_another_browser().await;
    let (desk, mobile) = (own_id(&ada).await, own_id(&phone).await);
    app.term_and_wait().await;
    let rows: Vec<String> = [desk, mobile]
        .iter()
        .map(|id| {
            format!(
                "insert into push_subscriptions
                 (user_id, session_id, endpoint, p256dh_key, auth_key, user_agent, created_at)
                 values (1, {id}, 'https://push.example/{id}', 'k', 'a', 'x', 0);"
            )
        })
        .collect();
    crate::support::database::alter_stopped(&app.data_dir(), &rows.concat());
    app.start_again();

    let mut socket = phone.live(1, 0).await;
    let asked = Instant::now();
    // From the list as well as by the button on the profile.
    let path = format!("{LIST}/{mobile}/delete");
    assert_eq!(phone.post_form::<&str>(&path, &[]).await.expect(303).location(), "/session/new");
    assert_eq!(socket.expect_close().await, SIGNED_OUT);
    took(asked);
    let left: Vec<i64> = app.database().all("select session_id from push_subscriptions", []);
    assert_eq!(left, [desk]);
    ada.post_form::<&str>("/session/delete", &[]).await.expect(303);
    assert_eq!(app.database().count("push_subscriptions"), 0);
}

#[tokio::test]
async fn what_is_idle_or_old_ends_by_the_clock() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let (idle, old) = (ada.at_another_browser().await, ada.at_another_browser().await);
    let (idle_id, old_id) = (own_id(&idle).await, own_id(&old).await);
    app.term_and_wait().await;
    let day = 86_400_000_i64;
    crate::support::database::alter_stopped(
        &app.data_dir(),
        &format!(
            "update sessions set last_active_at = last_active_at - {} where id = {idle_id};
             update sessions set created_at = created_at - {} where id = {old_id};",
            30 * day,
            180 * day
        ),
    );
    app.start_again();
    idle.get("/rooms/1").await.expect(303);
    old.get("/rooms/1").await.expect(303);
    ada.get("/rooms/1").await.expect(200);
    let page = ada.get(LIST).await.expect(200).text();
    assert_eq!(html::text_of(&page).matches("last seen").count(), 1);
}

#[tokio::test]
async fn activity_is_noted_with_its_address_at_most_hourly() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let seen = |app: &App| -> i64 { app.database().one("select last_active_at from sessions", []) };
    let before = seen(&app);
    ada.get("/rooms/1").await.expect(200);
    assert_eq!(seen(&app), before);
    app.term_and_wait().await;
    let hour_ago =
        "update sessions set last_active_at = last_active_at - 3600000, ip_address = 'x'";
    crate::support::database::alter_stopped(&app.data_dir(), hour_ago);
    app.start_again();
    let request = ada.request(Method::GET, "/rooms/1").header("User-Agent", "Later/1.0");
    let answer = ada.send(request).await.expect(200);
    assert!(answer.headers("set-cookie").iter().any(|c| c.starts_with("session_http=")), "renewed");
    assert!(seen(&app) >= before);
    let place: String =
        app.database().one("select ip_address || ' ' || user_agent from sessions", []);
    assert_eq!(place, "127.0.0.1 Later/1.0");
}
