//! Draws what a returning reader has missed, as one frame.

use askama::Template;

use crate::error::{Error, Result};
use crate::model::{Cursor, RoomId};
use crate::queries::changes::{Altered, Missed};
use crate::views::messages::{DeletedFrame, EditedFrame, PostedFrame, ReplacedListFrame};
use crate::views::rooms::MessageList;

/// The cursor the frame leads to, and its HTML; empty when nothing was missed.
pub fn draw(room_id: RoomId, missed: Missed) -> Result<(Cursor, String)> {
    match missed {
        Missed::Changes { cursor, altered } => {
            let mut html = String::new();
            for altered in &altered {
                html.push_str(&one(altered, cursor)?);
            }
            Ok((cursor, html))
        }
        Missed::Everything { cursor, page } => {
            let list = MessageList {
                room_id,
                messages: page.messages,
                cursor,
                has_older: page.has_older,
                has_newer: page.has_newer,
                marked: None,
                read_up_to: None,
            };
            Ok((cursor, render(&ReplacedListFrame { list: &list })?))
        }
    }
}

fn one(altered: &Altered, cursor: Cursor) -> Result<String> {
    match altered {
        Altered::Posted(message) => render(&PostedFrame { message, cursor }),
        Altered::Changed(message) => render(&EditedFrame { message, cursor }),
        Altered::Deleted(message_id) => render(&DeletedFrame { message_id: *message_id, cursor }),
    }
}

fn render(view: &impl Template) -> Result<String> {
    view.render().map_err(|error| Error::Internal(error.into()))
}
