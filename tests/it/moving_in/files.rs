//! Files come along with their messages, pictures with their people; what is lost is said.

use std::time::{Duration, Instant};

use image::ImageFormat;

use super::{honcho, import, signed_in};
use crate::support::samples::picture;
use crate::support::verb::run;
use crate::support::{App, CampfireStorage, Person};

/// `honcho()` with a picture alone, a text with a file, one lost, one damaged.
fn with_files() -> CampfireStorage {
    let storage = honcho();
    for id in [111, 113, 114] {
        storage.bare_message(id, 1, 1);
    }
    storage.message(112, 1, 3, "<div>The minutes</div>");
    let photo = picture(300, 200, ImageFormat::Png);
    storage.file(1, ("Message", 111, "attachment"), "C:\\holiday.png", &photo);
    storage.file(2, ("Message", 112, "attachment"), "minutes <1>.txt", b"We met.");
    let lost = storage.file(3, ("Message", 113, "attachment"), "lost.pdf", b"%PDF-1.4");
    std::fs::remove_file(lost).unwrap();
    let torn = storage.file(4, ("Message", 114, "attachment"), "torn.zip", b"PK whole");
    std::fs::write(torn, b"PK wh0le").unwrap();
    storage.file(5, ("Message", 999, "attachment"), "stray.txt", b"Nobody's");
    storage.file(6, ("ActiveStorage::VariantRecord", 1, "image"), "small.png", b"derived");
    storage.file(7, ("User", 1, "avatar"), "me.jpg", &picture(700, 500, ImageFormat::Jpeg));
    storage.file(8, ("User", 2, "avatar"), "me.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>");
    storage.file(9, ("Account", 1, "logo"), "logo.png", &picture(600, 300, ImageFormat::Png));
    storage
}

/// The message as the page of its room shows it.
async fn shown(person: &Person, id: i64) -> String {
    let page = person.get(&format!("/rooms/1/@{id}")).await.expect(200).text();
    let message = &page[page.find(&format!("id=\"message_{id}\"")).unwrap()..];
    message[..message.find("</article>").unwrap()].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_with_their_messages_and_pictures_with_their_people() {
    let storage = with_files();
    let app = App::on(|home| {
        let ran = import(home, &storage, &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        for said in [
            "2  files\n",
            "2  pictures of people, and the logo",
            "1  files belonged to no message",
            "1  files were not in the directory",
            "/k3y0000000000000000000000003 “lost.pdf”",
            "1  files did not fit their size or checksum",
            "“torn.zip”",
            "1  pictures of people, or the logo, could not be read",
        ] {
            assert!(ran.stdout.contains(said), "“{said}” in:\n{}", ran.stdout);
        }
        let verified = run(home, &["verify"], "");
        assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    });
    let david = signed_in(&app, "david").await;
    let minutes = shown(&david, 112).await;
    assert!(minutes.contains("The minutes") && minutes.contains("minutes &#60;1&#62;.txt"));
    let path = minutes.split("href=\"/files/").nth(1).unwrap().split('"').next().unwrap();
    let file = david.get(&format!("/files/{path}")).await.expect(200);
    assert_eq!(file.bytes(), b"We met.");
    app.visitor().get(&format!("/files/{path}")).await.expect(303);
    assert!(shown(&david, 113).await.contains("lost.pdf (this file was lost"));
    assert!(shown(&david, 114).await.contains("torn.zip (this file was lost"));

    let started = Instant::now();
    while !shown(&david, 111).await.contains("/thumbnail") {
        assert!(started.elapsed() < Duration::from_secs(60), "{}", shown(&david, 111).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(shown(&david, 111).await.contains("holiday.png"));
    let found = david.get("/searches?q=has%3Afile+minutes").await.expect(200).text();
    assert!(found.contains("/rooms/1/@112"), "{found}");

    let avatar = david.get("/users/1/avatar").await.expect(200);
    assert_eq!(image::load_from_memory(avatar.bytes()).unwrap().width(), 500);
    assert!(david.get("/users/2/avatar").await.expect(200).header("content-type").contains("svg"));
    let logo = david.get("/account/logo").await.expect(200);
    assert_eq!(image::load_from_memory(logo.bytes()).unwrap().width(), 512);
    app.database().assert_sound();
}

#[test]
fn a_dry_run_reads_the_files_and_keeps_none() {
    let storage = with_files();
    let home = tempfile::tempdir().unwrap();
    let ran = import(home.path(), &storage, &["--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("2  files\n") && ran.stdout.contains("1  files did not fit"));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}
