//! The addresses of the static files, with the hash of their content in the name.

use crate::words;

/// The script in the language that is spoken.
pub fn app_js() -> &'static str {
    scripts().0
}

/// The script of pages that are shown without a network, in the language that is spoken.
pub fn kept_js() -> &'static str {
    scripts().1
}

fn scripts() -> (&'static str, &'static str) {
    let ours = SCRIPTS.get(words::spoken() as usize);
    ours.copied().unwrap_or((APP_JS, LATER_KEPT))
}

include!(concat!(env!("OUT_DIR"), "/asset_urls.rs"));
