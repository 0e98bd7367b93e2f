//! A stored file that belongs to a message.

use serde::{Deserialize, Serialize};

use super::AttachmentId;

/// Most files in one message.
pub const MAX_ATTACHMENTS: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    /// As shown: cleaned of control, bidi and zero-width characters.
    pub filename: String,
    pub content_type: String,
    pub byte_size: i64,
    /// Of an image or a video, in pixels.
    pub width: Option<i64>,
    pub height: Option<i64>,
}
