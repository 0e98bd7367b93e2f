//! What is answered in another type than text is posted as a file.

use super::{bot_with_program, payload, ping, said_by, settled};
use crate::support::App;
use crate::support::outside::{Reply, Request};

/// A picture of one pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\
\0\0\0\x0cIDAT\x78\x9c\x63\xf8\xdf\x20\0\0\x04\x11\x01\x90\xc7\x1b\x0d\x5e\0\0\0\0IEND\xaeB\x60\x82";

fn asked(request: &Request) -> String {
    payload(request)["message"]["body"]["plain"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_becomes_an_attachment_named_by_its_type() {
    let app = App::start();
    let ada = app.first_run().await;
    let (bell, _program) =
        bot_with_program(&ada, "Bell", |request| match asked(request).as_str() {
            "picture" => Reply::new(200, "image/png", PIXEL),
            "data" => Reply::json(&serde_json::json!({ "up": true })),
            "drawing" => Reply::new(200, "image/svg+xml", "<svg><script>alert(1)</script></svg>"),
            "novel" => Reply::new(200, "text/plain", "é".repeat(10_001)),
            "nothing" => Reply::new(200, "image/png", ""),
            _ => Reply::new(500, "image/png", PIXEL),
        })
        .await;
    let room = ping(&ada, &bell).await;
    for (n, text) in ["picture", "data", "drawing", "novel", "nothing"].iter().enumerate() {
        ada.post(room, text).await;
        settled(&app, n as i64 + 1).await;
    }
    let rows = app.database();
    let files: Vec<String> = rows.all(
        "select filename || ' ' || content_type || ' ' || byte_size from attachments
         join messages on messages.id = message_id where creator_id = ?1 order by message_id",
        [bell.id],
    );
    assert_eq!(
        files,
        [
            format!("attachment.png image/png {}", PIXEL.len()),
            "attachment.json application/octet-stream 11".into(),
            "attachment.svg application/octet-stream 36".into(),
            "attachment.txt application/octet-stream 20002".into(),
        ]
    );
    assert_eq!(said_by(&app, &bell), ["", "", "", ""]);
    let page = ada.room_page(room).await.text();
    assert!(page.contains("attachment.png") && !page.contains("alert(1)"));
}

#[tokio::test]
async fn a_file_that_is_too_large_or_not_wanted_is_not_posted() {
    let mut app = App::with(|settings| {
        settings.set("MAX_UPLOAD_MB", "1");
    });
    let ada = app.first_run().await;
    let (bell, _program) =
        bot_with_program(&ada, "Bell", |request| match asked(request).as_str() {
            "endless" => Reply::new(200, "image/png", PIXEL).endless(),
            _ => Reply::new(200, "image/png", PIXEL),
        })
        .await;
    ada.post(1, "@Bell endless").await;
    let became = settled(&app, 1).await;
    assert!(became[0].starts_with("failed: The answer is larger than"), "{became:?}");

    app.set("FILES_ENABLED", "false");
    app.restart().await;
    let ada = ada.at_another_browser().await;
    ada.post(1, "@Bell picture").await;
    let became = settled(&app, 2).await;
    assert_eq!(became[1], "failed: Not posted: files are switched off on this server.");
    assert!(said_by(&app, &bell).is_empty());
    assert_eq!(app.database().count("attachments"), 0);
}
