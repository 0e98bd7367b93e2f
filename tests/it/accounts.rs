//! The account page: settings, logo, styles, join code, and the list of people.

use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::support::{Answer, App, Person, html};

async fn upload(by: &Person, path: &str, bytes: Vec<u8>) -> Answer {
    let form = Form::new().part("logo", Part::bytes(bytes).file_name("logo.png"));
    by.send(by.request(Method::POST, path).multipart(form)).await
}

/// A PNG in one colour.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([200, 30, 30]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn size_of_logo(by: &Person, path: &str) -> (u32, u32) {
    let answer = by.get(path).await.expect(200);
    assert_eq!(answer.header("content-type"), "image/png");
    let reader = image::ImageReader::with_format(
        std::io::Cursor::new(answer.bytes().to_vec()),
        image::ImageFormat::Png,
    );
    reader.into_dimensions().unwrap()
}

fn stored_files(app: &App) -> usize {
    let mut count = 0;
    for shelf in std::fs::read_dir(app.data_dir().join("files")).unwrap() {
        count += std::fs::read_dir(shelf.unwrap().path()).map_or(0, Iterator::count);
    }
    count
}

#[tokio::test]
async fn settings_are_saved_and_wrong_ones_come_back_with_a_reason() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let restriction = "restrict_room_creation_to_administrators";
    let page = ada.get("/account/edit").await.expect(200).text();
    assert!(page.contains("action=\"/account\"") && page.contains(restriction));
    let page = grace.get("/account/edit").await.expect(200).text();
    assert!(!page.contains("action=\"/account\"") && !page.contains("/account/users/"));

    let answer =
        ada.post_form("/account", &[("name", " Hill & <Dale> "), (restriction, "true")]).await;
    assert_eq!(answer.expect(303).location(), "/account/edit");
    let rows = app.database();
    let settings = || -> (String, i64) {
        (
            rows.one("select name from accounts", []),
            rows.one("select restrict_room_creation from accounts", []),
        )
    };
    assert_eq!(settings(), ("Hill & <Dale>".into(), 1));
    let page = ada.get("/account/edit").await.expect(200);
    assert!(page.shown().contains("Saved.") && page.shown().contains("Hill & <Dale>"));
    assert!(!ada.get("/account/edit").await.shown().contains("Saved."), "said once");

    // What does not come stays as it is; what nobody asked for changes nothing.
    ada.post_form("/account", &[("join_code", "mine"), ("id", "2"), ("logo_key", "x")])
        .await
        .expect(303);
    ada.post_form("/account", &[(restriction, "0")]).await.expect(303);
    assert_eq!(settings(), ("Hill & <Dale>".into(), 0));
    assert_ne!(app.join_code(), "mine");
    for (field, value) in
        [("name", " "), ("name", "x".repeat(101).as_str()), (restriction, "maybe")]
    {
        let page = ada.post_form("/account", &[(field, value)]).await.expect(422).text();
        assert!(page.contains("class=\"error\""), "{field}={value}");
    }
    let both = [("name", ""), (restriction, "true")];
    ada.post_form("/account", &both).await.expect(422);
    assert_eq!(settings(), ("Hill & <Dale>".into(), 0), "all or nothing");
    grace.post_form("/account", &[("name", "Mine")]).await.expect(403);
}

#[tokio::test]
async fn a_new_join_code_kills_the_old_link() {
    let app = App::start();
    let ada = app.first_run().await;
    let old = app.join_code();
    let answer = ada.post_form::<&str>("/account/join_code", &[]).await.expect(303);
    assert_eq!(answer.location(), "/account/edit");
    let new = app.join_code();
    assert_ne!(new, old);
    let visitor = app.visitor();
    visitor.get(&format!("/join/{old}")).await.expect(404);
    visitor.get(&format!("/join/{new}")).await.expect(200);
    let page = ada.get("/account/edit").await.text();
    assert!(page.contains(&new) && !page.contains(&old));
}

