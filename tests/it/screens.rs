//! Every view of the gallery at every size, light and dark, right to left, in forced colours, at 400 %
//! and without script: nothing sticks out. `SCREENSHOTS=target/screens cargo test --test it screens`
//! keeps a picture of each, to be looked at.

use campfire::views::preview::gallery;

use crate::support::Browser;

/// A phone, a tablet, a desktop.
const SIZES: [(&str, u32, u32); 3] =
    [("phone", 360, 740), ("tablet", 820, 1180), ("desktop", 1440, 900)];

async fn look_at(third: usize) {
    let wants_pictures = std::env::var_os("SCREENSHOTS").is_some();
    let server = campfire::web::preview::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let browser = Browser::open(&format!("http://{}", server.address)).await;
    browser.block("*/assets/app-*.js").await;
    let pages = gallery().into_iter().filter(|(_, html)| html.starts_with("<!doctype html>"));
    // An archive's style lies beside its pages, where the gallery has none.
    let pages = pages.filter(|(name, _)| !name.starts_with("archive-"));
    let mut out = Vec::new();
    for (_, (name, _)) in pages.enumerate().filter(|(at, _)| at % 3 == third) {
        browser.goto(&format!("/preview/{name}")).await;
        for (size, width, height) in SIZES {
            browser.set_viewport(width, height).await;
            out.extend(
                browser
                    .sticking_out()
                    .await
                    .into_iter()
                    .map(|what| format!("{name}, {size}: {what}")),
            );
            if !wants_pictures {
                continue;
            }
            for (dark, theme) in [(true, "dark"), (false, "light")] {
                browser.set_dark(dark).await;
                browser.come_to_rest().await;
                browser.screenshot(&format!("{size}-{theme}/{name}")).await;
            }
        }
        // 1280 by 900 pixels at 400 %.
        browser.set_viewport(320, 225).await;
        out.extend(
            browser.sticking_out().await.into_iter().map(|what| format!("{name}, zoomed: {what}")),
        );
        browser.come_to_rest().await;
        browser.screenshot(&format!("zoomed/{name}")).await;
        browser.set_viewport(360, 740).await;
        browser.eval("document.documentElement.dir = 'rtl'").await;
        out.extend(
            browser.sticking_out().await.into_iter().map(|what| format!("{name}, rtl: {what}")),
        );
        browser.come_to_rest().await;
        browser.screenshot(&format!("rtl-phone/{name}")).await;
        if wants_pictures {
            browser.set_viewport(1440, 900).await;
            browser.screenshot(&format!("rtl-desktop/{name}")).await;
            browser.eval("document.documentElement.dir = 'ltr'").await;
            browser.set_forced_colours(true).await;
            browser.come_to_rest().await;
            browser.screenshot(&format!("forced/{name}")).await;
            browser.set_forced_colours(false).await;
            browser.set_scripting(false).await;
            browser.goto(&format!("/preview/{name}")).await;
            browser.screenshot(&format!("no-script/{name}")).await;
            browser.set_scripting(true).await;
        }
    }
    assert!(out.is_empty(), "wider than the window:\n{}", out.join("\n"));
}

#[tokio::test]
async fn the_first_third_of_the_gallery_fits_everywhere() {
    look_at(0).await;
}

#[tokio::test]
async fn the_second_third_of_the_gallery_fits_everywhere() {
    look_at(1).await;
}

#[tokio::test]
async fn the_last_third_of_the_gallery_fits_everywhere() {
    look_at(2).await;
}
