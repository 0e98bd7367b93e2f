//! Messages with cards of the pages they link to.

use super::cast::{message, room_page};
use super::{Gallery, put};
use crate::model::link_preview::CardPicture;
use crate::model::{LinkPreview, Message, Timestamp};
use crate::views::link_previews::WrittenLinkFragment;

pub(super) fn link_previews(gallery: &mut Gallery) {
    put(gallery, "room-link-previews", room_page(messages()));
    let written = WrittenLinkFragment {
        url: "https://www.example.org/walks/long",
        title: "A <b>fine</b> & long walk",
        description: "Through woods and fields, with a map and places to rest.",
    };
    put(gallery, "fragment-written-link", written);
}

fn linked(id: i64, by: i64, words: &str, card: LinkPreview) -> Message {
    let url = card.url.replace('&', "&amp;");
    let words = if words.is_empty() { String::new() } else { format!("{words}<br>") };
    let html = format!("<p>{words}<a href=\"{url}\" rel=\"nofollow\">{url}</a></p>");
    let mut message = message(id, by, id - 80, &html);
    message.plain_text = if words.is_empty() { card.url.clone() } else { words };
    message.link_preview = Some(card);
    message
}

fn card(url: &str, title: &str, description: &str, picture: Option<(u32, u32)>) -> LinkPreview {
    let stored_at = Timestamp(1_795_183_509_120);
    let is_portrait = picture.is_some_and(|(width, height)| width == height);
    LinkPreview {
        url: url.into(),
        page_url: url.into(),
        title: title.into(),
        description: description.into(),
        picture: picture.map(|(width, height)| CardPicture {
            width,
            height,
            is_portrait,
            stored_at,
        }),
    }
}

fn messages() -> Vec<Message> {
    let long = "A description that a page wrote for machines, and that goes on and on, ".repeat(8);
    vec![
        linked(
            80,
            2,
            "",
            card(
                "https://www.example.org/walks/long?from=here&to=there",
                "A fine & long walk",
                "Through woods and fields, with a map and places to rest.",
                Some((800, 450)),
            ),
        ),
        linked(
            81,
            1,
            "Is this right?",
            card(
                "https://social.example/@ben/1",
                "Ben (@ben)",
                "<script>alert(1)</script> & other \"words\"",
                Some((73, 73)),
            ),
        ),
        linked(
            82,
            4,
            "",
            card(
                "https://a-host-with-a-rather-long-name-that-does-not-end.example.com/",
                "Unbrokenwordsthatareverylong".repeat(10).as_str(),
                long.trim(),
                None,
            ),
        ),
        linked(83, 3, "", card("https://مثال.example/", "عنوان الصفحة", "كلمات عن الصفحة", None)),
    ]
}