#[tokio::test]
async fn a_logo_comes_in_two_sizes_and_goes_again() {
    let app = App::start();
    let visitor = app.visitor();
    let (large, small) = ("/account/logo", "/account/logo?size=small");
    assert_eq!(size_of_logo(&visitor, large).await, (512, 512), "before there is an account");
    assert_eq!(size_of_logo(&visitor, small).await, (192, 192));

    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let answer = upload(&ada, "/account/logo", png(1200, 600)).await.expect(303);
    assert_eq!(answer.location(), "/account/edit");
    assert_eq!(size_of_logo(&visitor, large).await, (512, 256), "whole, not cut");
    assert_eq!(size_of_logo(&visitor, small).await, (192, 96));
    let answer = visitor.get(large).await;
    assert_eq!(
        answer.header("cache-control"),
        "public, max-age=300, stale-while-revalidate=604800"
    );
    let known = visitor.request(Method::GET, large).header("If-None-Match", answer.header("etag"));
    visitor.send(known).await.expect(304);
    let page = visitor.get("/session/new").await.text();
    let shown = html::between(&page, "<img class=\"logo\" src=\"", "\"").unwrap().to_owned();
    assert!(shown.starts_with("/account/logo?v="), "{shown}");
    assert_eq!(stored_files(&app), 2);

    upload(&ada, "/account", png(40, 30)).await.expect(303);
    assert_eq!(size_of_logo(&visitor, large).await, (40, 30), "small ones do not grow");
    let page = visitor.get("/session/new").await.text();
    assert!(!page.contains(&shown), "the address changes with the picture");

    for (bytes, why) in [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "not a picture"),
        (png(9, 9)[..40].to_vec(), "damaged"),
        (Vec::new(), "Choose a picture"),
        (vec![0; 11 * 1024 * 1024], "10 MB"),
    ] {
        let page = upload(&ada, "/account/logo", bytes).await.expect(422);
        assert!(page.text().contains("id=\"logo_error\"") && page.shown().contains(why), "{why}");
    }
    assert_eq!(size_of_logo(&visitor, large).await, (40, 30), "and the logo stays");
    upload(&grace, "/account/logo", png(9, 9)).await.expect(403);
    grace.post_form::<&str>("/account/logo/delete", &[]).await.expect(403);

    ada.post_form::<&str>("/account/logo/delete", &[]).await.expect(303);
    assert_eq!(size_of_logo(&visitor, large).await, (512, 512), "the stock one is back");
    crate::support::within("the files of old logos go", async {
        while stored_files(&app) > 0 || app.database().count("jobs") > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn styles_are_a_file_of_their_own_on_every_page() {
    let app = App::start();
    let (ada, visitor) = (app.first_run().await, app.visitor());
    visitor.get("/account/custom_styles.css").await.expect(404);
    let css = "body::after { content: \"</style><script>alert(1)</script>\" }\r\n";
    let saved =
        ada.post_form("/account/custom_styles", &[("custom_styles", css)]).await.expect(303);
    assert_eq!(saved.location(), "/account/custom_styles/edit");
    for person in [&visitor, &ada] {
        let page = person.walk("/session/new").await.1.text();
        assert!(!page.contains("alert(1)"), "never in a page");
        let link = html::between(&page, "href=\"/account/custom_styles.css", "\"").unwrap();
        let served = person.get(&format!("/account/custom_styles.css{link}")).await.expect(200);
        assert_eq!(served.header("content-type"), "text/css; charset=utf-8");
        assert_eq!(served.text(), css.replace("\r\n", "\n"));
    }
    let page = ada.get("/account/custom_styles/edit").await.expect(200).text();
    assert!(!page.contains("</style>") && !page.contains("custom_styles.css"), "always usable");

    let large = "x".repeat(64 * 1024);
    ada.post_form("/account/custom_styles", &[("custom_styles", &large)]).await.expect(303);
    let refused = ada
        .post_form("/account/custom_styles", &[("custom_styles", large + "y")])
        .await
        .expect(422);
    assert!(refused.shown().contains("at most 64 KiB") && refused.text().contains("xxxy"));
    ada.post_form("/account/custom_styles", &[("custom_styles", " \n ")]).await.expect(303);
    visitor.get("/account/custom_styles.css").await.expect(404);
    assert!(!visitor.get("/session/new").await.text().contains("custom_styles"));
}

#[tokio::test]
async fn people_are_listed_in_order_found_by_name_and_paged() {
    let mut app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("grace").await);
    app.term_and_wait().await;
    crate::support::database::alter_stopped(
        &app.data_dir(),
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 600)
         insert into users (name, email_address, created_at)
         select printf('Émile %03d', i), 'e' || i || '@example.com', 0 from n;
         insert into users (name, role, status, created_at) values
             ('Zoe', 'administrator', 'active', 0), ('Bell', 'bot', 'active', 0),
             ('Gone', 'member', 'deactivated', 0), ('Mallory', 'member', 'banned', 0);",
    );
    app.start_again();
    let names = |page: &str| -> Vec<String> {
        page.split("<span class=\"name\" dir=\"auto\">")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    };
    let first = ada.get("/account/edit").await.expect(200).text();
    let listed = names(&first);
    assert_eq!(listed.len(), 500);
    assert_eq!(listed[..3], ["Ada", "Zoe", "grace"]);
    assert!(html::text_of(&first).contains("604 people"));
    let second = names(&ada.get("/account/edit?page=2").await.expect(200).text());
    assert_eq!(second.len(), 104);
    assert!(second.iter().all(|name| !listed.contains(name)));
    assert!(!second.contains(&"Gone".into()) && !second.contains(&"Bell".into()));

    let found = ada.get("/account/edit?q=%C3%A9mile+59").await.expect(200).text();
    assert_eq!(names(&found).len(), 10, "whatever the case, also beyond ASCII");
    assert!(found.contains("value=\"émile 59\""));
    let piece = ada.get_fragment("/account/edit?q=MALL").await.expect(200).text();
    assert!(piece.starts_with("<div id=\"people\">") && names(&piece) == ["Mallory"]);
    assert!(names(&grace.get_fragment("/account/edit?q=mall").await.text()).is_empty());
    for odd in ["q=%25", "q=_", "q=%22%3E%3Cb%3E", "page=0", "page=99999999999999999999", "page=x"]
    {
        let page = ada.get(&format!("/account/edit?{odd}")).await.expect(200).text();
        assert!(!page.contains("\"><b>"), "{odd}");
    }
}

