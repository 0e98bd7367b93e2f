//! Programs that fail, dawdle, lie and talk without end harm nobody but themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{bot_with_program, payload, ping, said_by, settled};
use crate::support::App;
use crate::support::database::alter_stopped;
use crate::support::outside::Reply;

#[tokio::test]
async fn a_failure_is_tried_again_under_the_same_key() {
    let app = App::start();
    let ada = app.first_run().await;
    let asked = AtomicUsize::new(0);
    let (bell, program) =
        bot_with_program(&ada, "Bell", move |_| match asked.fetch_add(1, Ordering::Relaxed) {
            0 => Reply::new(500, "text/plain", "Oh dear"),
            _ => Reply::new(200, "text/plain", "Better now"),
        })
        .await;
    ada.post(1, "@Bell, how are you?").await;
    let requests = program.wait_for(2).await;
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].header("idempotency-key"), requests[1].header("idempotency-key"));
    assert_eq!(settled(&app, 1).await, ["delivered: Answered."]);
    assert_eq!(said_by(&app, &bell), ["Better now"]);
}

#[tokio::test]
async fn after_three_more_attempts_it_is_given_up() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let (bell, program) = bot_with_program(&ada, "Bell", |_| Reply::closing()).await;
    ada.post(1, "@Bell, how are you?").await;
    program.wait_for(1).await;
    app.term_and_wait().await;
    // As if the pauses before the further attempts were over.
    for attempts in [2, 3] {
        let sql = format!("update webhook_deliveries set attempts = {attempts}, run_at = 0");
        alter_stopped(&app.data_dir(), &sql);
    }
    app.start_again();
    assert_eq!(settled(&app, 1).await, ["failed: The connection broke."]);
    assert_eq!(program.requests().len(), 2);
    assert!(said_by(&app, &bell).is_empty());
}

#[tokio::test]
async fn a_silent_program_is_spoken_for_after_seven_seconds_and_asked_once() {
    let app = App::start();
    let ada = app.first_run().await;
    let late = || Reply::new(200, "text/plain", "Too late").late(Duration::from_secs(10));
    let (bell, program) = bot_with_program(&ada, "Bell", move |_| late()).await;
    ada.post(1, "@Bell, say something").await;
    assert_eq!(settled(&app, 1).await, ["failed: Failed to respond within 7 seconds."]);
    assert_eq!(said_by(&app, &bell), ["Failed to respond within 7 seconds"]);
    assert_eq!(program.connections(), 1, "it may be at work on it");
}

#[tokio::test]
async fn too_much_is_not_read_to_its_end() {
    let app = App::start();
    let ada = app.first_run().await;
    let (bell, program) = bot_with_program(&ada, "Bell", |request| {
        let text = |bytes: Vec<u8>| Reply::new(200, "text/plain", bytes);
        match payload(request)["message"]["body"]["plain"].as_str().unwrap() {
            "endless" => text(b"la la la ".to_vec()).endless(),
            "huge" => text(vec![b'x'; 1024 * 1024 + 1]).of_unsaid_length(),
            "boasting" => text(b"Small".to_vec()).claiming(2_000_000_000),
            _ => text(b"Half a sent".to_vec()).claiming(400),
        }
    })
    .await;
    let room = ping(&ada, &bell).await;
    for text in ["endless", "huge", "boasting", "broken"] {
        ada.post(room, text).await;
    }
    let became = settled(&app, 4).await;
    assert_eq!(became[..2], ["failed: The answer is larger than 1048576 bytes."; 2]);
    assert_eq!(became[2], "failed: The answer is larger than 104857600 bytes.", "as it says");
    assert_eq!(became[3], "failed: The connection broke.");
    assert_eq!(program.requests().len(), 4, "nothing is tried twice");
    assert!(said_by(&app, &bell).is_empty());
}

#[tokio::test]
async fn a_slow_bot_delays_itself_alone() {
    let app = App::start();
    let ada = app.first_run().await;
    let (slow, sleeper) = bot_with_program(&ada, "Slow", |_| Reply::silent()).await;
    let (_, quick) = bot_with_program(&ada, "Quick", |_| Reply::status(204)).await;
    let room = ping(&ada, &slow).await;
    for n in 0..20 {
        ada.post(room, &format!("Number {n}")).await;
    }
    sleeper.wait_for(4).await;
    for _ in 0..5 {
        ada.post(1, "@Quick, now").await;
    }
    quick.wait_for(5).await;
    assert_eq!(sleeper.connections(), 4, "it has four places, and keeps to them");
    ada.post(1, "And people write on").await;
}
