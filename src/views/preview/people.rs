//! The gallery's pages about people: persons, one's own profile, links.

use super::cast::{self, ada, person, site};
use super::{Gallery, put, settings};
use crate::model::{SessionId, Status, Theme};
use crate::views::sessions::SessionsPage;
use crate::views::sidebar::MeFrame;
use crate::views::transfers::{TransferLink, TransferPage};
use crate::views::users::{PersonPage, ProfileForm, ProfilePage};
use crate::views::{Flash, Tone};

pub(super) fn people(gallery: &mut Gallery) {
    let mut grace = person(2);
    grace.bio = Some("I found the moth. Ask me about <compilers>.".into());
    let person_page =
        |user| PersonPage { site: site(), viewer: ada(), user, transfer: None, flash: None };
    put(gallery, "person", person_page(grace.clone()));
    put(gallery, "person-with-link", PersonPage { transfer: Some(link()), ..person_page(grace) });
    let mut left = person(4);
    left.status = Status::Deactivated;
    put(gallery, "person-who-left", person_page(left));
    let mut banned = person(8);
    banned.status = Status::Banned;
    put(gallery, "person-banned", person_page(banned));
    put(gallery, "person-me", person_page(person(1)));
    put(gallery, "frame-sidebar-me", MeFrame { me: &person(4) });
    put(gallery, "person-bot", person_page(person(9)));
    profiles(gallery);
}

fn profiles(gallery: &mut Gallery) {
    let profile = ProfilePage {
        site: site(),
        viewer: ada(),
        form: ProfileForm {
            name: "Ada Lovelace".into(),
            email_address: "ada@example.com".into(),
            ..ProfileForm::default()
        },
        has_picture: false,
        pictures_off: false,
        recovers: false,
        language: None,
        theme: Theme::System,
        session_count: 1,
        transfer: None,
        flash: None,
        rooms: settings::profile_rooms(),
    };
    put(gallery, "profile", profile.clone());
    let mut form = ProfileForm {
        name: "<b>Ada</b>".into(),
        email_address: "ada.example.com".into(),
        bio: "\nI write programs for a machine that does not exist.".into(),
        ..ProfileForm::default()
    };
    for (field, sentence) in [
        ("avatar", "That is not a picture. Choose a PNG, JPEG, GIF or WebP file."),
        ("name", "Your name can be at most 100 characters long."),
        ("bio", "Your bio can be at most 200 characters long."),
        ("email_address", "That does not look like an email address."),
        ("password", "Use at least 8 characters."),
        ("current_password", "That is not your current password."),
    ] {
        form.errors.add(field, sentence);
    }
    let refused = ProfilePage { form, has_picture: true, ..profile.clone() };
    put(gallery, "profile-refused", refused);
    let mut linked = ProfilePage {
        pictures_off: true,
        recovers: true,
        theme: Theme::Dark,
        session_count: 12,
        transfer: Some(link()),
        flash: Some(Flash { tone: Tone::Notice, sentence: "Saved.".into() }),
        ..profile
    };
    linked.site.theme = Theme::Dark;
    put(gallery, "profile-with-link-dark", linked);
    let sessions = SessionsPage {
        site: site(),
        viewer: ada(),
        sessions: cast::sessions(),
        current: SessionId(2),
        flash: Some(Flash { tone: Tone::Notice, sentence: "That device is signed out.".into() }),
    };
    put(gallery, "sessions", sessions);
    let transfer =
        TransferPage { site: site(), token: "t".repeat(43), signed_in: None, problem: None };
    put(gallery, "transfer", transfer.clone());
    let signed_in = Some("<b>Bobby</b> Tables".into());
    put(gallery, "transfer-signed-in", TransferPage { signed_in, ..transfer.clone() });
    let problem = Some("This link does not work any more.".into());
    put(gallery, "transfer-refused", TransferPage { problem, ..transfer });
}

fn link() -> TransferLink {
    TransferLink { url: format!("https://chat.example.com/session/transfers/{}", "t".repeat(43)) }
}
