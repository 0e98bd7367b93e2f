//! The JSON of an export: one value a line, with names that stay.

use serde_json::{Value, json};

use super::shelf::KeptFile;
use crate::model::{Message, User};
use crate::queries::export::ExportedRoom;
use crate::queries::messages::Source;

pub fn person(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "email_address": user.email_address,
        "role": user.role.as_str(),
        "status": user.status.as_str(),
        "bio": user.bio,
    })
}

pub fn room(room: &ExportedRoom) -> Value {
    let members: Vec<Value> =
        room.members.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
    json!({
        "id": room.id,
        "kind": room.kind.as_str(),
        "name": room.name,
        "creator_id": room.creator_id,
        "created_at": room.created_at.to_string(),
        "archived_at": room.archived_at.map(|at| at.to_string()),
        "members": members,
        "message_count": room.message_count,
    })
}

pub fn message(message: &Message, source: &Source, kept: &[KeptFile]) -> Value {
    let boosts = message.boosts.iter().map(|boost| {
        json!({
            "content": boost.content,
            "created_at": boost.created_at.to_string(),
            "booster": { "id": boost.booster_id, "name": boost.booster_name },
        })
    });
    let files = message.attachments.iter().zip(kept).map(|(file, kept)| {
        json!({
            "id": file.id,
            "filename": file.filename,
            "content_type": file.content_type,
            "byte_size": file.byte_size,
            "width": file.width,
            "height": file.height,
            "sha256": kept.sha256,
            "path": kept.path,
        })
    });
    let mentions = message.mentioned.iter().map(|(id, name)| json!({ "id": id, "name": name }));
    let card = message.link_preview.as_ref().map(|card| {
        json!({
            "url": card.page_url,
            "title": card.title,
            "description": card.description,
        })
    });
    json!({
        "id": message.id,
        "room_id": message.room_id,
        "created_at": message.created_at.to_string(),
        "edited_at": message.edited_at.map(|at| at.to_string()),
        "author": {
            "id": message.author.id,
            "name": message.author.name,
            "role": message.author.role.as_str(),
        },
        "client_message_id": message.client_message_id.as_str(),
        "body": {
            "html": message.body_html,
            "plain_text": message.plain_text,
            "source": source.text,
            "format": source.format.as_str(),
        },
        "reply_to": message.reply_to.as_ref().map(|reply| reply.id),
        "mentions": mentions.collect::<Vec<_>>(),
        "boosts": boosts.collect::<Vec<_>>(),
        "attachments": files.collect::<Vec<_>>(),
        "link_preview": card,
    })
}
