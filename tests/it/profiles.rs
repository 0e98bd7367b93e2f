//! One's own profile: names, words, passwords, the look; and what the others see of it.

use reqwest::Method;

use crate::support::{App, PASSWORD, Person, html};

const PROFILE: &str = "/users/me/profile";
const NEW: &str = "eight campfires at dawn";

#[tokio::test]
async fn what_is_sent_changes_and_the_rest_stays() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let fields = [("name", " Grace \u{202E}Hopper "), ("bio", "I found the <moth>.")];
    let answer = grace.post_form(PROFILE, &fields).await.expect(303);
    assert_eq!(answer.location(), PROFILE);
    let page = grace.get(PROFILE).await.expect(200).text();
    assert!(page.contains("Saved."));
    assert!(!grace.get(PROFILE).await.text().contains("Saved."), "it is said once");
    let seen = ada.get("/users/2").await.expect(200).text();
    assert!(seen.contains("Grace Hopper") && html::text_of(&seen).contains("I found the <moth>."));
    assert!(!seen.contains("<moth>"));

    grace.post_form(PROFILE, &[("bio", "")]).await.expect(303);
    let row: (String, Option<String>) = (
        app.database().one("select name from users where id = 2", []),
        app.database().one("select bio from users where id = 2", []),
    );
    assert_eq!(row, ("Grace Hopper".to_owned(), None));
    // Fields nobody asked for, and other people's numbers, change nothing.
    let fields = [("role", "administrator"), ("id", "1"), ("user_id", "1"), ("status", "banned")];
    grace.post_form(PROFILE, &fields).await.expect(303);
    let roles: Vec<String> = app.database().all("select role || status from users order by id", []);
    assert_eq!(roles, ["administratoractive", "memberactive"]);
}

#[tokio::test]
async fn initials_change_their_address_with_the_name() {
    let app = App::start();
    let ada = app.first_run().await;
    let version = || -> Option<i64> {
        app.database().one("select avatar_changed_at from users where id = 1", [])
    };
    assert_eq!(version(), None);
    ada.post_form(PROFILE, &[("name", "Countess")]).await.expect(303);
    let first = version().expect("the initials are others now");
    ada.post_form(PROFILE, &[("name", "Countess"), ("bio", "x")]).await.expect(303);
    assert_eq!(version(), Some(first));
}

