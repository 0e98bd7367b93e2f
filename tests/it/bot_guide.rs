//! The guide for people who write bots: every line of it is run as it is written there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use campfire::views::bot_guide::{self, Answer, Example, Key, SECTIONS};
use reqwest::Method;
use serde_json::Value;

use crate::support::outside::{Outside, Reply, Request};
use crate::support::{App, Bot, Person, within};

/// What curl is told beside the line itself: to go nowhere else, and to say the status at last.
const CURLRC: &str = "silent\nnoproxy = \"*\"\nwrite-out = \"\\n%{http_code}\"\n";

fn examples() -> impl Iterator<Item = &'static Example> {
    SECTIONS.iter().flat_map(|section| section.examples)
}

/// A directory to run lines in; it is also the home of whoever runs them.
fn home() -> tempfile::TempDir {
    let version = Command::new("curl").arg("--version").output();
    assert!(version.is_ok_and(|run| run.status.success()), "these tests need curl: install it");
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(".curlrc"), CURLRC).unwrap();
    std::fs::write(home.path().join("report.txt"), "All is well.\n").unwrap();
    home
}

/// Runs a line in a shell that knows what the guide says it should; gives status and output.
async fn run(home: &Path, setup: &str, line: &str) -> (u16, String) {
    let script = format!("{setup}\n{line}\n");
    let mut shell = tokio::process::Command::new("sh");
    shell.arg("-c").arg(&script).current_dir(home).env("HOME", home).env_remove("CURL_HOME");
    let run = shell.output().await.unwrap();
    let output = String::from_utf8(run.stdout).unwrap();
    let (body, status) = output.rsplit_once('\n').unwrap_or_else(|| panic!("{script}{output}"));
    (status.trim().parse().unwrap(), body.to_owned())
}

/// The setup as the guide of this server has it, with a real key and the ids it leaves open.
fn filled_in(guide: &str, bell: &Bot, ids: (i64, &Value), person: &Person) -> String {
    let setup: Vec<&str> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .take_while(|line| !line.contains("curl"))
        .collect();
    assert_eq!(setup.len(), 4, "{setup:?}");
    let setup = setup.join("\n").replace("KEY=7-a1B2c3D4e5F6", &format!("KEY={}", bell.key));
    assert!(setup.contains(&bell.key));
    let (message, boost) = ids;
    format!("{setup}\nMESSAGE={message}\nBOOST={boost}\nEMAIL={}", person.email_address())
}

/// The names of all keys in a JSON value, as the guide writes them.
fn names(value: &Value, before: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let dot = if before.is_empty() { "" } else { "." };
                names(value, &format!("{before}{dot}{key}"), found);
            }
        }
        Value::Array(list) => {
            assert!(!list.is_empty(), "{before} is empty");
            list.iter().for_each(|value| names(value, &format!("{before}[]"), found));
        }
        _ => {
            found.insert(before.to_owned());
        }
    }
}

fn assert_keys<'k>(value: &Value, documented: impl Iterator<Item = &'k str>, line: &str) {
    let mut found = BTreeSet::new();
    names(value, "", &mut found);
    let documented: BTreeSet<String> = documented.map(str::to_owned).collect();
    assert_eq!(found, documented, "{line}");
}

fn assert_answer(body: &str, example: &Example) {
    let line = example.command;
    // With its headers before it.
    let body = match body.split_once("\r\n\r\n") {
        Some((headers, body)) if line.contains("curl -i") => {
            let headers = headers.to_lowercase();
            assert!(
                headers.contains("\nx-total-count: ") && headers.contains("\nlink: <"),
                "{body}"
            );
            body
        }
        _ => body,
    };
    match example.answer {
        Answer::Nothing => return assert_eq!(body, "", "{line}"),
        Answer::Ok => return assert_eq!(body, "ok", "{line}"),
        _ => {}
    }
    let json: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{line}: {body}"));
    let of = |keys: &'static [Key]| keys.iter().map(|key| key.name);
    let each = |keys: &'static [Key]| {
        let list = json.as_array().unwrap();
        assert!(!list.is_empty(), "{line}");
        list.iter().for_each(|one| assert_keys(one, of(keys), line));
    };
    match example.answer {
        Answer::Message => assert_keys(&json, of(bot_guide::MESSAGE), line),
        Answer::Messages => each(bot_guide::MESSAGE),
        Answer::Boost => assert_keys(&json, of(bot_guide::BOOST), line),
        Answer::Boosts => each(bot_guide::BOOST),
        Answer::Me => assert_keys(&json, of(bot_guide::ME), line),
        Answer::Room => assert_keys(&json, bot_guide::ROOM.iter().copied(), line),
        Answer::Nothing | Answer::Ok => {}
    }
}

