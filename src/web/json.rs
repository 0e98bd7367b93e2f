//! What programs are told of messages, boosts, rooms and people. Bots hold on to every key here.

use serde_json::{Value, json};

use crate::model::{Attachment, Author, Boost, Message, Room, User};
use crate::views::messages::body;

/// A message. Times are UTC with milliseconds, addresses are whole. Files are links after the
/// words; a message of nothing else says their names.
pub fn message(message: &Message, origin: &str) -> Value {
    let names: Vec<&str> = message.attachments.iter().map(|file| &*file.filename).collect();
    let plain_text = match message.plain_text.as_str() {
        "" => names.join("\n"),
        text => text.to_owned(),
    };
    let files: String = message.attachments.iter().map(|file| link_to(file, origin)).collect();
    json!({
        "id": message.id,
        "created_at": message.created_at.to_string(),
        "body": {
            "plain_text": plain_text,
            "html": format!("<div class=\"rich-text\">{}{files}</div>", body(message)),
        },
        "creator": author(&message.author, origin),
        "room": { "id": message.room_id },
        "url": message_url(message, origin),
    })
}

fn link_to(file: &Attachment, origin: &str) -> String {
    let name = file.filename.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p><a href=\"{origin}{}\">{name}</a></p>", file.path())
}

/// A boost, with who gave it.
pub fn boost(boost: &Boost, booster: &User, message: &Message, origin: &str) -> Value {
    json!({
        "id": boost.id,
        "content": boost.content,
        "created_at": boost.created_at.to_string(),
        "booster": user(booster, origin),
        "message": { "id": message.id, "url": message_url(message, origin) },
    })
}

/// A room as a bot in it sees it; `messages_path` is where it reads and posts.
pub fn room(room: &Room, messages_path: &str, origin: &str) -> Value {
    json!({
        "id": room.id,
        "name": room.name,
        "kind": room.kind,
        "url": format!("{origin}/rooms/{}", room.id),
        "messages_url": format!("{origin}{messages_path}"),
    })
}

/// A person or a bot.
pub fn user(user: &User, origin: &str) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "avatar_url": format!("{origin}{}", user.avatar_url()),
    })
}

fn author(author: &Author, origin: &str) -> Value {
    json!({
        "id": author.id,
        "name": author.name,
        "role": author.role,
        "avatar_url": format!("{origin}{}", author.avatar_url()),
    })
}

fn message_url(message: &Message, origin: &str) -> String {
    format!("{origin}/rooms/{}/messages/{}", message.room_id, message.id)
}
