//! What the interface says, and in whose language: templates hold no word of their own, browsers
//! are spoken to as they ask for it, people as they have chosen, and everybody at once.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::Method;

use crate::support::{App, Person, sources};

// --- the catalogue is the only place for words --------------------------------------------------

/// What is called the same in every language.
const NAMES: [&str; 2] = ["Campfire on Rust", "UTC"];
/// In English for everybody: an archive for whoever opens it, and what programmers read.
const ENGLISH: [&str; 2] = ["templates/export/", "templates/bots/guide"];

#[test]
fn no_template_says_a_word_of_its_own() {
    let mut wrong = Vec::new();
    for template in sources::under("templates/") {
        let english = ENGLISH.iter().any(|path| template.path.starts_with(path));
        if !english && template.extension() == "html" {
            let said = words_in(&template.text);
            wrong.extend(said.into_iter().map(|word| format!("{}: {word:?}", template.path)));
        }
    }
    assert_eq!(wrong, [""; 0], "these belong in src/words/en.toml and its translations");
}

#[test]
fn words_in_templates_are_found() {
    assert_eq!(words_in("<p title=\"{{ a }}\">{{ b }} {% if c %}<b>d</b>{% endif %}</p>"), ["d"]);
    assert_eq!(words_in("<a href=\"/x\" aria-label=\"Go {{ a }}\">{{ b }}</a>"), ["Go "]);
    assert_eq!(
        words_in("{% block page %}room{% endblock %}<code>ls -l</code> UTC, {{ a }}"),
        [""; 0]
    );
    assert_eq!(words_in("{# why #}<input placeholder=\"Find\" value=\"on\">"), ["Find"]);
}

/// What a template shows that does not come from an expression: text, and what some attributes say.
fn words_in(template: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut rest, mut quiet) = (template, false);
    while !rest.is_empty() {
        if let Some((tag, after)) = expression(rest) {
            // Names of pages and addresses, not words.
            let block = tag.trim_matches(['{', '%', '-', ' ', '}']);
            let named = [
                "block page",
                "block back",
                "block live",
                "block body_attributes",
                "block of_html",
            ];
            quiet = named.contains(&block) || quiet && block != "endblock";
            rest = after;
        } else if rest.starts_with('<') {
            let end = end_of_tag(rest);
            let (tag, after) = rest.split_at(end);
            words.extend(spoken_attributes(tag));
            let literal = ["code", "kbd", "pre"]
                .iter()
                .find(|name| tag.strip_prefix('<').is_some_and(|tag| tag.starts_with(**name)));
            rest = match literal {
                Some(name) => after.find(&format!("</{name}")).map_or("", |at| &after[at..]),
                None => after,
            };
        } else {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let next = ["{{", "{%", "{#", "<"].iter().filter_map(|mark| rest[first..].find(mark));
            let (text, after) = rest.split_at(next.min().map_or(rest.len(), |at| at + first));
            let bare = NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
            if !quiet && bare.chars().any(char::is_alphabetic) {
                words.push(text.trim().to_owned());
            }
            rest = after;
        }
    }
    words
}

/// The expression, tag or comment that the text begins with, and what follows it.
fn expression(text: &str) -> Option<(&str, &str)> {
    let marks = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
    let (_, end) = marks.iter().find(|(start, _)| text.starts_with(start))?;
    let at = text.find(end)? + end.len();
    Some(text.split_at(at))
}