#[tokio::test]
async fn another_name_shows_on_ones_own_open_pages() {
    let app = App::start();
    let ada = app.first_run().await;
    let (room, account) = (ada.browser().await, ada.browser().await);
    room.goto("/rooms/1").await;
    room.wait_live().await;
    account.goto("/account/edit").await;
    account.wait_until("window.campfire?.state === 'live'").await;
    let mut socket = ada.live(1, 0).await;
    ada.post_form(PROFILE, &[("name", "Countess")]).await.expect(303);
    room.wait_text("#me", "Countess").await;
    socket.wait_for("id=\"me\"").await;
    // A page without a sidebar takes no offence.
    account.wait_text("#people", "Countess").await;
    room.assert_clean_console();
    account.assert_clean_console();
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_beside_its_field() {
    let app = App::start();
    let ada = app.first_run().await;
    app.join("Grace").await;
    let long = "x".repeat(201);
    for (field, value, needs_password) in [
        ("name", " \u{200B} ", false),
        ("name", &long[..101], false),
        ("bio", long.as_str(), false),
        ("email_address", "nonsense", true),
        ("email_address", "grace@example.com", true),
        ("password", "short", true),
    ] {
        let mut fields = vec![(field, value)];
        if needs_password {
            fields.push(("current_password", PASSWORD));
        }
        let page = ada.post_form(PROFILE, &fields).await.expect(422).text();
        assert!(page.contains(&format!("id=\"{field}_error\"")), "{field}: {value}");
        assert!(!page.contains(PASSWORD) && !page.contains("value=\"short\""));
    }
    let (name, address): (String, String) = (
        app.database().one("select name from users where id = 1", []),
        app.database().one("select email_address from users where id = 1", []),
    );
    assert_eq!((name.as_str(), address.as_str()), ("Ada", "ada@example.com"));
}

#[tokio::test]
async fn another_password_needs_the_old_one_and_ends_the_other_sessions() {
    let app = App::start();
    let ada = app.first_run().await;
    let phone = ada.at_another_browser().await;
    let mut socket = phone.live(1, 0).await;
    let mut own = ada.live(1, 0).await;
    for current in ["", "wrong wrong", NEW] {
        let fields = [("password", NEW), ("current_password", current)];
        let page = ada.post_form(PROFILE, &fields).await.expect(422).text();
        assert!(page.contains("id=\"current_password_error\""));
    }
    ada.post_form(PROFILE, &[("password", NEW)]).await.expect(422);
    phone.get("/rooms/1").await.expect(200);

    let fields = [("password", NEW), ("current_password", PASSWORD)];
    ada.post_form(PROFILE, &fields).await.expect(303);
    assert_eq!(socket.expect_close().await, 4401);
    phone.get("/rooms/1").await.expect(303);
    let message = ada.post(1, "Still here").await;
    own.wait_for_message(message).await;
    let laptop = app.visitor();
    laptop.sign_in_at("/session/new", "ada@example.com", PASSWORD).await.expect(401);
    laptop.sign_in_at("/session/new", "ada@example.com", NEW).await.expect(303);
}

#[tokio::test]
async fn another_address_needs_the_password_and_ends_the_other_sessions() {
    let app = App::start();
    let ada = app.first_run().await;
    let phone = ada.at_another_browser().await;
    ada.post_form(PROFILE, &[("email_address", "lovelace@example.com")]).await.expect(422);
    // The form as it is sent when nothing was changed.
    ada.post_form(PROFILE, &[("email_address", "ADA@example.com")]).await.expect(303);
    phone.get("/rooms/1").await.expect(200);
    let fields = [("email_address", "Lovelace@Example.com"), ("current_password", PASSWORD)];
    ada.post_form(PROFILE, &fields).await.expect(303);
    phone.get("/rooms/1").await.expect(303);
    let laptop = app.visitor();
    laptop.sign_in_at("/session/new", "ada@example.com", PASSWORD).await.expect(401);
    laptop.sign_in_at("/session/new", "lovelace@example.com", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn of_two_password_changes_at_once_one_wins() {
    let app = App::start();
    let ada = app.first_run().await;
    let race: Vec<_> = (0..6)
        .map(|n| {
            let ada = ada.clone();
            tokio::spawn(async move {
                let new = format!("password number {n}");
                let fields = [("password", new.as_str()), ("current_password", PASSWORD)];
                ada.post_form(PROFILE, &fields).await.status()
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for runner in race {
        statuses.push(runner.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn guessing_the_current_password_is_limited() {
    let app = App::with(|settings| {
        settings.set("RATE_LIMITS", "on");
    });
    let ada = app.first_run().await;
    let mut last = 0;
    for n in 0..11 {
        let fields = [("password", NEW), ("current_password", &*format!("guess number {n}"))];
        last = ada.post_form(PROFILE, &fields).await.status();
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn the_look_is_chosen_for_a_device() {
    let app = App::start();
    let ada = app.first_run().await;
    let marked = |page: &str| html::between(page, "<html", ">").unwrap().to_owned();
    assert!(!marked(&ada.get(PROFILE).await.text()).contains("data-theme"));
    for theme in ["dark", "light"] {
        let answer = ada.post_form("/users/me/theme", &[("theme", theme)]).await.expect(303);
        assert!(answer.headers("set-cookie").iter().any(|c| c.contains("HttpOnly")));
        for path in [PROFILE, "/rooms/1", "/nowhere", "/session/new"] {
            let html = marked(&ada.get(path).await.text());
            assert!(html.contains(&format!("data-theme=\"{theme}\"")), "{path}: {html}");
        }
    }
    ada.post_form("/users/me/theme", &[("theme", "system")]).await.expect(303);
    assert!(!marked(&ada.get("/rooms/1").await.text()).contains("data-theme"));
    ada.post_form("/users/me/theme", &[("theme", "dark\" onload=\"x")]).await.expect(422);
    // What others put into the cookie is not believed.
    let visitor = app.visitor();
    for planted in ["pink", "dark\"x", "<script>", "DARK"] {
        let cookie = format!("theme={planted}; notice=<b>you won</b>; transfer=x");
        let request = visitor.request(Method::GET, "/session/new").header("Cookie", cookie);
        let page = visitor.send(request).await.expect(200).text();
        assert!(!marked(&page).contains("data-theme") && !page.contains("you won"));
    }
}

#[tokio::test]
async fn what_somebody_may_know_of_another() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    app.join("Linus").await;
    grace.post_form(PROFILE, &[("bio", "About Grace")]).await.expect(303);
    let page = |person: &Person, id: i64| {
        let person = person.clone();
        async move { person.get(&format!("/users/{id}")).await.expect(200).text() }
    };
    let seen = page(&grace, 1).await;
    assert!(seen.contains("action=\"/rooms/directs\"") && seen.contains(">Ping<"));
    assert!(!seen.contains("ada@example.com"), "addresses are for administrators");
    let own = page(&grace, 2).await;
    assert!(!own.contains(">Ping<") && own.contains("href=\"/users/me/profile\""));
    grace.get("/users/99").await.expect(404);
    grace.get("/users/x").await.expect(404);
    app.term_and_wait().await;
    let gone = "update users set status = 'deactivated' where name = 'Grace'";
    crate::support::database::alter_stopped(&app.data_dir(), gone);
    app.start_again();
    let seen = page(&ada, 2).await;
    assert!(seen.contains("Grace") && seen.contains("no longer here"));
    for hidden in ["About Grace", "grace@example.com", ">Ping<", "/users/2/transfers"] {
        assert!(!seen.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn everything_works_without_script() {
    let app = App::start();
    let ada = app.first_run().await;
    let phone = ada.at_another_browser().await;
    let browser = phone.browser().await;
    browser.forgive("422");
    browser.set_scripting(false).await;
    browser.goto(PROFILE).await;
    browser.screenshot("profile-without-script").await;
    browser.fill("input[name=name]", "Ada Lovelace").await;
    browser.fill("textarea[name=bio]", "Countess").await;
    browser.click("form[enctype] button.primary").await;
    browser.wait_text(".flash", "Saved.").await;
    browser.wait_text("h1", "Ada Lovelace").await;

    browser.fill("input[name=password]", NEW).await;
    browser.fill("input[name=current_password]", "not it").await;
    browser.click("#sign_in button").await;
    browser.wait_text("#current_password_error", "not your current password").await;
    browser.fill("input[name=password]", NEW).await;
    browser.fill("input[name=current_password]", PASSWORD).await;
    browser.click("#sign_in button").await;
    browser.wait_text(".flash", "signed out").await;
    ada.get("/rooms/1").await.expect(303);

    browser.click("input[name=theme][value=dark]").await;
    browser.click("form[action='/users/me/theme'] button").await;
    browser.wait_for("html[data-theme=dark]").await;
    browser.click("form[action='/users/me/transfers'] button").await;
    browser.wait_for("#transfer_url").await;
    browser.wait_until("document.querySelector('.qr-code').naturalWidth > 0").await;
    browser.click("#transfer a[href='/users/me/sessions']").await;
    browser.wait_path("/users/me/sessions").await;
    browser.click(".devices button").await;
    browser.wait_path("/session/new").await;
    assert_eq!(app.database().count("sessions"), 0);
    browser.assert_clean_console();
}

#[tokio::test]
async fn with_script_the_picture_shows_before_it_is_sent_and_sharing_only_where_it_works() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.goto(PROFILE).await;
    browser
        .eval(
            "(async () => {
                const canvas = document.createElement('canvas');
                const blob = await new Promise((done) => canvas.toBlob(done));
                const files = new DataTransfer();
                files.items.add(new File([blob], 'me.png', { type: 'image/png' }));
                const input = document.querySelector('input[name=avatar]');
                input.files = files.files;
                input.dispatchEvent(new Event('change', { bubbles: true }));
            })()",
        )
        .await;
    browser.wait_until("document.querySelector('.chosen')?.naturalWidth > 0").await;
    browser.click("form[enctype] button.primary").await;
    browser.wait_text(".flash", "Saved.").await;
    browser.wait_for("button[form=remove_picture]").await;
    browser.screenshot("profile").await;
    browser.goto("/account/edit").await;
    let hidden = "document.querySelector('[data-share]').hidden === !navigator.share";
    assert_eq!(browser.eval(hidden).await, true);
    browser.click(".qr summary").await;
    browser.wait_until("document.querySelector('.qr-code').naturalWidth > 0").await;
    browser.assert_clean_console();
}
