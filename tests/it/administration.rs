//! Roles and removals: who may, what follows at once, and the last administrator who always stays.

use crate::support::{App, PASSWORD, Person};

fn id_of(app: &App, name: &str) -> i64 {
    app.database().one("select id from users where name = ?1", [name])
}

fn administrators(app: &App) -> Vec<String> {
    let sql =
        "select name from users where role = 'administrator' and status = 'active' order by name";
    app.database().all(sql, [])
}

async fn set_role(by: &Person, id: i64, role: &str) -> u16 {
    by.post_form(&format!("/account/users/{id}"), &[("role", role)]).await.status()
}

async fn remove(by: &Person, id: i64) -> u16 {
    by.post_form::<&str>(&format!("/account/users/{id}/delete"), &[]).await.status()
}

#[tokio::test]
async fn an_administrator_makes_another_one_and_takes_it_back() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let id = id_of(&app, "Grace");
    grace.get("/account/custom_styles/edit").await.expect(403);
    let answer = ada
        .post_form(&format!("/account/users/{id}"), &[("role", "administrator")])
        .await
        .expect(303);
    assert_eq!(answer.location(), "/account/edit");
    assert_eq!(administrators(&app), ["Ada", "Grace"]);
    grace.get("/account/custom_styles/edit").await.expect(200);

    for role in ["bot", "owner", ""] {
        assert_eq!(set_role(&ada, id, role).await, 303);
        assert_eq!(administrators(&app), ["Ada"], "{role:?} is a member");
    }
    // In force when it is answered.
    grace.get("/account/custom_styles/edit").await.expect(403);
    assert_eq!(set_role(&grace, id, "administrator").await, 403);
    assert_eq!(set_role(&ada, 987_654, "member").await, 404);
    assert!(app.log().contains("a role was changed"));
}

#[tokio::test]
async fn scripts_get_the_persons_line_back() {
    let app = App::start();
    let ada = app.first_run().await;
    app.join("Grace").await;
    let (ada_id, id) = (id_of(&app, "Ada"), id_of(&app, "Grace"));
    let path = format!("/account/users/{id}");
    let row = ada.post_fragment(&path, &[("role", "administrator")]).await.expect(200).text();
    assert!(row.starts_with(&format!("<li id=\"person_{id}\"")) && row.contains("Make a member"));
    let gone = ada.post_fragment::<&str>(&format!("{path}/delete"), &[]).await.expect(200);
    assert_eq!(gone.text(), "");
    let own = format!("/account/users/{ada_id}");
    let refused = ada.post_fragment(&own, &[("role", "member")]).await.expect(422).text();
    assert!(refused.contains("role=\"alert\"") && refused.contains("last administrator"));
    assert_eq!(administrators(&app), ["Ada"]);
}

#[tokio::test]
async fn the_last_administrator_stays_whatever_is_asked() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let (ada_id, grace_id) = (id_of(&app, "Ada"), id_of(&app, "Grace"));
    let page = ada.post_form(&format!("/account/users/{ada_id}"), &[("role", "member")]).await;
    assert!(page.expect(422).shown().contains("last administrator"));
    assert_eq!(remove(&ada, ada_id).await, 422);
    let ban = format!("/users/{ada_id}/ban");
    ada.post_form::<&str>(&ban, &[]).await.expect(422);
    for path in [format!("/account/users/{ada_id}"), format!("/account/users/{ada_id}/delete"), ban]
    {
        grace.post_form(&path, &[("role", "member")]).await.expect(403);
    }
    assert_eq!(administrators(&app), ["Ada"]);
    // With another one there, one may go, even by their own hand.
    assert_eq!(set_role(&ada, grace_id, "administrator").await, 303);
    assert_eq!(set_role(&ada, ada_id, "member").await, 303);
    assert_eq!(administrators(&app), ["Grace"]);
}

/// The last two administrators try to undo each other, and themselves, all at once.
#[tokio::test]
async fn in_any_race_one_administrator_stays() {
    let app = App::start();
    let ada = app.first_run().await;
    for round in 0..12 {
        let name = format!("Rival{round}");
        let rival = app.join(&name).await;
        let now = administrators(&app);
        assert_eq!(now.len(), 1, "round {round}");
        let ada_id = id_of(&app, "Ada");
        let rival_id = id_of(&app, &name);
        assert_eq!(set_role(&ada, rival_id, "administrator").await, 303);
        let mut race = Vec::new();
        for (by, target) in [(&ada, rival_id), (&rival, ada_id), (&ada, ada_id), (&rival, rival_id)]
        {
            let by = by.clone();
            race.push(tokio::spawn(async move {
                match round % 3 {
                    0 => set_role(&by, target, "member").await,
                    1 => remove(&by, target).await,
                    _ => by.post_form::<&str>(&format!("/users/{target}/ban"), &[]).await.status(),
                }
            }));
        }
        let mut done = 0;
        for runner in race {
            let status = runner.await.unwrap();
            assert!([303, 401, 403, 404, 422].contains(&status), "{status}");
            // 303 to the door is no success; the database decides below.
            done += i32::from(status == 303);
        }
        assert!(done >= 1, "round {round}: nobody got through");
        assert_eq!(administrators(&app).len(), 1, "round {round}: exactly one is left");
        // Set the stage again: Ada has to be the one.
        restore(&app, &ada, &rival, &name).await;
    }
}

