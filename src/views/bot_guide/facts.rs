//! What is in the answers, how requests are refused, and what the limits are.

use super::{Key, Refusal};

/// A message.
pub const MESSAGE: &[Key] = &[
    Key { name: "id", means: "a number; later messages have higher ones" },
    Key { name: "created_at", means: "UTC, as 2026-11-20T14:05:09.123Z" },
    Key { name: "body.plain_text", means: "what was said, without markup" },
    Key { name: "body.html", means: "the same as it is shown" },
    Key { name: "creator.id", means: "who said it" },
    Key { name: "creator.name", means: "their name now" },
    Key { name: "creator.role", means: "member, administrator or bot" },
    Key { name: "creator.avatar_url", means: "their picture, for who is signed in" },
    Key { name: "room.id", means: "where it was said" },
    Key { name: "url", means: "where the message is told again" },
];

/// A boost.
pub const BOOST: &[Key] = &[
    Key { name: "id", means: "a number" },
    Key { name: "content", means: "the emoji or text" },
    Key { name: "created_at", means: "UTC, as with messages" },
    Key { name: "booster.id", means: "who gave it" },
    Key { name: "booster.name", means: "their name now" },
    Key { name: "booster.role", means: "member, administrator or bot" },
    Key { name: "booster.avatar_url", means: "their picture, for who is signed in" },
    Key { name: "message.id", means: "the message it is on" },
    Key { name: "message.url", means: "where that is told" },
];

/// The bot itself.
pub const ME: &[Key] = &[
    Key { name: "id", means: "the bot's number, the first half of its key" },
    Key { name: "name", means: "its name" },
    Key { name: "role", means: "bot" },
    Key { name: "avatar_url", means: "its picture, for who is signed in" },
    Key { name: "rooms[].id", means: "a room it is in" },
    Key { name: "rooms[].name", means: "the room's name; null in pings" },
    Key { name: "rooms[].kind", means: "open, closed or direct (a ping)" },
    Key { name: "rooms[].url", means: "the room's page" },
    Key { name: "rooms[].messages_url", means: "where the bot reads and posts" },
];

/// What a webhook is sent.
pub const WEBHOOK: &[Key] = &[
    Key { name: "user.id", means: "who said it" },
    Key { name: "user.name", means: "their name" },
    Key { name: "room.id", means: "where" },
    Key { name: "room.name", means: "the room's name; null in pings" },
    Key { name: "room.path", means: "where the bot posts to that room, with its key" },
    Key { name: "message.id", means: "the message's number" },
    Key { name: "message.body.html", means: "what was said; null if it was only files" },
    Key { name: "message.body.plain", means: "the same as text, without @ and the bot's name" },
    Key { name: "message.path", means: "where the message is on the room's page" },
];

/// A room, which is one of those in [`ME`].
pub const ROOM: &[&str] = &["id", "name", "kind", "url", "messages_url"];

/// Every refusal is JSON with one key, `error`: a sentence.
pub const REFUSALS: &[Refusal] = &[
    Refusal { status: 401, means: "The key is wrong or was replaced. Ask an administrator." },
    Refusal { status: 403, means: "The message is not this bot's, so it cannot change it." },
    Refusal { status: 404, means: "There is no such thing in a room that the bot is in." },
    Refusal { status: 413, means: "The request is too large." },
    Refusal { status: 422, means: "There is nothing to post, or it breaks a limit." },
    Refusal { status: 429, means: "Too fast. Wait as many seconds as Retry-After says." },
    Refusal {
        status: 503,
        means: "The server is busy or restarts. Nothing was stored: try again.",
    },
];

/// What there is at most of each thing.
pub const LIMITS: &[(&str, &str)] = &[
    ("A message", "10,000 characters"),
    ("A boost", "16 characters"),
    ("A request without files", "1 MiB"),
    ("Files", "10 a message"),
    ("What a webhook answers", "1 MiB of text, or a file as large as people may send"),
    ("What a webhook is told", "60 messages a minute; the rest are told later"),
    ("Changes by one bot", "5 a second, 40 at once"),
    ("A page of messages", "40"),
];
