//! Whatever people write, wherever it is shown, it stays text: thousands of payloads through every
//! place that shows what somebody wrote, against what harmless texts bring to the same places.
//!
//! Messages take all payloads; places that hold one short text at a time take the first of them in
//! the short run and all with `PROOF=full`. `HOSTILE_SEED` chooses others.

mod oracle;
pub mod payloads;
mod sinks;

use std::collections::BTreeSet;

use oracle::Harmless;
use sinks::{Drawn, Scene};

/// Payloads of the short run: for messages, and for names and the like.
const MANY: usize = 2_000;
const SOME: usize = 48;
/// Harmless texts: enough for every page to have a next one.
const CALM: usize = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_born_of_what_people_write() {
    let seed = std::env::var("HOSTILE_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let is_full = std::env::var("PROOF").is_ok_and(|how| how == "full");
    let hostile = payloads::payloads(seed, MANY);
    let mut harmless = Harmless::default();
    let calm = Scene::play(&payloads::harmless(CALM), 24).await;
    for Drawn { place, html } in &calm.drawn {
        harmless.learn(place, html);
    }
    let scene = Scene::play(&hostile, if is_full { MANY } else { SOME }).await;
    let mut wrong = BTreeSet::new();
    for Drawn { place, html } in &scene.drawn {
        wrong
            .extend(harmless.judge(place, html).into_iter().map(|what| format!("{place}: {what}")));
    }
    let places =
        |scene: &Scene| -> BTreeSet<&str> { scene.drawn.iter().map(|drawn| drawn.place).collect() };
    println!(
        "seed {seed}: {} payloads, {} pages and frames of {} places: {:?}",
        hostile.len(),
        scene.drawn.len(),
        places(&scene).len(),
        places(&scene)
    );
    assert_eq!(places(&scene).difference(&places(&calm)).count(), 0, "not compared");
    assert!(places(&scene).len() >= 22, "{:?}", places(&scene));
    assert!(wrong.is_empty(), "{} things were born\n{wrong:#?}", wrong.len());
    assert!(!scene.app.log().contains("panicked"));

    // And nothing ran, says a browser that has seen it all.
    let browser = scene.ada.browser().await;
    for path in &scene.pages {
        browser.goto(path).await;
        let ran = browser.eval("window.__ran ?? null").await;
        assert!(ran.is_null(), "{path}: {ran} ran");
        let away = browser.eval("location.origin + location.pathname").await;
        assert!(away.as_str().unwrap().starts_with(&scene.app.base_url()), "{path} led to {away}");
    }
    browser.assert_clean_console();
}
