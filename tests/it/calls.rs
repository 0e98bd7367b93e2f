//! What called somebody: mentions, answers and pings, the newest first, for as long as they may
//! read them; counted beside the rooms, and live.

use std::io::Read;

use reqwest::Method;

use super::room_settings::make;
use crate::support::{App, Person, html, within};

/// The calls a person's page lists: id, whether it is unread.
async fn calls(person: &Person) -> Vec<(i64, bool)> {
    let page = person.get("/mentions").await.expect(200).text();
    page.split("<li id=\"call_")
        .skip(1)
        .map(|item| {
            let id = item.split('"').next().unwrap().parse().unwrap();
            (id, item.contains("class=\"hit unread\""))
        })
        .collect()
}

async fn count(person: &Person) -> String {
    let page = person.get("/users/me/sidebar").await.expect(200).text();
    let count = html::between(&page, "id=\"calls_count\"", "</a>").unwrap();
    html::between(count, "aria-hidden=\"true\">", "<").unwrap_or("0").to_owned()
}

#[tokio::test]
async fn mentions_answers_and_pings_are_listed_until_they_are_read_or_gone() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    assert!(calls(&grace).await.is_empty());
    let own = grace.post(1, "What is for lunch? @Grace").await;
    ada.post(1, "Nobody is meant").await;
    let mention = ada.post(1, "@Grace, soup").await;
    let reply = [("body", "Bread, too"), ("reply_to_id", &own.to_string())];
    ada.post_form("/rooms/1/messages", &reply).await.expect(303);
    let answer = mention + 1;
    let made = ada.post_form("/rooms/directs", &[("user_ids", "2")]).await.expect(303);
    let ping: i64 = made.location().trim_start_matches("/rooms/").parse().unwrap();
    let pinged = ada.post(ping, "Between us").await;
    let all = [(pinged, true), (answer, true), (mention, true)];
    assert_eq!(calls(&grace).await, all);
    assert_eq!(count(&grace).await, "3");
    assert!(calls(&ada).await.is_empty(), "nobody calls oneself");
    let page = grace.get("/mentions").await.text();
    for piece in ["mentioned you", "answered you", "pinged you", "Between us"] {
        assert!(page.contains(piece), "{piece}");
    }
    assert!(page.contains(&format!("href=\"/rooms/1/@{mention}\"")));

    grace.room_page(ping).await;
    assert_eq!(calls(&grace).await, [(answer, true), (mention, true)], "a ping once read is done");
    grace.room_page(1).await;
    assert_eq!(calls(&grace).await, [(answer, false), (mention, false)]);
    assert_eq!(count(&grace).await, "0");

    let delete = format!("/rooms/1/messages/{answer}/delete");
    ada.post_form::<&str>(&delete, &[]).await.expect(303);
    assert_eq!(calls(&grace).await, [(mention, false)]);
    ada.post_form(&format!("/rooms/1/messages/{mention}"), &[("body", "Soup")]).await.expect(303);
    assert!(calls(&grace).await.is_empty(), "a mention taken back calls nobody");
}

#[tokio::test]
async fn who_left_a_room_is_not_called_from_there() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let made = ada.post_form("/rooms/closeds", &[("name", "Lab"), ("user_ids", "2")]).await;
    let room: i64 = made.expect(303).location().trim_start_matches("/rooms/").parse().unwrap();
    let id = ada.post(room, "@Grace, the key is under the mat").await;
    assert_eq!(calls(&grace).await, [(id, true)]);
    let fields = [("name", "Lab"), ("user_ids", "1")];
    ada.post_form(&format!("/rooms/closeds/{room}"), &fields).await.expect(303);
    assert!(calls(&grace).await.is_empty());
    assert_eq!(count(&grace).await, "0");
    assert!(!grace.get("/mentions").await.text().contains("under the mat"));
}

#[tokio::test]
async fn the_list_has_pages() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let mut called = Vec::new();
    for n in 0..25 {
        called.push(ada.post(1, &format!("@Grace {n}")).await);
    }
    let first = grace.get("/mentions").await.expect(200).text();
    let next = html::between(&first, "rel=\"next\" href=\"", "\"").unwrap();
    let second = grace.get(next).await.expect(200).text();
    assert_eq!(first.matches("id=\"call_").count(), 20);
    assert_eq!(second.matches("id=\"call_").count(), 5);
    assert!(second.contains(&format!("id=\"call_{}\"", called[0])));
    grace.get("/mentions?before=x&before=y&z").await.expect(200);
}

