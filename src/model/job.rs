//! Work that is done later, may fail and may be repeated; kept as a row until it is done.

use serde::{Deserialize, Serialize};

use super::timestamp::DAY_MS;
use super::{AttachmentId, MessageId, PushSubscriptionId, RoomId, UserId};

/// One piece of work. What is stored must stay readable by later versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Takes away what a banned person wrote until they were banned.
    RemoveBannedContent { user_id: UserId, up_to: MessageId },
    /// Removes what a room still holds that was deleted.
    EmptyDeletedRoom { room_id: RoomId },
    /// Looks up the page that a message links to, and shows what it says of itself.
    PreviewLink { message_id: MessageId, url: String },
    /// Finds out whom a new message concerns, and queues a push to each of their devices.
    NotifyMembers { message_id: MessageId },
    /// Tells one device of a message.
    PushMessage { message_id: MessageId, subscription_id: PushSubscriptionId },
    /// Removes stored files that no row names any more.
    RemoveFiles { keys: Vec<String> },
    /// Makes the small copy of a picture or a film.
    MakePreview { attachment_id: AttachmentId },
    /// Puts the messages into the search index that were there before it was.
    IndexMessages,
}

/// Work that waits for other machines must not hold up the rest: each lane has its own places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lane {
    /// What this server does alone, and soon.
    Work,
    /// Making small copies, which takes long.
    Previews,
    /// Looking up what people link to.
    LookUps,
    /// Telling devices of messages.
    Pushes,
}

impl Lane {
    /// In the order of their numbers.
    pub const ALL: [Lane; 4] = [Lane::Work, Lane::Previews, Lane::LookUps, Lane::Pushes];

    /// What the row says it is.
    pub fn as_str(self) -> &'static str {
        match self {
            Lane::Work => "work",
            Lane::Previews => "previews",
            Lane::LookUps => "look_ups",
            Lane::Pushes => "pushes",
        }
    }
}

impl Job {
    /// What the row says it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Job::RemoveBannedContent { .. } => "remove_banned_content",
            Job::EmptyDeletedRoom { .. } => "empty_deleted_room",
            Job::PreviewLink { .. } => "preview_link",
            Job::NotifyMembers { .. } => "notify_members",
            Job::PushMessage { .. } => "push_message",
            Job::RemoveFiles { .. } => "remove_files",
            Job::MakePreview { .. } => "make_preview",
            Job::IndexMessages => "index_messages",
        }
    }

    /// Where it waits.
    pub fn lane(&self) -> Lane {
        match self {
            Job::RemoveBannedContent { .. }
            | Job::EmptyDeletedRoom { .. }
            | Job::RemoveFiles { .. }
            | Job::IndexMessages => Lane::Work,
            Job::MakePreview { .. } => Lane::Previews,
            Job::PreviewLink { .. } => Lane::LookUps,
            Job::NotifyMembers { .. } | Job::PushMessage { .. } => Lane::Pushes,
        }
    }

    /// How long it is worth trying, in milliseconds.
    pub fn keep_ms(&self) -> i64 {
        match self {
            Job::RemoveBannedContent { .. }
            | Job::EmptyDeletedRoom { .. }
            | Job::RemoveFiles { .. }
            | Job::IndexMessages => 30 * DAY_MS,
            Job::MakePreview { .. } => DAY_MS,
            // Later than that the talk has moved on.
            Job::PreviewLink { .. } => DAY_MS / 24,
            Job::NotifyMembers { .. } | Job::PushMessage { .. } => DAY_MS / 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read_again() {
        let job = Job::RemoveBannedContent { user_id: UserId(7), up_to: MessageId(42) };
        let stored = serde_json::to_string(&job).unwrap();
        assert_eq!(stored, r#"{"kind":"remove_banned_content","user_id":7,"up_to":42}"#);
        assert_eq!(serde_json::from_str::<Job>(&stored).unwrap(), job);
    }
}
