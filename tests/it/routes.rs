//! Who gets what: every route of the router, asked for by everybody there is.

mod forgeries;
mod matrix;
mod other_fields;
mod relations;

use std::collections::BTreeSet;

use reqwest::Method;

use crate::support::sources;
use crate::support::{App, Person};

const VISITORS: [&str; 6] = ["out", "member", "admin", "deactivated", "banned", "bot"];
const VERBS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Well-formed, but nobody's.
const WRONG_KEY: &str = "1-abcdefghijkl";

/// A line of the table that is kept beside the routes.
pub struct Declared {
    pub method: String,
    pub path: String,
    answers: Vec<String>,
    fields: String,
}

/// The table.
pub fn declared() -> Vec<Declared> {
    let table = sources::under("src/web/routes.table").remove(0).text;
    let lines = table.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(one_line).collect()
}

fn one_line(line: &str) -> Declared {
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let answers: Vec<String> = words.by_ref().take(VISITORS.len()).collect();
    assert_eq!(answers.len(), VISITORS.len(), "an answer for each kind of visitor: {line}");
    Declared { method, path, answers, fields: words.next().unwrap_or_default() }
}

/// The routes as the source of the router has them: (method, path).
fn routed() -> BTreeSet<(String, String)> {
    let code = sources::under("src/web/mod.rs").remove(0).code();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(".route(") {
        let call = balanced(&code[at + ".route".len()..]);
        let path = call.split('"').nth(1).unwrap().to_owned();
        for verb in VERBS {
            let is_called = call.match_indices(&format!("{verb}(")).any(|(at, _)| {
                !call[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if is_called {
                found.insert((verb.to_uppercase(), path.clone()));
            }
        }
    }
    found
}

/// From an opening parenthesis to the one that closes it.
fn balanced(text: &str) -> &str {
    let mut open = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return &text[..=at];
        }
    }
    panic!("a call that does not end")
}

#[test]
fn every_route_is_declared_and_every_declared_route_is_there() {
    let declared: Vec<_> = declared().into_iter().map(|one| (one.method, one.path)).collect();
    let known: BTreeSet<_> = declared.iter().cloned().collect();
    assert_eq!(known.len(), declared.len(), "a route is declared twice");
    let routed = routed();
    assert!(routed.len() > 40, "the routes could not be read");
    let missing: Vec<_> = routed.difference(&known).collect();
    let gone: Vec<_> = known.difference(&routed).collect();
    assert!(missing.is_empty(), "say in src/web/routes.table who gets what: {missing:?}");
    assert!(gone.is_empty(), "declared in src/web/routes.table, but not routed: {gone:?}");
}

#[test]
fn no_route_hides_from_the_table() {
    for source in sources::under("src/web/") {
        // The gallery is a server of its own.
        if source.extension() != "rs" || source.path == "src/web/preview.rs" {
            continue;
        }
        let code = source.code();
        for way in [".nest(", "nest_service(", "route_service(", " any(", "MethodFilter"] {
            assert!(!code.contains(way), "{}: {way} would not be seen by this test", source.path);
        }
        let is_table = source.path == "src/web/mod.rs";
        assert!(is_table || !code.contains(".route("), "{}: routes belong in mod.rs", source.path);
    }
}

/// A server with one of each kind of visitor, and what the paths need.
struct World {
    app: App,
    visitors: Vec<Visitor>,
    newcomers: u32,
}

struct Visitor {
    person: Person,
    cookie: String,
    bearer: Option<String>,
}

impl World {
    async fn new() -> World {
        let app = App::start();
        let ada = app.first_run().await;
        let (grace, linus, mallory) =
            (app.join("Grace").await, app.join("Linus").await, app.join("Mallory").await);
        let styles = [("custom_styles", "a{}")];
        ada.post_form("/account/custom_styles", &styles).await.expect(303);
        for (person, action) in [(&linus, "delete"), (&mallory, "ban")] {
            let id = id_of(&app, &person.name);
            let path = match action {
                "ban" => format!("/users/{id}/ban"),
                _ => format!("/account/users/{id}/delete"),
            };
            ada.post_form::<&str>(&path, &[]).await.expect(303);
        }
        let bot = ada.make_bot("Bell").await.key;
        let visitor = |person: Person, bearer| {
            let cookie = person.session_token();
            Visitor { person, cookie, bearer }
        };
        let visitors = vec![
            visitor(app.visitor(), None),
            visitor(grace, None),
            visitor(ada, None),
            visitor(linus, None),
            visitor(mallory, None),
            visitor(app.visitor(), Some(bot)),
        ];
        World { app, visitors, newcomers: 0 }
    }

    /// The path with real ids in it. What an administrator changes is somebody new each time.
    async fn fill(&mut self, path: &str, of: usize, changes: bool) -> String {
        let mut filled = path.to_owned();
        if path.contains("/users/{id}") {
            let name = if changes && VISITORS[of] == "admin" {
                self.newcomers += 1;
                let name = format!("Newcomer{}", self.newcomers);
                self.app.join(&name).await;
                name
            } else {
                // Anybody but oneself.
                if VISITORS[of] == "admin" { "Grace" } else { "Ada" }.to_owned()
            };
            filled = filled.replace("{id}", &id_of(&self.app, &name).to_string());
        }
        if path.contains("{mid}") || path.contains("{at}") {
            let id = self.visitors[1].person.post(1, "Something").await;
            filled = filled.replace("{mid}", &id.to_string()).replace("{at}", &format!("@{id}"));
        }
        if path.contains("/bots/{id}") {
            filled = filled.replace("{id}", &self.bot_id(changes).await.to_string());
        }
        if changes_a_room(path, changes) {
            let id = self.fresh_room(path.contains("/directs/")).await;
            filled = filled.replace("{id}", &id);
        }
        let known = [
            ("/users/me/sessions/{id}", "/users/me/sessions/987654321".to_owned()),
            ("/rooms/{id}", "/rooms/1".to_owned()),
            ("/uploads/{id}", "/uploads/987654321".to_owned()),
            ("/files/{id}", "/files/987654321".to_owned()),
            ("{name}", "nothing.txt".to_owned()),
            ("/push_subscriptions/{id}", "/push_subscriptions/987654321".to_owned()),
            ("/boosts/{id}", "/boosts/987654321".to_owned()),
            ("{boost}", "987654321".to_owned()),
            ("/demo/people/{id}", "/demo/people/1".to_owned()),
            ("{step}", "1".to_owned()),
            ("/qr_code/{id}", "/qr_code/aHR0cHM6Ly9leGFtcGxlLmNvbQ".to_owned()),
            ("/sounds/{name}", "/sounds/nothing".to_owned()),
            ("{token}", "t".repeat(43)),
            ("{bot_key}", self.visitors[of].bearer.as_deref().unwrap_or(WRONG_KEY).to_owned()),
            ("{join_code}", self.app.join_code()),
            ("/assets/{*path}", campfire::views::assets::APP_CSS.to_owned()),
        ];
        for (name, value) in known {
            filled = filled.replace(name, &value);
        }
        assert!(!filled.contains('{'), "nothing is known to put into {path}");
        filled
    }

    /// A bot; where it is changed, one that was made just now.
    async fn bot_id(&mut self, changes: bool) -> i64 {
        if !changes {
            return id_of(&self.app, "Bell");
        }
        self.visitors[2].person.at_another_browser().await.make_bot("Fresh").await.id
    }

    /// A room that the administrator made just now, with the member in it.
    async fn fresh_room(&mut self, is_ping: bool) -> String {
        let host = &self.visitors[2].person;
        if host.get("/users/me/style.css").await.status() != 200 {
            self.visitors[2].person = host.at_another_browser().await;
            self.visitors[2].cookie = self.visitors[2].person.session_token();
        }
        let host = &self.visitors[2].person;
        let member = id_of(&self.app, "Grace").to_string();
        let made = match is_ping {
            true => host.post_form("/rooms/directs", &[("user_ids", &member)]).await,
            false => host.post_form("/rooms/opens", &[("name", "Fresh")]).await,
        };
        made.expect(303).location().trim_start_matches("/rooms/").to_owned()
    }

    /// Asks for a route as one of the visitors; gives the answer in the words of the table.
    async fn ask(&mut self, route: &Declared, of: usize, header: Option<(&str, &str)>) -> String {
        let changes = route.method != "GET";
        let path = self.fill(&route.path, of, changes).await;
        if ["member", "admin"].contains(&VISITORS[of]) {
            // The last answer may have signed them out.
            let person = &self.visitors[of].person;
            if person.get("/users/me/style.css").await.status() != 200 {
                self.visitors[of].person = person.at_another_browser().await;
                self.visitors[of].cookie = self.visitors[of].person.session_token();
            }
        }
        let Visitor { person, cookie, bearer } = &self.visitors[of];
        if !cookie.is_empty() {
            person.plant_cookie(&format!("session_http={cookie}; Path=/"));
        }
        let method: Method = route.method.parse().unwrap();
        let mut request = match header {
            None => person.request(method, &path),
            Some((name, value)) => {
                let bare = person.bare(method, &path).header("Sec-Fetch-Site", "same-origin");
                bare.header(name, value)
            }
        };
        if let Some(key) = bearer {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        if changes {
            let kind = "application/x-www-form-urlencoded";
            request = request.header("Content-Type", kind).body(route.fields.clone());
        }
        let answer = person.send(request).await;
        if answer.status() == 303 && answer.header("location") == "/session/new" {
            let left = ["/session", "/session/delete"].contains(&route.path.as_str());
            return if left && cookie_counts(of) { "303".into() } else { "door".into() };
        }
        // Pages are for people: a program with a key is told so as scripts are.
        let is_program = bearer.is_some() && !route.path.contains("{bot_key}");
        if is_program && answer.status() == 401 && answer.text().contains("Sign in first.") {
            return "door".into();
        }
        answer.status().to_string()
    }
}

/// What may end a room, or somebody's being in it, is tried on one of its own.
fn changes_a_room(path: &str, changes: bool) -> bool {
    let of_a_kind = ["/opens/{id}", "/closeds/{id}", "/directs/{id}"];
    let at_all = ["/rooms/{id}/delete", "/rooms/{id}/archive", "/rooms/{id}/membership"];
    of_a_kind.iter().chain(&at_all).any(|part| path.contains(part))
        || (changes && path == "/rooms/{id}")
}

/// Members and administrators are signed in: signing out leads them to the door as well.
fn cookie_counts(of: usize) -> bool {
    ["member", "admin"].contains(&VISITORS[of])
}

fn id_of(app: &App, name: &str) -> i64 {
    app.database().one("select id from users where name = ?1", [name])
}

#[tokio::test]
async fn everybody_gets_what_the_table_says() {
    let mut world = World::new().await;
    let mut wrong = Vec::new();
    println!("{:<7}{:<36}{}", "", "", VISITORS.map(|name| format!("{name:<12}")).concat());
    for route in declared() {
        let mut line = format!("{:<7}{:<36}", route.method, route.path);
        for (of, expected) in route.answers.iter().enumerate() {
            let answer = world.ask(&route, of, None).await;
            line.push_str(&format!("{answer:<12}"));
            if answer != *expected {
                let (visitor, path) = (VISITORS[of], &route.path);
                wrong.push(format!(
                    "{} {path} for {visitor}: {answer}, not {expected}",
                    route.method
                ));
            }
        }
        println!("{}", line.trim_end());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn scripts_at_a_closed_door_are_told_401() {
    let mut world = World::new().await;
    for route in declared().iter().filter(|route| route.answers[0] == "door") {
        // Kept as a page for people: it leads on to the first run or the door.
        if route.path == "/" {
            continue;
        }
        for header in [("HX-Request", "true"), ("Accept", "application/json")] {
            let answer = world.ask(route, 0, Some(header)).await;
            assert_eq!(answer, "401", "{} {} with {header:?}", route.method, route.path);
        }
    }
}