#[tokio::test]
async fn a_page_that_is_open_hears_of_a_call_and_of_its_reading() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let browser = grace.browser().await;
    browser.goto("/mentions").await;
    browser.wait_text("#calls", "Nobody has called you yet").await;
    // The page may not listen yet.
    within("the open page hears of it", async {
        while browser.count("#calls .hit.unread").await == 0 {
            ada.post(1, "@Grace, are you there?").await;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    })
    .await;
    grace.room_page(1).await;
    browser.wait_gone("#calls .hit.unread").await;
    browser.wait_text("#calls .hit", "are you there?").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn what_is_read_in_one_window_is_read_in_the_other() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let (list, room) = (grace.browser().await, grace.browser().await);
    list.goto("/mentions").await;
    list.wait_for("#calls_news span").await;
    room.goto("/rooms/1").await;
    room.wait_live().await;
    let watch = "window.called = 0; new MutationObserver(() => {
        if (document.querySelector('#calls_count .count')) called++; })
        .observe(document.getElementById('sidebar'), { childList: true, subtree: true })";
    room.eval(watch).await;
    ada.post(1, "@Grace, are you there?").await;
    list.wait_text("#calls .hit", "are you there?").await;
    list.wait_gone("#calls .hit.unread").await;
    assert_eq!(room.eval("called").await, 0, "what is being looked at was counted");
}

#[tokio::test]
async fn an_edit_calls_and_takes_back_on_every_page_that_is_kept() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let lab = make(&ada, "closeds", &[("name", "Lab"), ("user_ids", "2")]).await;
    let id = ada.post(lab, "Nobody in particular").await;
    let kept = async || {
        let request = grace.request(Method::GET, "/rooms/1").header("Accept-Encoding", "gzip");
        let answer = grace.send(request).await.expect(200);
        let mut page = String::new();
        flate2::read::GzDecoder::new(answer.bytes()).read_to_string(&mut page).unwrap();
        let count = html::between(&page, "id=\"calls_count\"", "</a>").unwrap().to_owned();
        html::between(&count, "aria-hidden=\"true\">", "<").unwrap_or("0").to_owned()
    };
    let mut socket = grace.socket("/live?calls=true").await.unwrap();
    assert_eq!(kept().await, "0");
    for (body, count) in [("@Grace, soup", "1"), ("Soup for all", "0"), ("@Grace, bread", "1")] {
        ada.post_form(&format!("/rooms/{lab}/messages/{id}"), &[("body", body)]).await.expect(303);
        assert_eq!(kept().await, count, "{body}");
        let told = if count == "0" {
            "id=\"calls_count\"></span>".into()
        } else {
            format!(">{count}</span>")
        };
        socket
            .wait_for_frame(body, |frame| frame.contains("#calls_count") && frame.contains(&told))
            .await;
    }
    ada.post_form("/rooms/directs", &[("user_ids", "2")]).await.expect(303);
    ada.post(lab + 1, "Between us").await;
    assert_eq!(kept().await, "2");
    grace.post_form("/users/me/reads", &[("", "")]).await.expect(303);
    assert_eq!(kept().await, "0");
}

#[tokio::test]
async fn a_long_list_stays_long_when_it_changes_and_after_a_break() {
    let mut app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    for n in 0..25 {
        ada.post(1, &format!("@Grace {n}")).await;
    }
    let browser = grace.browser().await;
    browser.goto("/mentions").await;
    // With its socket open the list comes anew, as long as it was when it was asked for.
    let renewed = "performance.getEntriesByType('resource').some(({ name, responseEnd }) =>
        responseEnd > 0 && new URL(name).pathname === '/mentions')";
    browser.wait_until(renewed).await;
    browser.wait_for("#calls_news span").await;
    browser.click("#more_calls a").await;
    browser.wait_until("document.querySelectorAll('#calls .hit').length === 25").await;
    ada.post(1, "@Grace, one more").await;
    browser.wait_text("#calls .hit", "one more").await;
    browser.wait_until("document.querySelectorAll('#calls .hit').length === 26").await;
    browser.forgive_the_outage();
    app.kill9();
    app.start_again();
    ada.post(1, "@Grace, said while the line was down").await;
    browser.wait_text("#calls .hit", "while the line was down").await;
    assert_eq!(browser.count("#calls .hit").await, 27);
}

#[tokio::test]
async fn a_hidden_room_calls_nobody_aloud() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let lab = make(&ada, "closeds", &[("name", "Lab"), ("user_ids", "2")]).await;
    let path = format!("/rooms/{lab}/involvement");
    grace.post_form(&path, &[("involvement", "invisible")]).await.expect(303);
    let id = ada.post(lab, "@Grace, can you see this?").await;
    assert_eq!((calls(&grace).await, count(&grace).await), (vec![(id, false)], "0".into()));
    let json = grace.bare(Method::GET, "/mentions").header("Accept", "application/json");
    assert_eq!(grace.send(json).await.expect(200).json()["messages"][0]["id"], id);
}