/// Where the HTML tag ends that the text begins with.
fn end_of_tag(text: &str) -> usize {
    let (mut at, mut quoted) = (0, false);
    while let Some(c) = text[at..].chars().next() {
        if let Some((inner, _)) = expression(&text[at..]) {
            at += inner.len();
            continue;
        }
        at += c.len_utf8();
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn spoken_attributes(tag: &str) -> Vec<String> {
    let mut words = Vec::new();
    for name in ["aria-label", "title", "placeholder", "alt"] {
        for value in tag.split(&format!(" {name}=\"")).skip(1) {
            let mut rest = value;
            let mut said = String::new();
            while let Some(c) = rest.chars().next() {
                if let Some((_, after)) = expression(rest) {
                    rest = after;
                } else if c == '"' {
                    break;
                } else {
                    said.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
            if said.chars().any(char::is_alphabetic) {
                words.push(said);
            }
        }
    }
    words
}

// --- who is spoken to how ------------------------------------------------------------------------

async fn asked_for(person: &Person, path: &str, languages: &str) -> String {
    let request = person.request(Method::GET, path).header("accept-language", languages);
    person.send(request).await.text()
}

/// A page as it is kept: packed.
async fn kept(person: &Person, path: &str) -> String {
    let request = person.request(Method::GET, path).header("accept-encoding", "gzip");
    let answer = person.send(request).await.expect(200);
    assert_eq!(answer.header("content-encoding"), "gzip", "{path}");
    let mut page = String::new();
    GzDecoder::new(answer.bytes()).read_to_string(&mut page).unwrap();
    page
}

async fn choose(person: &Person, language: &str) {
    person.post_form("/users/me/language", &[("language", language)]).await.expect(303);
}

#[tokio::test]
async fn a_browser_is_spoken_to_as_it_asks_for_it() {
    let app = App::start();
    app.first_run().await;
    let visitor = app.visitor();
    let german = ["de", "de-AT,de;q=0.9,en;q=0.8", "fr;q=0.9, DE;q=0.5", "x,,;q=,de"];
    for languages in german {
        let page = asked_for(&visitor, "/session/new", languages).await;
        assert!(page.contains("<html lang=\"de\" dir=\"ltr\">"), "{languages}: {page}");
        assert!(page.contains(">Anmelden</button>") && !page.contains("Sign in"), "{page}");
    }
    let long = format!("{}de", "en;q=0.1,".repeat(300));
    let english = ["en", "fr", "en, de", "de;q=0", "de;q=nan", "\"<script>\"", "*", "", &long];
    for languages in english {
        let page = asked_for(&visitor, "/session/new", languages).await;
        assert!(page.contains("<html lang=\"en\" dir=\"ltr\">"), "{languages}: {page}");
        assert!(page.contains(">Sign in</button>") && !page.contains("<script>"), "{page}");
    }
    assert!(visitor.get("/session/new").await.text().contains("<html lang=\"en\""));
    let missing = asked_for(&visitor, "/nowhere", "de").await;
    assert!(missing.contains("Hier ist nichts"), "{missing}");
    let refused = visitor.request(Method::POST, "/session").header("accept-language", "de");
    let refused = refused.form(&[("email_address", "a@example.org"), ("password", "wrong one")]);
    let refused = visitor.send(refused).await.expect(401).text();
    assert!(refused.contains("E-Mail-Adresse und Passwort passen nicht zusammen."), "{refused}");
}

#[tokio::test]
async fn a_choice_goes_before_what_the_browser_asks_for() {
    let app = App::start();
    let ada = app.first_run().await;
    assert!(asked_for(&ada, "/users/me/profile", "de").await.contains("Dein Profil"));
    choose(&ada, "en").await;
    let page = asked_for(&ada, "/users/me/profile", "de").await;
    assert!(page.contains("Your profile") && page.contains("<html lang=\"en\""), "{page}");
    choose(&ada, "de").await;
    let page = ada.get("/users/me/profile").await.text();
    assert!(page.contains("Gespeichert. Diese Seiten sprechen jetzt Deutsch"), "{page}");
    assert!(page.contains("value=\"de\" checked"), "{page}");
    // Also where nobody asks who somebody is, at another browser, and after a restart.
    assert!(ada.get("/nowhere").await.text().contains("Hier ist nichts"));
    assert!(ada.get("/offline").await.text().contains("Es gibt kein Netz"));
    let again = ada.at_another_browser().await;
    assert!(again.get("/mentions").await.text().contains("Erwähnungen"));
    let refused = ada.post_form("/users/me/profile", &[("name", " ")]).await.expect(422).text();
    assert!(refused.contains("Dein Name fehlt noch."), "{refused}");
    ada.post_form("/users/me/language", &[("language", "tlh")]).await.expect(422);
    choose(&ada, "").await;
    assert!(ada.get("/users/me/profile").await.text().contains("Your profile"));
    let stored: Option<String> = app.database().one("select language from users where id = 1", []);
    assert_eq!(stored, None);
}

#[tokio::test]
async fn kept_pages_are_each_readers_own() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let message = ada.post(1, "Good morning!").await;
    choose(&grace, "de").await;
    for path in ["/rooms/1".to_owned(), format!("/rooms/1/messages?before={}", message + 1)] {
        for _ in 0..2 {
            for (person, says, never) in
                [(&ada, "Reply", "Antworten"), (&grace, "Antworten", "Reply")]
            {
                let page = kept(person, &path).await;
                let is_said = page.contains(&format!("</svg>{says}</a>"));
                assert!(is_said && !page.contains(&format!("</svg>{never}</a>")), "{path}: {page}");
            }
        }
    }
}

#[tokio::test]
async fn somebody_walks_through_in_german_while_others_speak_english() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let english = ada.browser().await;
    english.goto("/rooms/1").await;
    english.wait_live().await;

    let german = grace.browser().await;
    german.goto("/users/me/profile").await;
    german.click("#language input[value=de]").await;
    german.click("#language button").await;
    german.wait_text(".flash", "Diese Seiten sprechen jetzt Deutsch mit dir.").await;
    german.goto("/rooms/1").await;
    german.wait_live().await;
    assert_eq!(german.eval("document.documentElement.lang").await, "de");
    assert_eq!(
        german.eval("document.querySelector('#composer_body').placeholder").await,
        "Schreib etwas"
    );

    let id = ada.post(1, "Guten Morgen!").await;
    let reply = format!("#message_{id} .menu .reply");
    for (browser, says, today) in [(&german, "Antworten", "Heute"), (&english, "Reply", "Today")] {
        browser.wait_for(&reply).await;
        let said = browser.eval(&format!("document.querySelector('{reply}').textContent")).await;
        assert_eq!(said, says);
        // The line above the first message of a day is a script's.
        browser.wait_text(".day", today).await;
    }
    assert_eq!(german.eval("document.querySelector('#present_count').textContent").await, "2 da");
    // What was missed comes in the same words.
    german.offline(true).await;
    let missed = ada.post(1, "Noch da?").await;
    german.offline(false).await;
    let reply = format!("#message_{missed} .menu .reply");
    german.wait_for(&reply).await;
    assert_eq!(
        german.eval(&format!("document.querySelector('{reply}').textContent")).await,
        "Antworten"
    );

    german.set_scripting(false).await;
    german.goto("/rooms/1").await;
    let page = grace.room_page(1).await.text();
    assert!(
        page.contains("aria-label=\"Optionen der Nachricht\"") && page.contains("Räume"),
        "{page}"
    );
    german.set_scripting(true).await;
}

/// Nobody's form says this by itself, but somebody reads what becomes of it.
#[tokio::test]
async fn what_is_refused_is_said_in_the_readers_language() {
    let app = App::start();
    let ada = app.first_run().await;
    let id = "6f9c3a2e-3f0e-4c57-9f5a-0d6a3c1b2e4f";
    for (language, no_uuid, no_format) in [
        ("en", "is not a UUID", "in Markdown or in rich text"),
        ("de", "ist keine UUID", "in Markdown oder als formatierter Text"),
    ] {
        choose(&ada, language).await;
        let post = |fields: [(&'static str, &'static str); 3]| {
            let ada = ada.clone();
            async move { ada.post_form("/rooms/1/messages", &fields).await.expect(422).shown() }
        };
        let said = post([("body", "Hallo"), ("client_message_id", "7"), ("format", "")]).await;
        assert!(said.contains(no_uuid), "{said}");
        let said = post([("body", "Hallo"), ("client_message_id", id), ("format", "tex")]).await;
        assert!(said.contains(no_format), "{said}");
    }
}

#[tokio::test]
async fn programs_are_told_in_english_what_people_are_told_in_theirs() {
    let app = App::start();
    let ada = app.first_run().await;
    choose(&ada, "de").await;
    let json = |request: reqwest::RequestBuilder| request.header("accept", "application/json");
    ada.post(1, "Hallo").await;
    let refused = ada.bare(Method::POST, "/users/me/language").form(&[("language", "tlh")]);
    let refused = ada.send(json(refused)).await.expect(422).json();
    assert_eq!(refused["error"], "Wähle eine der Sprachen.");
    let bot = ada.make_bot("Nimbus").await;
    let asked = bot.request(Method::POST, "/rooms/1/messages/1/boosts");
    let asked = json(asked).header("accept-language", "de").form(&[("content", "")]);
    let refused = bot.send(asked).await.expect(422).json();
    assert_eq!(refused["error"], "A boost cannot be empty.");
}
