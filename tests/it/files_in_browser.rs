//! Files as people bring and see them: with chips and progress, and without any script.

use std::path::PathBuf;

use image::ImageFormat;
use tempfile::TempDir;

use crate::support::interception::Hold;
use crate::support::samples::picture;
use crate::support::{App, Browser, Person};

const INPUT: &str = "#composer input[type=file]";

/// A folder with files to choose from.
struct Shelf(TempDir);

impl Shelf {
    fn new() -> Shelf {
        Shelf(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

async fn at_the_room(person: &Person) -> Browser {
    let browser = person.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser
}

/// Small copies are made when nothing else is to do, which may be a while on a busy machine.
async fn prepared(app: &App) {
    let started = std::time::Instant::now();
    while app.database().count("attachments where preview = 'pending'") > 0 {
        assert!(started.elapsed().as_secs() < 120, "the small copies are never done");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn without_script_files_are_sent_shown_and_fetched() {
    let app = App::start();
    let ada = app.first_run().await;
    let shelf = Shelf::new();
    let png = shelf.put("roof.png", &picture(640, 480, ImageFormat::Png));
    let notes = shelf.put("notes.txt", b"seven ladders");
    let browser = ada.browser().await;
    browser.set_scripting(false).await;
    browser.goto("/rooms/1").await;
    browser.choose_files(INPUT, &[&png, &notes]).await;
    browser.fill("#composer textarea", "From the roof").await;
    browser.screenshot("files-without-script").await;
    browser.click("#composer .send").await;
    browser.wait_text("#message_1 .body", "From the roof").await;
    browser.wait_text("#message_1 .file-name", "notes.txt").await;
    let file = browser.eval("document.querySelector('#message_1 .file-name').href").await;
    let path = file.as_str().unwrap().replace(&ada.base_url(), "");
    assert_eq!(ada.get(&path).await.expect(200).text(), "seven ladders");
    // Only a reload shows what has become ready.
    prepared(&app).await;
    browser.goto("/rooms/1").await;
    let drawn = "(() => { const i = document.querySelector('.picture img'); return i.complete && i.naturalWidth; })()";
    browser.wait_until(&format!("{drawn} === 640")).await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn chips_show_how_far_files_are_and_let_one_go() {
    let app = App::start();
    let ada = app.first_run().await;
    let shelf = Shelf::new();
    let large = shelf.put("large.bin", &vec![7; 3_000_000]);
    let small = shelf.put("small.png", &picture(60, 40, ImageFormat::Png));
    let browser = at_the_room(&ada).await;
    browser.slow_line(Some(400_000)).await;
    browser.choose_files(INPUT, &[&large, &small]).await;
    browser.wait_until("document.querySelectorAll('#composer .chip').length === 2").await;
    // The local picture is there before the file is anywhere.
    let thumbnail = "document.querySelector('.chip img')?.naturalWidth === 60";
    browser.wait_until(thumbnail).await;
    browser.wait_until("document.querySelector('.chip progress').value > 5").await;
    browser.screenshot("files-going").await;
    browser.click("[aria-label='Cancel large.bin']").await;
    browser.wait_for(".chip[data-state=done]").await;
    assert_eq!(browser.count(".chip").await, 1);
    browser.slow_line(None).await;
    browser.fill("#composer textarea", "One of two").await;
    browser.press("Enter").await;
    browser.wait_text("#message_1 .body", "One of two").await;
    prepared(&app).await;
    browser.wait_for("#message_1 .picture img").await;
    browser.wait_gone(".pending").await;
    assert_eq!(browser.count("#composer .chip").await, 0);
    assert_eq!(app.database().count("attachments"), 1);
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_message_waits_for_its_files_and_others_do_not_wait_for_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let shelf = Shelf::new();
    let large = shelf.put("large.bin", &vec![7; 2_000_000]);
    let browser = at_the_room(&ada).await;
    browser.slow_line(Some(300_000)).await;
    browser.choose_files(INPUT, &[&large]).await;
    browser.wait_for("#composer .chip[data-state=going]").await;
    browser.fill("#composer textarea", "With a large file").await;
    browser.press("Enter").await;
    browser.wait_for("#messages .pending .chip progress").await;
    browser.screenshot("files-pending").await;
    browser.fill("#composer textarea", "Meanwhile").await;
    browser.press("Enter").await;
    browser.wait_text("#message_1 .body", "Meanwhile").await;
    browser.slow_line(None).await;
    browser.wait_text("#message_2 .body", "With a large file").await;
    browser.wait_text("#message_2 .file-name", "large.bin").await;
    browser.wait_gone(".pending").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn one_that_failed_is_tried_again_alone() {
    let app = App::start();
    let ada = app.first_run().await;
    let shelf = Shelf::new();
    let (one, two) = (shelf.put("one.txt", b"1"), shelf.put("two.txt", b"2"));
    let browser = at_the_room(&ada).await;
    browser.forgive("net::ERR_");
    browser.hold_uploads(Hold::OnTheWayThere).await;
    browser.choose_files(INPUT, &[&one, &two]).await;
    browser.held_post().await.lose().await;
    browser.wait_text(".chip[data-state=failed]", "The connection broke.").await;
    browser.held_post().await.let_through().await;
    browser.wait_for(".chip[data-state=done]").await;
    browser.fill("#composer textarea", "Both").await;
    browser.press("Enter").await;
    browser.wait_text("#messages .failed .note", "Not sent: a file is missing.").await;
    browser.screenshot("files-failed").await;
    browser.click(".chip [aria-label='Retry one.txt']").await;
    browser.held_post().await.let_through().await;
    browser.wait_for("#message_1 .file").await;
    let names =
        "[...document.querySelectorAll('#message_1 .file-name')].map(n => n.innerText).join()";
    assert_eq!(browser.eval(names).await, "one.txt,two.txt");
    browser.wait_gone(".pending").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn files_are_pasted_and_dropped_and_looked_at_large() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = at_the_room(&ada).await;
    let png = picture(900, 600, ImageFormat::Png);
    browser.click("#composer textarea").await;
    browser.paste_file("pasted.png", "image/png", &png).await;
    browser.wait_for(".chip[data-state=done]").await;
    browser.drop_file("dropped.png", "image/png", &png).await;
    browser.wait_until("document.querySelectorAll('.chip[data-state=done]').length === 2").await;
    browser.click("#composer .send").await;
    prepared(&app).await;
    browser.wait_until("document.querySelectorAll('#message_1 .picture img').length === 2").await;

    browser.click("#message_1 .picture").await;
    browser
        .wait_until("document.querySelector('.lightbox[open] > img')?.naturalWidth === 900")
        .await;
    browser.screenshot("lightbox").await;
    browser.wait_text(".lightbox p", "pasted.png").await;
    browser.press("ArrowRight").await;
    browser.wait_text(".lightbox p", "dropped.png").await;
    let next = "document.querySelector('.lightbox .next').disabled";
    assert_eq!(browser.eval(next).await, true);
    browser.click(".lightbox .previous").await;
    browser.wait_text(".lightbox p", "pasted.png").await;
    let download = "new URL(document.querySelector('.lightbox .download').href).pathname";
    assert_eq!(browser.eval(download).await, "/files/1/pasted.png");
    browser.press("Escape").await;
    browser.wait_gone(".lightbox[open]").await;
    let focused = "document.activeElement.getAttribute('href')";
    assert_eq!(browser.eval(focused).await, "/files/1/pasted.png");
    browser.assert_clean_console();
}

#[tokio::test]
async fn one_that_is_too_large_is_told_before_it_goes() {
    let app = App::with(|settings| {
        settings.set("MAX_UPLOAD_MB", "1");
    });
    let ada = app.first_run().await;
    let shelf = Shelf::new();
    let large = shelf.put("large.bin", &vec![7; 1_100_000]);
    let browser = at_the_room(&ada).await;
    browser.choose_files(INPUT, &[&large]).await;
    browser.wait_text(".chip[data-state=failed]", "Too large: a file can be at most 1.0 MB.").await;
    assert_eq!(browser.count(".chip .retry:not([hidden])").await, 0);
    browser.click("[aria-label='Remove large.bin']").await;
    browser.wait_gone(".chip").await;
    let eleven: Vec<PathBuf> = (0..11).map(|n| shelf.put(&format!("{n}.txt"), b"x")).collect();
    let eleven: Vec<_> = eleven.iter().map(PathBuf::as_path).collect();
    browser.choose_files(INPUT, &eleven).await;
    browser.wait_text("#composer [role=alert]", "at most 10 files").await;
    assert_eq!(browser.count(".chip").await, 10);
    browser.assert_clean_console();
}
