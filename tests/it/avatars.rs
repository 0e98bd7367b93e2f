//! Pictures of people: what is taken, what is refused, and what the others get to see.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::support::{Answer, App, PASSWORD, Person, html};

const PROFILE: &str = "/users/me/profile";

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x % 251) as u8, (y % 241) as u8, 90]);
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// A small file that claims to be 20,000 pixels wide and high.
fn bomb() -> Vec<u8> {
    let mut gif = picture(8, 8, ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x20, 0x4E, 0x20, 0x4E]);
    gif
}

async fn send(person: &Person, bytes: Vec<u8>, name: &str, kind: &str) -> Answer {
    let file = Part::bytes(bytes).file_name(name.to_owned()).mime_str(kind).unwrap();
    let form = Form::new().text("name", person.name.clone()).part("avatar", file);
    person.send(person.request(Method::POST, PROFILE).multipart(form)).await
}

/// Stored files, without the folders they are in.
fn files(app: &App) -> usize {
    fn count(folder: &Path) -> usize {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| if path.is_dir() { count(&path) } else { 1 })
            .sum()
    }
    count(&app.data_dir().join("files"))
}

fn avatar_url(page: &str) -> String {
    let image = page.split("<img class=\"avatar\"").nth(1).expect("the page shows a picture");
    html::attribute(image, "src").unwrap().to_owned()
}

async fn current_url(person: &Person) -> String {
    avatar_url(&person.get(PROFILE).await.expect(200).text())
}

