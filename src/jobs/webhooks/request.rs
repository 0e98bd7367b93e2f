//! What a bot's program is sent: one JSON object, signed if the bot has a secret.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::super::Tools;
use crate::model::{ToDeliver, Told};
use crate::outbound::{Call, Caps, HeaderName, HeaderValue, Method, Purpose};

/// The longest silence of the program.
pub const SILENCE: Duration = Duration::from_secs(7);
/// From the beginning of a call to the last byte of its answer.
pub const WHOLE: Duration = Duration::from_secs(30);

/// The call that tells of this; a sentence for administrators if it cannot be made.
pub fn call(tools: &Tools, told: &ToDeliver) -> Result<Call, String> {
    let key = told
        .sealed_token
        .as_deref()
        .and_then(|sealed| Some(tools.tokens.bot_key(told.bot.id, sealed)?.reveal()));
    let key = key.ok_or("Not sent: the bot has no key. Make a new one for it.")?;
    let body = payload(told, &key).to_string();
    let event = if told.message.is_some() { "message" } else { "test" };
    let caps =
        Caps { silence: SILENCE, whole: WHOLE, answer_bytes: tools.most_heard, redirects: 0 };
    let mut call = Call::new(Purpose::Webhook, Method::POST, told.webhook.url.as_str())
        .map_err(|_| "Not sent: the address of the webhook cannot be called.")?
        .caps(caps)
        .header(HeaderName::from_static("content-type"), HeaderValue::from_static(JSON))
        .header(HeaderName::from_static("x-campfire-event"), HeaderValue::from_static(event));
    let mut headers = vec![("idempotency-key", told.idempotency_key())];
    if let Some(sealed) = &told.webhook.sealed_secret {
        let secret = tools.tokens.open(sealed);
        let secret = secret.ok_or("Not sent: the secret cannot be read. Save it anew.")?;
        headers.push(("x-campfire-signature", signature(&secret, body.as_bytes())));
    }
    for (name, value) in headers {
        let value = HeaderValue::from_str(&value).map_err(|_| "Not sent: a header is wrong.")?;
        call = call.header(HeaderName::from_static(name), value);
    }
    Ok(call.body(body))
}

const JSON: &str = "application/json";

fn payload(told: &ToDeliver, key: &str) -> serde_json::Value {
    let room_id = told.room_id;
    let message = match &told.message {
        Some(message) => json!({
            "id": message.id,
            "body": { "html": message.html, "plain": without_name(message, &told.bot.name) },
            "path": format!("/rooms/{room_id}/@{}", message.id),
        }),
        None => json!({
            "id": 0,
            "body": { "html": "<p>This is a test.</p>", "plain": "This is a test." },
            "path": format!("/rooms/{room_id}"),
        }),
    };
    json!({
        "user": { "id": told.author_id, "name": told.author_name },
        "room": {
            "id": room_id,
            "name": told.room_name,
            "path": format!("/rooms/{room_id}/{key}/messages"),
        },
        "message": message,
    })
}

/// The text without the bot's being called by its name.
fn without_name(message: &Told, name: &str) -> String {
    message.plain.replace(&format!("@{name}"), "").trim().to_owned()
}

/// `sha256=` and the keyed hash of the body, in hexadecimal.
fn signature(secret: &str, body: &[u8]) -> String {
    // Any length of key will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hexadecimal}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MessageId;

    #[test]
    fn the_name_is_taken_out_wherever_it_stands() {
        let told = |plain: &str| Told { id: MessageId(1), html: None, plain: plain.into() };
        let heard = |plain| without_name(&told(plain), "Deploy Bell");
        assert_eq!(heard("@Deploy Bell status?"), "status?");
        assert_eq!(
            heard("\u{2003}Hello @Deploy Bell, and @Deploy Bell again\n"),
            "Hello , and  again"
        );
    }

    #[test]
    fn a_signature_is_the_keyed_hash_of_what_is_sent() {
        // RFC 4231, test case 2.
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
