//! The pages that an export leaves. Their stylesheet lies beside them in an archive, not here.

use super::cast::{awkward, conversation};
use super::{Gallery, put};
use crate::model::attachment::Kind;
use crate::model::message::ReplyTo;
use crate::model::{Message, MessageId};
use crate::views::export::{
    ArchiveIndex, ArchivePage, ArchivedFile, ArchivedMessage, ArchivedRoom,
};

pub(super) fn archive(gallery: &mut Gallery) {
    let room = |title: &str, id: i64, about: &str| ArchivedRoom {
        title: title.into(),
        href: format!("rooms/{id}/index.html"),
        about: about.into(),
    };
    let rooms = [
        room("All Talk", 1, "open to everybody, 12000 messages"),
        room("<b>Plans</b> & \"Notes\"", 7, "a closed room, 1 message"),
        room("Ada Lovelace, علي بن محمد", 9, "a ping, 0 messages"),
    ];
    let index = ArchiveIndex {
        account_name: "Hillside Workshop",
        made_on: "20 November 2026",
        rooms: &rooms,
    };
    put(gallery, "archive-index", index);
    let page = ArchivePage {
        account_name: "Hillside Workshop",
        room: &rooms[0],
        page: 2,
        pages: 24,
        earlier: Some("index.html"),
        later: Some("page-3.html"),
        messages: &messages(),
    };
    put(gallery, "archive-room", page);
    let empty = ArchivePage {
        account_name: "Hillside Workshop",
        room: &rooms[2],
        page: 1,
        pages: 1,
        earlier: None,
        later: None,
        messages: &[],
    };
    put(gallery, "archive-room-empty", empty);
}

fn messages() -> Vec<ArchivedMessage> {
    let plain = |message: Message| ArchivedMessage { message, files: Vec::new(), original: None };
    let mut messages: Vec<ArchivedMessage> =
        conversation().into_iter().chain(awkward()).map(plain).collect();
    let file = |name: &str, kind, href: Option<&str>| ArchivedFile {
        name: name.into(),
        size: "2.1 MB".into(),
        kind,
        href: href.map(str::to_owned),
    };
    if let Some(first) = messages.first_mut() {
        first.files = vec![
            file("roof.jpg", Kind::Picture, Some("../../files/1/roof.jpg")),
            file("walk.mp4", Kind::Film, Some("../../files/2/walk.mp4")),
            file("bell.mp3", Kind::Recording, Some("../../files/3/bell.mp3")),
            file("<plan>.pdf", Kind::Other, Some("../../files/4/_plan_.pdf")),
            file("lost.zip", Kind::Other, None),
        ];
    }
    if let Some(last) = messages.last_mut() {
        last.message.reply_to = Some(ReplyTo { id: MessageId(1), original: None });
    }
    messages
}