/// Makes Ada the administrator again, by whoever is one now.
async fn restore(app: &App, ada: &Person, rival: &Person, name: &str) {
    if administrators(app) == ["Ada"] {
        return;
    }
    let ada_id = id_of(app, "Ada");
    let status: String = app.database().one("select status from users where name = 'Ada'", []);
    if status == "banned" {
        rival.post_form::<&str>(&format!("/users/{ada_id}/ban/delete"), &[]).await.expect(303);
        ada.sign_in().await.expect(303);
    }
    if status == "deactivated" {
        // The address is free again: another Ada takes the place of the first.
        let path = format!("/join/{}", app.join_code());
        let mut details = ada.details();
        details[0].1 = "Ada".into();
        ada.post_form(&path, &details).await.expect(303);
    }
    let ada_id: i64 =
        app.database().one("select id from users where name = 'Ada' and status = 'active'", []);
    let _ = set_role(rival, ada_id, "administrator").await;
    let rival_id = id_of(app, name);
    assert_eq!(set_role(rival, rival_id, "member").await, 303);
    assert_eq!(administrators(app), ["Ada"]);
}

#[tokio::test]
async fn who_is_removed_is_out_at_once_and_what_they_said_stays() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let id = id_of(&app, "Grace");
    let elsewhere = grace.at_another_browser().await;
    grace.post(1, "What I said").await;
    let mut sockets = [grace.live(1, 0).await, elsewhere.socket("/live").await.ok().unwrap()];
    let mut watching = ada.live(1, 0).await;

    assert_eq!(remove(&ada, id).await, 303);
    for socket in &mut sockets {
        assert_eq!(socket.expect_close().await, 4401);
    }
    for person in [&grace, &elsewhere] {
        person.get("/rooms/1").await.expect(303);
        assert_eq!(person.socket("/live?room=1&cursor=0").await.err(), Some(401));
    }
    ada.post(1, "After you").await;
    watching.wait_for("After you").await;
    assert!(sockets.iter().all(|s| !s.frames.iter().any(|frame| frame.contains("After you"))));

    let rows = app.database();
    assert_eq!(rows.one::<String>("select status from users where id = ?1", [id]), "deactivated");
    let address: String = rows.one("select email_address from users where id = ?1", [id]);
    assert!(address.starts_with("grace-deactivated-") && address.ends_with("@example.com"));
    for table in ["sessions", "memberships", "push_subscriptions", "searches", "transfers"] {
        assert_eq!(rows.count(&format!("{table} where user_id = {id}")), 0, "{table}");
    }
    assert!(ada.room_page(1).await.text().contains("What I said"));
    let page = ada.get(&format!("/users/{id}")).await.expect(200);
    assert!(page.shown().contains("no longer here"));
    assert_eq!(remove(&ada, id).await, 404);
    assert_eq!(set_role(&ada, id, "administrator").await, 404);
    grace.sign_in().await.expect(401);

    // The old address is free for somebody new.
    let again = app.join("Grace").await;
    assert_eq!(again.email_address(), "grace@example.com");
    assert_eq!(again.walk("/").await.0, "/rooms/1");
    assert_eq!(rows.count("users where name = 'Grace'"), 2);
}

#[tokio::test]
async fn a_removed_person_keeps_no_way_in_that_was_prepared() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let id = id_of(&app, "Grace");
    // Posting and signing in race the removal: whatever is answered, nothing is left behind.
    let posting = {
        let grace = grace.clone();
        tokio::spawn(async move {
            for n in 0..20 {
                let body = [("body", format!("Message {n}"))];
                grace.post_form("/rooms/1/messages", &body).await;
            }
        })
    };
    let entering = {
        let app_url = app.base_url();
        tokio::spawn(async move {
            for _ in 0..5 {
                Person::new("Grace", &app_url)
                    .sign_in_at("/session/new", "grace@example.com", PASSWORD)
                    .await;
            }
        })
    };
    assert_eq!(remove(&ada, id).await, 303);
    posting.await.unwrap();
    entering.await.unwrap();
    let rows = app.database();
    assert_eq!(rows.count(&format!("sessions where user_id = {id}")), 0);
    assert_eq!(rows.count(&format!("memberships where user_id = {id}")), 0);
    rows.assert_sound();
}