#[tokio::test]
async fn a_browser_finds_people_while_typing_and_sees_who_comes() {
    let app = App::start();
    let ada = app.first_run().await;
    for name in ["Grace", "Linus", "Barbara"] {
        app.join(name).await;
    }
    let browser = ada.browser().await;
    browser.goto("/account/edit").await;
    browser.wait_until("window.campfire?.state === 'live'").await;
    assert_eq!(browser.count("#people li[id]").await, 4);
    browser.fill("#people_q", "in").await;
    browser.wait_until("document.querySelectorAll('#people li[id]').length === 1").await;
    browser.wait_text("#people", "Linus").await;
    // Somebody joins: the list is asked for again, with what was typed.
    app.join("Ingrid").await;
    browser.wait_text("#people", "Ingrid").await;
    assert_eq!(browser.count("#people li[id]").await, 2);

    let id: i64 = app.database().one("select id from users where name = 'Linus'", []);
    browser.click(&format!("#person_{id} .handle summary")).await;
    browser.click(&format!("#person_{id} .handles > form button")).await;
    browser.wait_text(&format!("#person_{id} .badge"), "administrator").await;
    let role: String = app.database().one("select role from users where id = ?1", [id]);
    assert_eq!(role, "administrator");
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_browser_without_script_finds_and_removes_people() {
    let app = App::start();
    let ada = app.first_run().await;
    app.join("Grace").await;
    app.join("Linus").await;
    let browser = ada.browser().await;
    browser.set_scripting(false).await;
    browser.goto("/account/edit").await;
    browser.fill("#people_q", "gra").await;
    browser.click("#people_filter button").await;
    browser.wait_until("document.querySelectorAll('#people li[id]').length === 1").await;
    browser.wait_text("#people", "Grace").await;
    let id: i64 = app.database().one("select id from users where name = 'Grace'", []);
    browser.click(&format!("#person_{id} .handle > summary")).await;
    browser.click(&format!("#person_{id} .sure > summary")).await;
    browser.click(&format!("#person_{id} .sure button")).await;
    browser.wait_text(".flash", "removed").await;
    let status: String = app.database().one("select status from users where id = ?1", [id]);
    assert_eq!(status, "deactivated");
    browser.assert_clean_console();
}