#[tokio::test]
async fn a_picture_is_squared_shown_and_taken_away() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let initials = current_url(&ada).await;
    let svg = grace.get(&initials).await.expect(200);
    assert!(svg.header("content-type").starts_with("image/svg+xml"));

    send(&ada, picture(900, 700, ImageFormat::Jpeg), "me.jpg", "image/jpeg").await.expect(303);
    let first = current_url(&ada).await;
    assert_ne!(first, initials, "the address changes with the picture");
    let shown = grace.get(&first).await.expect(200);
    assert!(["image/png", "image/webp"].contains(&shown.header("content-type")));
    assert!(shown.header("content-security-policy").contains("sandbox"));
    assert!(shown.header("content-disposition").starts_with("inline"));
    let cached = shown.header("cache-control");
    assert!(cached.contains("private") && cached.contains("immutable"), "{cached}");
    let seen = image::load_from_memory(shown.bytes()).unwrap();
    assert_eq!((seen.width(), seen.height()), (512, 512));

    let tag = shown.header("etag").to_owned();
    let again = grace.request(Method::GET, &first).header("If-None-Match", tag);
    assert!(grace.send(again).await.expect(304).bytes().is_empty());
    let other = grace.get("/users/1/avatar?v=7").await.expect(200);
    assert!(other.header("cache-control").contains("no-cache"), "only the current address is kept");
    let out = app.visitor().get(&first).await.expect(303);
    assert!(out.location().starts_with("/session/new"));

    send(&ada, picture(40, 30, ImageFormat::Gif), "me.gif", "image/gif").await.expect(303);
    assert_ne!(current_url(&ada).await, first);
    assert_eq!(files(&app), 1, "the file of the replaced picture is gone");
    ada.post_form::<&str>("/users/me/avatar/delete", &[]).await.expect(303);
    let last = current_url(&ada).await;
    let svg = grace.get(&last).await.expect(200);
    assert!(svg.header("content-type").starts_with("image/svg+xml"));
    assert_eq!(files(&app), 0);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_in_words() {
    let app = App::start();
    let ada = app.first_run().await;
    let png = picture(64, 64, ImageFormat::Png);
    let polyglot = [b"GIF89a/*".as_slice(), b"*/=1;alert(1)//<script>alert(1)</script>"].concat();
    let cases = [
        ("lies.png", b"<html><script>alert(1)</script>".to_vec(), "not a picture"),
        ("lies.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "not a picture"),
        ("lies.webp", b"RIFF\x10\0\0\0WAVEfmt ".to_vec(), "not a picture"),
        ("empty.png", Vec::new(), "empty"),
        ("half.png", png[..png.len() / 2].to_vec(), "damaged"),
        ("polyglot.gif", polyglot, "picture"),
        ("bomb.gif", bomb(), "megapixels"),
    ];
    for (name, bytes, reason) in cases {
        let page = send(&ada, bytes, name, "image/png").await.expect(422).text();
        let error = html::between(&page, "id=\"avatar_error\">", "<").unwrap_or_default();
        assert!(error.contains(reason), "{name}: {error:?}");
        assert!(page.contains("value=\"Ada\""), "{name}: the rest of the form is kept");
    }
    let big = vec![0; 11 * 1024 * 1024];
    let page = send(&ada, big, "big.png", "image/png").await.expect(413).text();
    assert!(page.contains("at most 10 MB"), "the limit is named");
    assert_eq!(files(&app), 0, "nothing of it stays");
    let path: Option<String> = app.database().one("select avatar_path from users where id = 1", []);
    assert_eq!(path, None);
    ada.get(PROFILE).await.expect(200);
}

#[tokio::test]
async fn fifty_bombs_at_once_do_no_harm() {
    let app = App::start();
    let ada = app.first_run().await;
    let throwing: Vec<_> = (0..50)
        .map(|_| {
            let ada = ada.clone();
            tokio::spawn(async move { send(&ada, bomb(), "b.gif", "image/gif").await.status() })
        })
        .collect();
    for thrown in throwing {
        let status = thrown.await.unwrap();
        assert!([422, 503].contains(&status), "{status}");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", app.process_id())).unwrap();
    let peak = html::between(&status, "VmHWM:", "kB").unwrap().trim().parse::<u64>().unwrap();
    assert!(peak < 400 * 1024, "at most {peak} kB at any time");
    assert_eq!(files(&app), 0);
}

#[tokio::test]
async fn people_can_come_with_a_picture() {
    let app = App::start();
    let form = |name: &str, bytes: Vec<u8>, file: &str| {
        Form::new()
            .text("name", name.to_owned())
            .text("email_address", format!("{}@example.com", name.to_lowercase()))
            .text("password", PASSWORD)
            .part("avatar", Part::bytes(bytes).file_name(file.to_owned()))
    };
    let ada = Person::new("Ada", &app.base_url());
    let picture = picture(300, 300, ImageFormat::WebP);
    let request = ada.request(Method::POST, "/first_run");
    ada.send(request.multipart(form("Ada", picture.clone(), "a.webp"))).await.expect(303);
    assert_eq!(files(&app), 1);

    let path = format!("/join/{}", app.join_code());
    let grace = Person::new("Grace", &app.base_url());
    let join = |form| grace.send(grace.request(Method::POST, &path).multipart(form));
    let page = join(form("Grace", b"hello".to_vec(), "g.png")).await.expect(422).text();
    assert!(page.contains("not a picture") && page.contains("value=\"Grace\""));
    assert_eq!(app.database().count("users"), 1);
    // The address is Ada's, so nobody joins and the picture is forgotten again.
    let taken = form("Ada", picture.clone(), "g.webp");
    assert!(join(taken).await.expect(303).location().starts_with("/session/new"));
    assert_eq!(files(&app), 1);
    // What a browser sends when nothing was chosen.
    join(form("Grace", Vec::new(), "")).await.expect(303);
    assert_eq!(files(&app), 1);

    let linus = Person::new("Linus", &app.base_url());
    let request = linus.request(Method::POST, &path);
    linus.send(request.multipart(form("Linus", picture, "l.webp"))).await.expect(303);
    let kind = linus.get(&current_url(&linus).await).await.expect(200);
    assert!(["image/png", "image/webp"].contains(&kind.header("content-type")));
}

#[tokio::test]
async fn switched_off_the_page_says_so_and_so_does_the_answer() {
    let app = App::with(|settings| {
        settings.set("AVATARS_ENABLED", "false");
    });
    let ada = app.first_run().await;
    let said = "switched off on this server";
    assert!(ada.get(PROFILE).await.expect(200).text().contains(said));
    let join = format!("/join/{}", app.join_code());
    assert!(app.visitor().get(&join).await.expect(200).text().contains(said));
    let sent = send(&ada, picture(10, 10, ImageFormat::Png), "a.png", "image/png").await;
    assert!(sent.expect(403).text().contains(said));
    assert_eq!(files(&app), 0);
}