#[tokio::test]
async fn every_line_works_as_it_is_written() {
    let (app, home) = (App::start(), home());
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    for n in 0..45 {
        ada.post(1, &format!("Earlier {n}")).await;
    }
    let guide = ada.get("/bots/guide.txt").await.expect(200).text();
    let lines: Vec<&str> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("    ").filter(|line| line.contains("curl")))
        .collect();
    let table: Vec<&str> = examples().map(|example| example.command).collect();
    assert_eq!(lines, table, "the guide has the lines of the table, and no others");
    for (line, example) in lines.into_iter().zip(examples()) {
        let message =
            bell.post(1, "To be changed").await.expect(201).json()["id"].as_i64().unwrap();
        let boosts = format!("{}/{message}/boosts", bell.messages_path(1));
        let boost = bell.send(bell.bare(Method::POST, &boosts).body("ok")).await.expect(201).json();
        ada.post(1, "Later").await;
        let setup = filled_in(&guide, &bell, (message, &boost["id"]), &ada);
        let (status, body) = run(home.path(), &setup, line).await;
        println!("{status} {line}\n    {}", body.chars().take(300).collect::<String>());
        assert_eq!(status, example.status, "{line}: {body}");
        assert_answer(&body, example);
    }
    let said: Vec<String> = app.database().all("select plain_text from messages", []);
    for text in [
        "Deployed. All tests pass.",
        "Hello, @Ada!",
        "1 + 1 = 2",
        "Backup done.",
        "Disk full\nweb-1: 98 %",
    ] {
        assert!(said.iter().any(|said| said == text), "{text}");
    }
}

#[tokio::test]
async fn a_webhook_is_sent_the_keys_that_the_guide_names() {
    let (told, mut telling) = tokio::sync::mpsc::unbounded_channel();
    let program = Outside::start(move |request: &Request| {
        let _ = told.send(serde_json::from_slice::<Value>(&request.body).unwrap());
        Reply::status(204)
    })
    .await;
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    let form = [("name", "Bell"), ("webhook_url", &program.url("/hook")), ("webhook_secret", "")];
    ada.post_form(&format!("/account/bots/{}", bell.id), &form).await.expect(303);
    ada.post(1, "@Bell, what time is it?").await;
    let sent = within("the webhook is told", telling.recv()).await.unwrap();
    assert_keys(&sent, bot_guide::WEBHOOK.iter().map(|key| key.name), "the webhook");
    let path = sent["room"]["path"].as_str().unwrap();
    bell.send(bell.bare(Method::POST, path).body("Late")).await.expect(201);
}

#[tokio::test]
async fn the_guide_is_for_everybody_and_tells_nothing_private() {
    let app = App::start();
    let visitor = app.visitor();
    visitor.get("/bots/guide").await.expect(200);
    let ada = app.first_run().await;
    ada.post_form("/rooms/opens", &[("name", "Boiler room")]).await.expect(303);
    let page = visitor.get("/bots/guide").await.expect(200);
    let text = visitor.get("/bots/guide.txt").await.expect(200);
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    for (what, guide) in [("page", page.shown()), ("text", text.text())] {
        for private in [app.join_code().as_str(), "Boiler room", "ada@example.com"] {
            assert!(!guide.contains(private), "the {what} tells {private}");
        }
        assert!(guide.contains(&format!("CAMPFIRE={}", app.base_url())), "{what}");
        for example in examples() {
            assert!(guide.contains(example.command), "the {what} lacks {}", example.command);
        }
        let limits = ["10,000 characters", "16 characters", "1 MiB", "5 a second, 40 at once"];
        assert!(limits.iter().all(|limit| guide.contains(limit)), "{what}");
    }
    assert_eq!(campfire::model::message::MAX_BODY, 10_000);
    assert_eq!(campfire::model::boost::MAX_BOOST, 16);
    assert_eq!(campfire::model::message::PAGE_SIZE, 40);
}
