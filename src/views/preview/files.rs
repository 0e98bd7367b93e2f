//! Messages with files of every kind, and what scripts make of those on their way.

use askama::Template;

use super::cast::{message, room_page};
use super::{Gallery, put};
use crate::model::{Attachment, AttachmentId, Message, Preview};
use crate::views::messages::MessageFragment;
use crate::views::rooms::RoomPage;

pub(super) fn files(gallery: &mut Gallery) {
    let page = room_page(everything());
    put(gallery, "room-files", page.clone());
    put(gallery, "room-files-off", RoomPage { files_off: true, ..page.clone() });
    let mut pending = message(71, 2, 0, "");
    pending.attachments = vec![picture(1, "roof.jpg", 4_000, 3_000, Preview::Pending)];
    put(gallery, "fragment-message-files", MessageFragment { message: &pending });
    let drawn = page.render().unwrap_or_default();
    let row = "<div class=\"composer-row\">";
    gallery.push(("scripted-files", drawn.replacen(row, &format!("{CHIPS}{row}"), 1)));
}

const CHIPS: &str = "<ul class=\"chips\" aria-label=\"Files\"><li class=\"chip\" data-state=\"done\"><img alt=\"\" src=\"/users/1/avatar?v=0\"><span class=\"chip-text\"><span class=\"chip-name\">roof.jpg</span><span class=\"chip-note\">2.1 MB</span></span><button class=\"icon-button cancel-file\" type=\"button\" aria-label=\"Remove roof.jpg\"></button></li><li class=\"chip\" data-state=\"going\"><span class=\"chip-text\"><span class=\"chip-name\">a-recording-with-a-very-long-name-that-does-not-fit.mp4</span><span class=\"chip-note\">45 %</span><progress max=\"100\" value=\"45\" aria-label=\"Sending the recording\"></progress></span><button class=\"icon-button cancel-file\" type=\"button\" aria-label=\"Cancel the recording\"></button></li><li class=\"chip\" data-state=\"failed\"><span class=\"chip-text\"><span class=\"chip-name\">plan.pdf</span><span class=\"chip-note\">The connection broke.</span></span><button class=\"retry\" type=\"button\" aria-label=\"Retry plan.pdf\">Retry</button><button class=\"icon-button cancel-file\" type=\"button\" aria-label=\"Remove plan.pdf\"></button></li></ul>";

fn everything() -> Vec<Message> {
    let with = |id, by, words: &str, attachments| {
        let mut message = message(id, by, id - 70, words);
        message.attachments = attachments;
        message
    };
    let mut tall = picture(6, "tower.png", 300, 4_000, Preview::Ready);
    tall.animated = true;
    let mut moving = picture(7, "dance.gif", 320, 240, Preview::Ready);
    moving.animated = true;
    vec![
        with(
            71,
            2,
            "<p>Photos from the roof:</p>",
            vec![
                picture(1, "roof.jpg", 4_000, 3_000, Preview::Ready),
                picture(2, "ladder.jpg", 3_000, 4_000, Preview::Ready),
                picture(3, "panorama.jpg", 12_000, 1_500, Preview::Ready),
                picture(4, "dot.png", 16, 16, Preview::Ready),
                picture(5, "still coming.webp", 1_600, 1_200, Preview::Pending),
            ],
        ),
        with(72, 4, "", vec![tall, moving]),
        with(73, 1, "", vec![file(8, "The noise it makes.mp4", "video/mp4", 31_415_926)]),
        with(74, 7, "", vec![file(9, "noise.mp3", "audio/mpeg", 314_159)]),
        with(
            75,
            3,
            "<p>And the papers.</p>",
            vec![
                file(10, "plan.pdf", "application/pdf", 1_234_567),
                file(11, "مخطط المبنى.zip", "application/zip", 99),
                file(12, &format!("{}….tar.gz", "unbroken".repeat(12)), "application/gzip", 1),
                file(13, "<b>&\"bold\".html", "application/octet-stream", 0),
                picture(14, "broken.png", 10, 10, Preview::Failed),
            ],
        ),
    ]
}

pub(super) fn file(id: i64, name: &str, content_type: &str, byte_size: i64) -> Attachment {
    Attachment {
        id: AttachmentId(id),
        filename: name.into(),
        content_type: content_type.into(),
        byte_size,
        width: None,
        height: None,
        preview: Preview::None,
        animated: false,
    }
}

fn picture(id: i64, name: &str, width: i64, height: i64, preview: Preview) -> Attachment {
    let (width, height) = (Some(width), Some(height));
    Attachment { width, height, preview, ..file(id, name, "image/jpeg", 2_345_678) }
}
