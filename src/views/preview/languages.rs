//! The main pages in German, whose words are long, and as a language would have them that is
//! written from right to left.

use super::{Gallery, doors, rooms};
use crate::words::{self, Language};

/// What of the gallery is shown in German, and under which name.
const GERMAN: [(&str, &str); 17] = [
    ("sign-in-refused", "german-sign-in-refused"),
    ("first-run", "german-first-run"),
    ("error-not-found", "german-error-not-found"),
    ("room", "german-room"),
    ("room-empty", "german-room-empty"),
    ("room-ping", "german-room-ping"),
    ("room-settings-to-change", "german-room-settings-to-change"),
    ("welcome-without-rooms", "german-welcome-without-rooms"),
    ("profile", "german-profile"),
    ("search-hits", "german-search-hits"),
    ("search-nothing", "german-search-nothing"),
    ("mentions-empty", "german-mentions-empty"),
    ("offline", "german-offline"),
    ("push-subscriptions", "german-push-subscriptions"),
    ("account", "german-account"),
    ("health-ill", "german-health-ill"),
    ("audit-log", "german-audit-log"),
];

pub(super) fn languages(gallery: &mut Gallery) {
    let mut german = Gallery::new();
    words::speaking(Language::German, || {
        doors(&mut german);
        rooms(&mut german);
        super::people::people(&mut german);
        super::settings::settings(&mut german);
        super::finding::finding(&mut german);
        super::account::account_pages(&mut german);
        super::notifications::notifications(&mut german);
        super::watching::watching(&mut german);
    });
    for (name, shown_as) in GERMAN {
        if let Some((_, html)) = german.iter().find(|(known, _)| *known == name) {
            gallery.push((shown_as, html.clone()));
        }
    }
    let mirrored =
        ["room", "profile"].into_iter().zip(["right-to-left-room", "right-to-left-profile"]);
    for (name, shown_as) in mirrored {
        if let Some((_, html)) = gallery.iter().find(|(known, _)| *known == name) {
            let html = html.replacen("lang=\"en\" dir=\"ltr\"", "lang=\"ar\" dir=\"rtl\"", 1);
            gallery.push((shown_as, html));
        }
    }
}
