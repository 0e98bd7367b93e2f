//! The main walk in w3m, a browser that knows no script and no style: what it shows is all there is.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::{App, PASSWORD, html};

/// A w3m with cookies of its own.
struct TextBrowser {
    home: TempDir,
    base_url: String,
}

impl TextBrowser {
    fn at(app: &App) -> TextBrowser {
        TextBrowser { home: tempfile::tempdir().unwrap(), base_url: app.base_url() }
    }

    fn run(&self, arguments: &[&str], path: &str) -> String {
        let output = Command::new("w3m")
            .env("HOME", self.home.path())
            .env("LC_ALL", "C.UTF-8")
            .args(["-cookie", "-o", "accept_cookie=1", "-o", "auto_uncompress=1", "-cols", "100"])
            .args(arguments)
            .arg(format!("{}{path}", self.base_url))
            .output()
            .expect("w3m is needed: install the package w3m");
        assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The page as it is shown.
    fn read(&self, path: &str) -> String {
        self.run(&["-dump"], path)
    }

    /// Sends the form of a page that posts to this address, with what it holds already, and gives
    /// the page where that leads.
    fn send(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
        let source = self.run(&["-header", "Accept-Encoding: identity", "-dump_source"], page);
        let mut all = html::hidden_fields(&source, action);
        all.extend(fields.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let body = serde_urlencoded(&all);
        let file = self.home.path().join("form");
        std::fs::write(&file, body).unwrap();
        self.run(&["-dump", "-post", path_of(&file)], action)
    }
}

fn path_of(file: &Path) -> &str {
    file.to_str().unwrap()
}

fn serde_urlencoded(fields: &[(String, String)]) -> String {
    let mut url = reqwest::Url::parse("http://localhost/").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

/// Fails unless the page shows these, one after the other.
#[track_caller]
fn assert_shows(page: &str, wanted: &[&str]) {
    let mut rest = page;
    for words in wanted {
        let Some((_, after)) = rest.split_once(words) else {
            panic!("{words:?} is not there, or not in its place, in\n{page}");
        };
        rest = after;
    }
}

#[tokio::test]
async fn the_main_walk_works_in_a_text_browser() {
    let app = App::start();
    app.first_run().await;
    let grace = app.join("Grace").await;
    grace.post(1, "The pump is **loud** again").await;
    let ada = TextBrowser::at(&app);

    assert_shows(&ada.read("/"), &["Email address", "Password", "Sign in"]);
    let refused = [("email_address", "ada@example.com"), ("password", "not this one")];
    assert_shows(&ada.send("/session/new", "/session", &refused), &["do not go together"]);
    let right = [("email_address", "ada@example.com"), ("password", PASSWORD)];
    let room = ada.send("/session/new", "/session", &right);
    assert_shows(
        &room,
        &["Rooms", "All Talk", "Members: 2", "Messages", "Grace", "The pump is loud again"],
    );
    assert_shows(&room, &["Reply", "Copy link"]);

    let room = ada.send("/rooms/1", "/rooms/1/messages", &[("body", "I will look at it")]);
    assert_shows(&room, &["The pump is loud again", "Ada", "I will look at it"]);
    let answering = ada.read("/rooms/1?reply_to=1");
    assert_shows(&answering, &["Replying to Grace", "The pump is loud again"]);
    let reply = [("body", "Since when?")];
    let room = ada.send("/rooms/1?reply_to=1", "/rooms/1/messages", &reply);
    assert_shows(&room, &["In reply to Grace", "The pump is loud again", "Since when?"]);

    assert_shows(&ada.read("/messages/1/boosts"), &["Nobody has boosted this message yet"]);
    let room = ada.send("/messages/1/boosts", "/messages/1/boosts", &[("content", "Oh no")]);
    assert_shows(&room, &["The pump is loud again", "Oh no", "from Ada"]);
    let edit = "/rooms/1/messages/2/edit";
    assert_shows(&ada.read(edit), &["I will look at it", "Save changes"]);
    let room = ada.send(edit, "/rooms/1/messages/2", &[("body", "I am looking at it")]);
    assert_shows(&room, &["I am looking at it", "edited"]);

    assert_shows(&ada.read("/users/me/sidebar"), &["Search", "Mentions", "All Talk"]);
    assert_shows(&ada.read("/searches?q=pump"), &["Grace", "All Talk", "The pump is loud again"]);
    assert_shows(&ada.read("/no/such/page"), &["Nothing here", "Back to the rooms"]);
    assert_shows(&ada.read("/users/me/profile"), &["Ada", "Leaving?", "Sign out"]);
    let door = ada.send("/users/me/profile", "/session/delete", &[]);
    assert_shows(&door, &["Email address", "Password"]);
    assert_shows(&ada.read("/rooms/1"), &["Email address"]);
}
