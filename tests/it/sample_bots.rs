//! The sample bots do what they say, against the real server.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::{App, Bot, Person, within};

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/bots").join(name)
}

async fn with_bot(name: &str) -> (App, Person, Bot) {
    let app = App::start();
    let ada = app.first_run().await;
    let bot = ada.make_bot(name).await;
    (app, ada, bot)
}

/// A sample that runs until it is let go of.
struct Running {
    _child: Child,
    lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
}

impl Running {
    fn start(command: &mut Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { _child: child, lines }
    }

    /// Waits for a line that holds this; gives the whole line.
    async fn says(&mut self, text: &str) -> String {
        let found = async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("the sample has ended");
                println!("sample: {line}");
                if line.contains(text) {
                    return line;
                }
            }
        };
        within(text, found).await
    }
}

fn texts(app: &App) -> Vec<String> {
    app.database().all("select plain_text from messages order by id", [])
}

async fn deploy(bot: &Bot, base: &str, command: &[&str]) -> std::process::Output {
    let run = Command::new(sample("notify-deploy"))
        .arg("the *shop*")
        .args(command)
        .env("MESSAGES", format!("{base}{}", bot.messages_path(1)))
        .output()
        .await;
    run.expect("sh and curl are needed here")
}

#[tokio::test]
async fn a_deploy_is_told_while_it_runs_and_when_it_ends() {
    let (app, _ada, bot) = with_bot("Deploys").await;
    let base = app.base_url();
    let good = deploy(&bot, &base, &["sh", "-c", "echo building; sleep 1"]).await;
    assert!(good.status.success());
    assert_eq!(String::from_utf8(good.stdout).unwrap(), "building\n");
    let bad = deploy(&bot, &base, &["sh", "-c", "echo 'no <space> left ```'; exit 3"]).await;
    assert_eq!(bad.status.code(), Some(3));
    let said = texts(&app);
    println!("{said:#?}");
    assert_eq!(said.len(), 2, "each deploy is one message: {said:?}");
    assert!(said[0].starts_with("✅ the shop was deployed in "), "{said:?}");
    assert!(said[1].starts_with("❌ Deploying the shop failed (status 3) after "), "{said:?}");
    assert!(said[1].ends_with("no <space> left ```"), "{said:?}");
    assert_eq!(app.database().count("changes where kind = 'edited'"), 2);

    // A room that cannot be told stops no deploy.
    let nowhere = deploy(&bot, "http://127.0.0.1:9", &["echo", "deployed"]).await;
    assert!(nowhere.status.success());
    assert_eq!(String::from_utf8(nowhere.stdout).unwrap(), "deployed\n");
}

/// Builds the Rust sample beside the tests and says where it is.
async fn reminder() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--example", "reminder", "--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .await
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let mut artifacts = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == "reminder";
        message["executable"].as_str().filter(|_| is_it).map(PathBuf::from)
    });
    artifacts.next().expect("cargo says where the sample is")
}

#[tokio::test]
async fn a_reminder_comes_when_it_is_due_and_once_across_a_restart() {
    let program = reminder().await;
    let (app, ada, bot) = with_bot("Reminder").await;
    let start = || {
        let mut command = Command::new(&program);
        Running::start(command.env("CAMPFIRE", app.base_url()).env("KEY", &bot.key))
    };
    let mut socket = ada.live(1, ada.cursor(1).await).await;
    let mut running = start();
    running.says("I am Reminder, in 1 rooms").await;
    let asked = ada.post(1, "@Reminder in 2 seconds: tea").await;
    ada.post(1, "@Reminder in 5 bananas: nothing").await;
    socket.wait_for("⏰").await;
    socket.wait_for("@Ada").await;
    running.says("reminded: @Ada: tea").await;
    drop(running);

    let mut again = start();
    again.says("reminded: @Ada: tea").await;
    let said = texts(&app);
    println!("{said:#?}");
    assert_eq!(said.iter().filter(|text| text.ends_with(": tea")).count(), 2, "{said:?}");
    assert_eq!(app.database().count(&format!("messages where reply_to_id = {asked}")), 1);
    assert_eq!(app.database().count("boosts"), 1);
}

#[tokio::test]
async fn an_echo_answers_who_mentions_it_if_the_request_is_signed() {
    let (app, ada, bot) = with_bot("Echo").await;
    let mut command = Command::new("python3");
    let command = command.arg(sample("echo.py")).env("PORT", "0").env("SECRET", "between us");
    let mut echo = Running::start(command);
    let line = echo.says("listening on ").await;
    let url = line.trim_start_matches("listening on ");
    let give = async |secret: &str| {
        let form = [("name", "Echo"), ("webhook_url", url), ("webhook_secret", secret)];
        ada.post_form(&format!("/account/bots/{}", bot.id), &form).await.expect(303);
    };
    give("between us").await;
    let mut socket = ada.live(1, ada.cursor(1).await).await;
    ada.post(1, "@Echo hello <there>").await;
    echo.says("told: Ada in ").await;
    socket.wait_for("Ada said: hello").await;
    let said = texts(&app);
    println!("{said:#?}");
    assert_eq!(said, ["@Echo hello <there>", "Ada said: hello <there>"]);

    give("guessed").await;
    ada.post(1, "@Echo still there?").await;
    let settled = async {
        while app.database().count("webhook_deliveries where state <> 'waiting'") < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    within("the second delivery is settled", settled).await;
    assert_eq!(texts(&app).len(), 3, "what is not signed is not answered");
}
