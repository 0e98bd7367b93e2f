//! Every view with sample data in awkward states: for looking at, and for snapshot tests.

mod account;
mod alerts;
mod archive;
mod bots;
mod cast;
mod demos;
mod files;
mod finding;
mod languages;
mod link_previews;
mod notifications;
mod people;
mod reactions;
mod settings;
#[cfg(test)]
mod tests;
mod watching;

use askama::Template;

use super::avatar::{BotAvatar, InitialsAvatar};
use super::errors::{ErrorPage, ProblemFragment};
use super::first_runs::FirstRunPage;
use super::joins::JoinPage;
use super::live::MarkFrame;
use super::messages::{
    BoostedFrame, DeletedFrame, EditedFrame, MessageEditFragment, MessageEditPage, MessageFragment,
    MessagesFragment, PostedFrame, RenamedFrame, ReplacedListFrame,
};
use super::rooms::{EmptyWelcomePage, RoomPage};
use super::sessions::SignInPage;
use super::sidebar::{Sidebar, SidebarPage, SidebarRoom, SidebarRoomFrame, SidebarRoomGoneFrame};
use super::user_style::UserStyle;
use super::{FieldErrors, Flash, PersonForm, Tone};
use crate::model::{BodyFormat, Cursor, JoinCode, MessageId, RoomId, RoomKind, UserId};
use cast::{ada, author, awkward, conversation, invite, message, room_page, site};

/// Names and contents: pages first, then fragments. The same on every machine at any time.
pub fn gallery() -> Vec<(&'static str, String)> {
    let mut gallery = Vec::new();
    doors(&mut gallery);
    rooms(&mut gallery);
    as_scripts_leave_it(&mut gallery);
    account::account_pages(&mut gallery);
    bots::bots(&mut gallery);
    people::people(&mut gallery);
    reactions::reactions(&mut gallery);
    files::files(&mut gallery);
    link_previews::link_previews(&mut gallery);
    notifications::notifications(&mut gallery);
    alerts::alerts(&mut gallery);
    settings::settings(&mut gallery);
    finding::finding(&mut gallery);
    archive::archive(&mut gallery);
    watching::watching(&mut gallery);
    demos::demos(&mut gallery);
    languages::languages(&mut gallery);
    fragments(&mut gallery);
    gallery
}

