//! What another app hands over goes into the room that is chosen, and nowhere before that.

use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::support::{Answer, App, Person, html};

/// What the page's form would send to a room.
fn filled(page: &str) -> Vec<(String, String)> {
    let form = html::between(page, "<form class=\"stack share\"", "</form>").unwrap();
    let mut fields: Vec<(String, String)> = html::tags(form)
        .into_iter()
        .filter(|tag| tag.starts_with("<input"))
        .map(|tag| {
            let value = |name| html::unescape(html::attribute(tag, name).unwrap_or_default());
            (value("name"), value("value"))
        })
        .collect();
    let body = html::between(form, "<textarea", "</textarea>").unwrap();
    let body = html::unescape(body.split_once(">\n").unwrap().1);
    fields.push(("body".into(), body));
    fields
}

async fn send(person: &Person, page: &str, room: i64) -> Answer {
    let fields = filled(page);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    person.post_form(&format!("/rooms/{room}/messages"), &fields).await
}

fn files(files: &[(&str, &[u8])]) -> Form {
    files.iter().fold(Form::new(), |form, (name, bytes)| {
        let part = Part::bytes(bytes.to_vec()).file_name((*name).to_owned());
        form.part("attachments", part)
    })
}

#[tokio::test]
async fn a_text_and_a_link_wait_until_a_room_is_chosen() {
    let app = App::start();
    let ada = app.first_run().await;
    let shared = "/share?title=Soup&text=Soup+%3Ctoday%3E&url=https%3A%2F%2Fexample.com%2Fa";
    let page = ada.get(shared).await.expect(200).text();
    assert!(page.contains("formaction=\"/rooms/1/messages\""));
    assert!(page.contains("Soup &#60;today&#62;\nhttps://example.com/a</textarea>"), "said once");
    assert_eq!(app.database().count("messages"), 0);
    let sent = send(&ada, &page, 1).await.expect(303);
    assert_eq!(sent.location(), "/rooms/1#message_1");
    // Sent again it is the same message.
    send(&ada, &page, 1).await.expect(303);
    assert_eq!(app.database().count("messages"), 1);
    assert!(ada.room_page(1).await.text().contains("Soup &lt;today&gt;"));
    ada.get("/share").await.expect(200);
    ada.get("/share?text=%ff%00&text=x&uploads=9&uploads=x").await.expect(200);
}

#[tokio::test]
async fn files_go_along_and_belong_to_who_shared_them() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let form = files(&[("plan.txt", b"seven ladders"), ("list.txt", b"nails")]);
    let request = ada.request(Method::POST, "/share").multipart(form.text("text", "The roof"));
    let to = ada.send(request).await.expect(303).location();
    assert_eq!(to, "/share?text=The%20roof&uploads=1&uploads=2");
    let page = ada.get(&to).await.expect(200).text();
    assert!(page.contains("plan.txt") && page.contains("list.txt"));
    assert!(!grace.get(&to).await.expect(200).text().contains("plan.txt"));
    send(&ada, &page, 1).await.expect(303);
    let room = grace.room_page(1).await.text();
    for piece in ["The roof", "plan.txt", "list.txt"] {
        assert!(room.contains(piece), "{piece}");
    }
    assert!(!ada.get(&to).await.expect(200).text().contains("plan.txt"), "it is posted now");
}

#[tokio::test]
async fn what_is_too_much_is_said_and_the_text_is_kept() {
    let app = App::with(|settings| {
        settings.set("MAX_UPLOAD_MB", "1");
    });
    let ada = app.first_run().await;
    let form = files(&[("film.mov", &vec![0; 2 << 20])]).text("text", "Look");
    let request = ada.request(Method::POST, "/share").multipart(form);
    let page = ada.send(request).await.expect(413).text();
    assert!(page.contains("“film.mov” is too large") && page.contains("Look</textarea>"));
    let long = "水泵".repeat(2_000);
    let page = ada.post_form("/share", &[("text", &long)]).await.expect(200).text();
    assert!(page.contains(&format!("{long}</textarea>")), "too long for an address");
    send(&ada, &page, 1).await.expect(303);
    let form = ada.bare(Method::POST, "/share").header("Sec-Fetch-Site", "cross-site");
    ada.send(form.form(&[("text", "x")])).await.expect(403);
    // A system's own sharing comes from no page.
    let form = ada.bare(Method::POST, "/share").header("Sec-Fetch-Site", "none");
    ada.send(form.form(&[("text", "x")])).await.expect(303);
}

#[tokio::test]
async fn without_files_on_the_server_none_are_asked_for() {
    let app = App::with(|settings| {
        settings.set("FILES_ENABLED", "false");
    });
    let ada = app.first_run().await;
    let target = ada.get("/webmanifest").await.expect(200).json()["share_target"].clone();
    assert_eq!((&target["method"], &target["params"]["files"]), (&"GET".into(), &().into()));
    let request = ada.request(Method::POST, "/share").multipart(files(&[("a.txt", b"a")]));
    let page = ada.send(request).await.expect(403).text();
    assert!(page.contains("Files are switched off on this server."));
}
