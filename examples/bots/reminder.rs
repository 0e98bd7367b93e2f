//! Reminds people: `@Reminder in 20 minutes: tea` is boosted with a clock at once, and answered
//! when the time has come.
//!
//! ```sh
//! CAMPFIRE=https://chat.example.org KEY=7-a1B2c3D4e5F6 cargo run --example reminder
//! ```
//!
//! It keeps nothing on disk. Started again it reads the last messages of its rooms once more; what
//! it answered before it answers under the same client message id, and that is stored once.

use std::collections::HashMap;
use std::env;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use reqwest::Client;
use serde_json::{Value, json};

/// How often it looks for new messages.
const EVERY: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let campfire = env::var("CAMPFIRE").context("set CAMPFIRE to the address of the server")?;
    let key = env::var("KEY").context("set KEY to the bot's key")?;
    let mut bot = Bot {
        client: Client::builder().timeout(Duration::from_secs(10)).build()?,
        campfire,
        key,
        name: String::new(),
        seen: HashMap::new(),
        reminders: Vec::new(),
    };
    loop {
        // A server that restarts is no reason to give up.
        if let Err(error) = bot.go_round().await {
            eprintln!("{error:#}");
        }
        tokio::time::sleep(EVERY).await;
    }
}

struct Bot {
    client: Client,
    campfire: String,
    key: String,
    name: String,
    /// The last message seen in each room, by where its messages are.
    seen: HashMap<String, i64>,
    reminders: Vec<Reminder>,
}

struct Reminder {
    messages_url: String,
    message_id: i64,
    due: Timestamp,
    text: String,
}

impl Bot {
    async fn go_round(&mut self) -> Result<()> {
        let me = self.get(&format!("{}/bots/me", self.campfire)).await?;
        if self.name.is_empty() {
            self.name = me["name"].as_str().unwrap_or_default().to_owned();
            println!("I am {}, in {} rooms", self.name, me["rooms"].as_array().map_or(0, Vec::len));
        }
        for room in me["rooms"].as_array().into_iter().flatten() {
            self.look_into(room["messages_url"].as_str().unwrap_or_default()).await?;
        }
        let now = Timestamp::now();
        let (due, later) =
            std::mem::take(&mut self.reminders).into_iter().partition(|r: &Reminder| r.due <= now);
        self.reminders = later;
        for reminder in due {
            if let Err(error) = self.remind(&reminder).await {
                eprintln!("{error:#}");
                self.reminders.push(reminder);
            }
        }
        Ok(())
    }

    async fn look_into(&mut self, messages_url: &str) -> Result<()> {
        let url = match self.seen.get(messages_url) {
            Some(id) => format!("{messages_url}?after={id}"),
            None => messages_url.to_owned(),
        };
        for message in self.get(&url).await?.as_array().into_iter().flatten() {
            let id = message["id"].as_i64().context("a message without an id")?;
            let said = message["body"]["plain_text"].as_str().unwrap_or_default();
            if let Some((wait, text)) = request(said, &self.name) {
                let asked_at: Timestamp =
                    message["created_at"].as_str().unwrap_or_default().parse()?;
                let asker = message["creator"]["name"].as_str().unwrap_or_default();
                println!("{asker} asks for {text:?} in {} s", wait.as_secs());
                self.post(&format!("{messages_url}/{id}/boosts"), &json!({ "content": "⏰" }))
                    .await?;
                self.reminders.push(Reminder {
                    messages_url: messages_url.to_owned(),
                    message_id: id,
                    due: asked_at + wait,
                    text: format!("@{asker}: {text}"),
                });
            }
            self.seen.insert(messages_url.to_owned(), id);
        }
        Ok(())
    }

    async fn remind(&self, reminder: &Reminder) -> Result<()> {
        let message = json!({
            "body": reminder.text,
            "reply_to_id": reminder.message_id,
            // The same for the same request: however often this is sent, it is one message.
            "client_message_id": format!("00000000-0000-4000-8000-{:012x}", reminder.message_id),
        });
        self.post(&reminder.messages_url, &message).await?;
        println!("reminded: {}", reminder.text);
        Ok(())
    }

    async fn get(&self, url: &str) -> Result<Value> {
        let answer = self.client.get(url).bearer_auth(&self.key).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    async fn post(&self, url: &str, body: &Value) -> Result<()> {
        self.client.post(url).bearer_auth(&self.key).json(body).send().await?.error_for_status()?;
        Ok(())
    }
}

/// `@Reminder in 20 minutes: tea` asks the bot of that name for something.
fn request(said: &str, name: &str) -> Option<(Duration, String)> {
    let rest = said.trim().strip_prefix(&format!("@{name}"))?.trim_start_matches([',', ':', ' ']);
    let mut words = rest.strip_prefix("in ")?.splitn(3, ' ');
    let (count, unit) = (words.next()?.parse::<u64>().ok()?, words.next()?);
    let seconds = match unit.trim_end_matches([':', ',']).trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        _ => return None,
    };
    let text = words.next()?.trim().to_owned();
    let wait = Duration::from_secs(count.checked_mul(seconds).filter(|s| *s <= 7 * 86_400)?);
    (!text.is_empty()).then_some((wait, text))
}
