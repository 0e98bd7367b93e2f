//! A program with a bot's key: an HTTP client that keeps no cookies.

use reqwest::{Method, RequestBuilder};

use super::{Answer, Person};

/// A bot that an administrator has made.
#[derive(Clone)]
pub struct Bot {
    pub id: i64,
    pub key: String,
    client: Person,
}

impl Person {
    /// An administrator makes a bot; it is in every open room.
    pub async fn make_bot(&self, name: &str) -> Bot {
        let request = self.bare(Method::POST, "/account/bots");
        let request = request.header("Accept", "application/json").form(&[("name", name)]);
        let made = self.send(request).await.expect(201).json();
        let key = made["key"].as_str().unwrap().to_owned();
        let client = Person::new(name, &self.base_url());
        Bot { id: made["id"].as_i64().unwrap(), key, client }
    }
}

impl Bot {
    /// The same bot with another key.
    pub fn with_key(&self, key: &str) -> Bot {
        Bot { key: key.to_owned(), ..self.clone() }
    }

    /// A request as programs make it, with the key as a bearer token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).header("Authorization", format!("Bearer {}", self.key))
    }

    /// A request without a key; the path may hold it.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.bare(method, path)
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.client.send(request).await
    }

    /// Where this bot posts to a room.
    pub fn messages_path(&self, room: i64) -> String {
        format!("/rooms/{room}/{}/messages", self.key)
    }

    /// Posts a text as `curl -d` does: bytes with the type of a form.
    pub async fn post(&self, room: i64, text: &str) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        let request = self.bare(Method::POST, &self.messages_path(room));
        self.send(request.header("Content-Type", kind).body(text.to_owned())).await
    }
}
