//! Draws what a returning reader has missed, in frames of a bearable size.

use crate::error::Result;
use crate::model::{Cursor, RoomId};
use crate::queries::changes::{Altered, Missed};
use crate::views::draw;
use crate::views::messages::{DeletedFrame, EditedFrame, PostedFrame, ReplacedListFrame};
use crate::views::rooms::MessageList;

/// A frame is closed when it has grown beyond this, in bytes.
const FRAME: usize = 256 * 1024;

/// The cursor the frames lead to, and the frames; none when nothing was missed.
///
/// Only the last one carries that cursor: a reader cut off in between comes back with the old one
/// and is sent everything again, which changes nothing that is on the page already.
pub fn frames(room_id: RoomId, since: Cursor, missed: Missed) -> Result<(Cursor, Vec<String>)> {
    match missed {
        Missed::Changes { cursor, altered } => Ok((cursor, changes(since, cursor, &altered)?)),
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
            Ok((cursor, vec![draw(&ReplacedListFrame { list: &list })?]))
        }
    }
}

fn changes(since: Cursor, cursor: Cursor, mut altered: &[Altered]) -> Result<Vec<String>> {
    let mut frames = Vec::new();
    while !altered.is_empty() {
        let (mut frame, taken) = one_frame(since, altered)?;
        if taken == altered.len() {
            frame = one_frame(cursor, altered)?.0;
        }
        frames.push(frame);
        altered = &altered[taken..];
    }
    Ok(frames)
}

/// As many as fit into one frame, and how many that are: at least one.
fn one_frame(cursor: Cursor, altered: &[Altered]) -> Result<(String, usize)> {
    let mut html = String::new();
    let mut taken = 0;
    while taken < altered.len() && html.len() < FRAME {
        html.push_str(&one(&altered[taken], cursor)?);
        taken += 1;
    }
    Ok((html, taken))
}

fn one(altered: &Altered, cursor: Cursor) -> Result<String> {
    match altered {
        Altered::Posted(message) => draw(&PostedFrame { message, cursor }),
        Altered::Changed(message) => draw(&EditedFrame { message, cursor }),
        Altered::Deleted(message_id) => draw(&DeletedFrame { message_id: *message_id, cursor }),
    }
}
