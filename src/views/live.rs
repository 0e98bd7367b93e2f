//! What is pushed without a commit: who is writing, who is here. The same bytes for everybody;
//! the reader's own name is hidden by their own stylesheet.

use askama::Template;

use crate::model::{Cursor, Epoch, NamedUser, UserId};
use crate::words;

/// People whom the list of those present names; the others are counted.
pub const MOST_NAMED: usize = 50;

#[derive(Template)]
#[template(path = "live/typing_frame.html")]
struct TypingFrame<'a> {
    typists: &'a [NamedUser],
}

#[derive(Template)]
#[template(path = "live/present_frame.html")]
struct PresentFrame<'a> {
    present: &'a [NamedUser],
}

#[derive(Template)]
#[template(path = "live/dot_frame.html")]
struct DotFrame {
    user_id: UserId,
    online: bool,
}

/// Says where a page stands: sent before what it has missed, if it comes from another epoch, and
/// at the head of an answer to who asks instead of listening.
#[derive(Clone, Debug, Template)]
#[template(path = "live/mark_frame.html")]
pub struct MarkFrame {
    pub cursor: Cursor,
    pub epoch: Epoch,
}

/// Changes nothing: a page that gets it knows that the line is not dead.
pub const BEAT_FRAME: &str = "<hx-partial hx-target=\"#live\" hx-swap=\"none\"></hx-partial>";

/// One person's dot beside their ping.
pub fn dot_frame(user_id: UserId, online: bool) -> String {
    DotFrame { user_id, online }.render().unwrap_or_default()
}

/// The line under the text box. A view that cannot be drawn says nothing; the next sign does.
pub fn typing_frame(typists: &[NamedUser]) -> String {
    TypingFrame { typists }.render().unwrap_or_default()
}

/// Who is here, for the header of a room.
pub fn present_frame(present: &[NamedUser]) -> String {
    PresentFrame { present }.render().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_carry_their_id() {
        let html = typing_frame(&[NamedUser { id: UserId(7), name: "<b>Ada</b>".into() }]);
        assert!(html.contains("data-user-id=\"7\"") && !html.contains("<b>"), "{html}");
        let crowd: Vec<NamedUser> =
            (1..=52).map(|id| NamedUser { id: UserId(id), name: "Ada".into() }).collect();
        let html = present_frame(&crowd);
        assert!(html.contains("52 here") && html.contains("and 2 more"), "{html}");
        assert_eq!(html.matches("<a ").count(), MOST_NAMED);
        let html = present_frame(&[]);
        assert!(html.contains("#present_count") && html.contains("#present_list"), "{html}");
    }
}