type Gallery = Vec<(&'static str, String)>;

fn put(gallery: &mut Gallery, name: &'static str, view: impl Template) {
    // Writing to a string does not fail.
    gallery.push((name, view.render().unwrap_or_default()));
}

fn doors(gallery: &mut Gallery) {
    let sign_in = SignInPage { site: site(), email_address: String::new(), problem: None };
    put(gallery, "sign-in", sign_in.clone());
    put(
        gallery,
        "sign-in-refused",
        SignInPage {
            email_address: "ada@example.com".into(),
            problem: Some("That email address and password do not belong together.".into()),
            ..sign_in
        },
    );
    put(gallery, "first-run", FirstRunPage { site: site(), form: PersonForm::default() });
    put(gallery, "first-run-refused", FirstRunPage { site: site(), form: refused_form() });
    let join = JoinPage {
        site: site(),
        join_code: JoinCode::from_stored("Qx7T-m2Lp-9WzA".into()),
        form: PersonForm::default(),
    };
    put(gallery, "join", join.clone());
    put(gallery, "join-refused", JoinPage { form: refused_form(), ..join });
    let error = ErrorPage {
        site: site(),
        status: 404,
        title: "Nothing here".into(),
        sentence: "There is no such page, or it is not for you.".into(),
        request_id: None,
        signed_in: true,
    };
    put(gallery, "error-not-found", error.clone());
    put(
        gallery,
        "error-internal",
        ErrorPage {
            status: 500,
            title: "Something broke".into(),
            sentence: "It is not your fault. Try again, and tell whoever runs this server if it \
                       keeps happening."
                .into(),
            request_id: Some("01JD3K8VZ6Q4".into()),
            signed_in: false,
            ..error
        },
    );
}

fn refused_form() -> PersonForm {
    let mut errors = FieldErrors::default();
    errors.add("name", "Your name cannot be empty.");
    errors.add("email_address", "That does not look like an email address.");
    errors.add("password", "Use at least 8 characters.");
    errors.add("avatar", "A picture can be a PNG, JPEG, GIF or WebP.");
    PersonForm {
        name: String::new(),
        email_address: "ada.example.com".into(),
        account_name: "Hillside \"Workshop\"".into(),
        errors,
        ..PersonForm::default()
    }
}

fn rooms(gallery: &mut Gallery) {
    put(gallery, "room", room_page(conversation()));
    put(
        gallery,
        "room-first",
        RoomPage {
            invite: Some(invite()),
            member_count: 1,
            ..room_page(vec![message(1, 1, 0, "<p>Is this thing on?</p>")])
        },
    );
    put(gallery, "room-empty", RoomPage { sidebar: Sidebar::default(), ..room_page(Vec::new()) });
    put(
        gallery,
        "room-first-and-empty",
        RoomPage { invite: Some(invite()), ..room_page(Vec::new()) },
    );
    let long = "A room with a name that goes on and on until there is no more room for it at all";
    put(gallery, "room-awkward", RoomPage { title: long.into(), ..room_page(awkward()) });
    let mut middle = room_page(conversation());
    middle.list.has_older = true;
    middle.list.has_newer = true;
    middle.list.marked = Some(MessageId(43));
    put(gallery, "room-around-a-message", middle);
    put(
        gallery,
        "room-refused",
        RoomPage {
            draft: "\n<b>A draft</b> that starts with an empty line.\n\nAnd goes on.".into(),
            problem: Some("A message can be at most 10000 characters long.".into()),
            ..room_page(conversation())
        },
    );
    let mut ping = room_page(conversation());
    ping.room = cast::room(RoomKind::Direct, "");
    ping.title = "Grace Hopper and علي بن محمد".into();
    ping.flash =
        Some(Flash { tone: Tone::Notice, sentence: "You are signed in on this device.".into() });
    put(gallery, "room-ping", ping);
    put(
        gallery,
        "room-sixty-rooms",
        RoomPage { sidebar: sixty_rooms(), ..room_page(conversation()) },
    );
    put(
        gallery,
        "welcome-without-rooms",
        EmptyWelcomePage {
            site: site(),
            viewer: ada(),
            sidebar: Sidebar::default(),
            flash: Some(Flash {
                tone: Tone::Alert,
                sentence: "That room is gone, or you are no longer in it.".into(),
            }),
        },
    );
    put(gallery, "sidebar", SidebarPage { site: site(), viewer: ada(), sidebar: cast::sidebar() });
}

fn sixty_rooms() -> Sidebar {
    let rooms = (1..=60)
        .map(|n| SidebarRoom {
            room_id: RoomId(100 + n),
            name: format!("Room number {n}"),
            unread: if n % 7 == 0 { n } else { 0 },
            current: n == 3,
        })
        .collect();
    Sidebar { rooms, ..cast::sidebar() }
}

/// What only scripts bring about, written into the page as they would.
fn as_scripts_leave_it(gallery: &mut Gallery) {
    let page = room_page(conversation()).render().unwrap_or_default();
    let lined = page
        .replace(
            "<article id=\"message_41\"",
            "<p class=\"day\"><span>Friday 20 November</span></p><article id=\"message_41\"",
        )
        .replace(
            "<article id=\"message_46\"",
            "<p class=\"new-since\"><span>New since 14:10</span></p><article id=\"message_46\"",
        );
    gallery.push(("scripted-room", lined.clone()));

    let end = "</article>\n</div>\n<a class=\"button to-newest\"";
    let bubble = |classes: &str, note: &str, actions: &str| {
        format!(
            "<article class=\"message pending {classes}\" data-author-id=\"1\"><img class=\"avatar\" src=\"/users/1/avatar?v=0\" alt=\"\" width=\"40\" height=\"40\"><div class=\"byline\"><a class=\"author\" href=\"/users/1\">Ada Lovelace</a></div><div class=\"body\" dir=\"auto\">On my way.\nWith the big ladder.</div><p class=\"note\" role=\"status\">{note}</p><div class=\"actions\">{actions}</div></article>"
        )
    };
    let buttons = "<button class=\"retry\" type=\"button\">Retry</button><button class=\"discard\" type=\"button\">Discard</button>";
    let bubbles = bubble("", "", "")
        + &bubble("waiting", "Waiting for the connection", "")
        + &bubble("failed", "Waiting for the connection", buttons);
    let silent = "data-state=\"reconnecting\"></p>";
    gallery.push((
        "scripted-sending",
        lined
            .replacen(
                end,
                &format!("</article>\n{bubbles}</div>\n<a class=\"button to-newest\""),
                1,
            )
            .replacen(silent, "data-state=\"reconnecting\">Reconnecting…</p>", 1)
            .replacen(
                "<p id=\"typing\" aria-live=\"off\"></p>",
                "<p id=\"typing\" aria-live=\"off\">Grace is typing…</p>",
                1,
            ),
    ));
    gallery.push((
        "scripted-offline-drawer",
        lined
            .replacen(silent, "data-state=\"offline\">You are offline. What you send now waits for the connection.</p>", 1)
            .replacen("<body ", "<body class=\"drawer-open\" ", 1),
    ));
    let (above, below) = lined.split_once("id=\"message_46\"").unwrap_or_default();
    let open = below.replacen("<details class=\"menu\">", "<details class=\"menu\" open>", 1);
    gallery.push(("scripted-menu", format!("{above}id=\"message_46\"{open}")));
    gallery.push((
        "scripted-gone",
        lined
            .replacen("<form id=\"composer\"", "<p class=\"gone\" role=\"alert\">You are no longer in this room. <a href=\"/\">Go to your rooms</a></p><form id=\"composer\" hidden", 1)
            .replacen("<a class=\"button to-newest\"", "<button class=\"jump\" type=\"button\">Jump to newest (3 new)</button><a class=\"button to-newest\"", 1),
    ));
}

fn fragments(gallery: &mut Gallery) {
    put(
        gallery,
        "message-edit",
        MessageEditPage {
            site: site(),
            viewer: ada(),
            message: message(43, 1, 3, ""),
            format: BodyFormat::Markdown,
            source: "Yes. Two things:\n\n- the filter was full\n- the display says `E 07`".into(),
            problem: None,
        },
    );
    let cursor = Cursor(982);
    let bare = message(42, 2, 1, "<p>I can be there at ten.</p>");
    let mut boosted = bare.clone();
    boosted.boosts = cast::boosts(&["👏", "yes"], 3);
    put(gallery, "fragment-message", MessageFragment { message: &bare });
    let mut list = cast::list(conversation());
    list.has_older = true;
    put(gallery, "fragment-older-messages", MessagesFragment { list: &list });
    put(gallery, "frame-posted", PostedFrame { message: &bare, cursor });
    put(gallery, "frame-edited", EditedFrame { message: &boosted, cursor });
    put(gallery, "frame-deleted", DeletedFrame { message_id: bare.id, cursor });
    put(gallery, "frame-boosted", BoostedFrame { message: &boosted, cursor });
    put(gallery, "frame-replaced-list", ReplacedListFrame { list: &list });
    put(gallery, "frame-renamed", RenamedFrame { person: &author(5), cursor });
    put(gallery, "frame-mark", MarkFrame { cursor, epoch: list.epoch });
    let (source, format) = ("I can be there at ten.", BodyFormat::Markdown);
    let problem = Some("Write something first.");
    put(
        gallery,
        "fragment-message-edit",
        MessageEditFragment { message: &bare, source, format, problem },
    );
    let room =
        SidebarRoom { room_id: RoomId(9), name: "Kitchen".into(), unread: 3, current: false };
    put(gallery, "frame-sidebar-room", SidebarRoomFrame { room: &room, moved: false });
    put(gallery, "frame-sidebar-room-gone", SidebarRoomGoneFrame { room_id: RoomId(9) });
    put(gallery, "fragment-problem", ProblemFragment { sentence: "Write something first.".into() });
    put(gallery, "user-style", UserStyle { user_id: UserId(1), is_administrator: false });
    put(gallery, "avatar-initials", InitialsAvatar::new(UserId(5), &author(5).name));
    put(gallery, "avatar-bot", BotAvatar::new(UserId(9)));
}
