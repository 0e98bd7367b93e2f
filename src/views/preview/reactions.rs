//! Messages that answer, mention, play and are boosted.

use super::cast::{ada, author, boosts, message, room_page, site};
use super::{Gallery, put};
use crate::model::{Message, MessageId, Original, ReplyTo, UserId};
use crate::views::autocompletion::PeopleSuggestions;
use crate::views::boosts::{BoostsFragment, BoostsPage};

pub(super) fn reactions(gallery: &mut Gallery) {
    let mut page = room_page(everything());
    page.reply_to = Some((MessageId(61), original(2, "Anybody there?")));
    put(gallery, "room-reactions", page);
    let mut boosted = message(61, 2, 0, "<p>Anybody there?</p>");
    let page = BoostsPage {
        site: site(),
        viewer: ada(),
        message: boosted.clone(),
        original: original(2, "Anybody there?"),
        refused: None,
    };
    put(gallery, "boosts-none", page.clone());
    boosted.boosts = boosts(&["👏", "<b>very</b> funny", "مرحبا"], 12);
    put(gallery, "fragment-boosts", BoostsFragment { message: &boosted });
    let refused =
        ("far too long a boost".into(), "A boost can be at most 16 characters long.".into());
    put(gallery, "boosts", BoostsPage { message: boosted, refused: Some(refused), ..page });
    let people = [author(1), author(4), author(6)];
    let people: Vec<_> = people.iter().collect();
    put(gallery, "fragment-suggestions", PeopleSuggestions { people: &people });
}

fn original(by: i64, first_line: &str) -> Original {
    let author = author(by);
    Original { author_id: author.id, author_name: author.name, first_line: first_line.into() }
}

fn reply(id: i64, by: i64, to: Option<Original>, body_html: &str) -> Message {
    let mut reply = message(id, by, id - 60, body_html);
    reply.reply_to = Some(ReplyTo { id: MessageId(60), original: to });
    reply
}

fn plain(id: i64, by: i64, text: &str) -> Message {
    let mut said = message(id, by, id - 60, &format!("<p>{text}</p>"));
    said.plain_text = text.into();
    said
}

fn everything() -> Vec<Message> {
    let long = "A first line that goes on for so long that no screen is wide enough to show all of it, whatever the reader does…";
    let mut renamed =
        message(62, 2, 2, "<p><a class=\"mention\" href=\"/users/6\">@Bob</a> knows!</p>");
    renamed.mentioned = vec![(UserId(6), author(6).name)];
    renamed.boosts = boosts(&["👍", "so true", "👍"], 5);
    vec![
        message(60, 4, 0, &format!("<p>{long}</p>")),
        message(61, 2, 1, "<p>Anybody there?</p>"),
        renamed,
        reply(63, 1, Some(original(2, "@Bob knows!")), "<p>Does he?</p>"),
        reply(64, 2, Some(original(1, "Does he?")), "<p>He does.</p>"),
        reply(65, 3, Some(original(4, long)), "<p>نعم</p>"),
        reply(66, 8, None, "<p>I had not seen that.</p>"),
        reply(67, 7, Some(original(8, "/play tada")), "<p>Loud!</p>"),
        plain(68, 8, "/play tada"),
        plain(69, 1, "🎉👩‍🚀"),
    ]
}
