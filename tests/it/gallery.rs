//! Every view in every awkward state, compared with what was looked at and found good. After a
//! change that is meant: `INSTA_UPDATE=always cargo test --test it gallery`, then read the diff.

use campfire::views::preview::gallery;

/// The names of static files hold a hash of their content, which is not what is judged here.
fn without_hashes(html: &str) -> String {
    let mut shown = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("/assets/") {
        let (before, path) = rest.split_at(at);
        shown.push_str(before);
        let end = path.find(['"', '#', ' ', ')']).unwrap_or(path.len());
        shown.push_str(&without_hash(&path[..end]));
        rest = &path[end..];
    }
    shown + rest
}

/// `/assets/app-0123abcd45.css` becomes `/assets/app.css`.
fn without_hash(path: &str) -> String {
    let split = path.rsplit_once('-').zip(path.rsplit_once('.'));
    split.map_or_else(|| path.to_owned(), |((name, _), (_, kind))| format!("{name}.{kind}"))
}

#[test]
fn every_view_looks_as_it_was_found_good() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, html) in gallery() {
            insta::assert_snapshot!(name, without_hashes(&html));
        }
    });
}

#[test]
fn hashes_are_left_out_and_nothing_else() {
    assert_eq!(
        without_hashes(
            "<a href=\"/assets/logo-180-0123456789.png\"><use href=\"/assets/icons-ab.svg#icon-x\"/>"
        ),
        "<a href=\"/assets/logo-180.png\"><use href=\"/assets/icons.svg#icon-x\"/>"
    );
}
