//! Everybody and everything of the matrix: ten principals, seven rooms and what is in them, people,
//! bots, and things that are one person's own.

use reqwest::Method;

use crate::routes::relations::{NOWHERE, Place, at, fill};
use crate::routes::{Declared, WRONG_KEY};
use crate::support::database::alter_stopped;
use crate::support::{Answer, App, Bot, Person};

/// The columns of each kind of thing that a path can name.
pub const KINDS: [(&str, &[&str]); 4] = [
    ("rooms", &["open", "closed-in", "closed-out", "direct-in", "direct-out", "deleted", "never"]),
    ("people", &["oneself", "active", "deactivated", "banned", "bot", "never"]),
    ("bots", &["bot", "removed-bot", "person", "never"]),
    ("things", &["own", "another's", "never"]),
];
/// People and things of one's own of which each successful request may use one up.
const SPARE: usize = 30;

/// What a request of somebody's brings along.
struct Credentials {
    id: i64,
    client: Person,
    cookie: String,
    key: Option<String>,
}

pub struct World {
    pub app: App,
    ada: Person,
    carol: Person,
    rita: Person,
    oscar: i64,
    inside: Vec<i64>,
    principals: Vec<Credentials>,
    places: Vec<Place>,
    bots: [i64; 2],
}

/// What a route's ids name, or nothing if all that they name is one kind of public thing.
pub fn kind_of(route: &Declared) -> Option<usize> {
    let path = route.path.as_str();
    if path.contains("/sessions/{id}") || path.contains("_subscriptions/{id}") {
        return Some(3);
    }
    if path.starts_with("/uploads/{id}") {
        return Some(3);
    }
    if path.contains("/bots/{id}") {
        return Some(2);
    }
    if path.starts_with("/users/{id}") || path.starts_with("/account/users/{id}") {
        return Some(1);
    }
    let place = Place { what: "", room: 1, message: 1, boost: 1, file: 1 };
    at(route, &place, WRONG_KEY).map(|_| 0)
}

impl World {
    pub async fn new() -> World {
        let app = App::start();
        let ada = app.first_run().await;
        let mut people = vec![app.visitor()];
        for name in ["Grace", "Carol", "Rita", "Dora", "Boris", "Eva", "Oscar", "Olga"] {
            people.push(app.join(name).await);
        }
        people.insert(3, ada.clone());
        let [carol, rita, oscar] = [2, 4, 8].map(|n: usize| people[n].clone());
        let id = |name: &str| -> i64 {
            app.database().one("select id from users where name = ?1", [name])
        };
        let (bell, buzz) = (ada.make_bot("Bell").await, ada.make_bot("Buzz").await);
        let (bold, removed) = (ada.make_bot("Bold").await, ada.make_bot("Bygone").await);
        ada.post_form::<&str>(&format!("/account/bots/{}/delete", removed.id), &[])
            .await
            .expect(303);
        let credentials = |person: &Person, bot: Option<&Bot>| Credentials {
            id: bot.map_or_else(
                || if person.name == "Somebody" { NOWHERE } else { id(&person.name) },
                |bot| bot.id,
            ),
            // Keeps no cookies between requests: each names its own.
            client: app.visitor(),
            cookie: format!("session_http={}", person.session_token()),
            key: bot.map(|bot| bot.key.clone()),
        };
        let mut principals: Vec<_> = people[..7].iter().map(|one| credentials(one, None)).collect();
        principals.push(credentials(&people[0], Some(&bell)));
        principals.push(credentials(&people[0], Some(&buzz)));
        principals.push(credentials(&people[7], None));
        let everybody = ["Grace", "Ada", "Dora", "Boris", "Eva"].map(id);
        let mut world = World {
            inside: everybody.into_iter().chain([bell.id]).collect(),
            oscar: id("Oscar"),
            bots: [bold.id, removed.id],
            ada: ada.clone(),
            carol,
            rita,
            principals,
            places: Vec::new(),
            app,
        };
        let olga = world.id("Olga").to_string();
        for what in KINDS[0].1.iter().copied() {
            let place = match what {
                "closed-out" => {
                    let fields = [("name", "Vault"), ("user_ids", &*olga)];
                    let room = number_of(oscar.post_form("/rooms/closeds", &fields).await);
                    fill(&oscar, &world.app, what, room).await
                }
                "direct-out" => {
                    let room =
                        number_of(oscar.post_form("/rooms/directs", &[("user_ids", &*olga)]).await);
                    fill(&oscar, &world.app, what, room).await
                }
                "never" => {
                    Place { what, room: NOWHERE, message: NOWHERE, boost: NOWHERE, file: NOWHERE }
                }
                _ => world.build(what).await,
            };
            world.places.push(place);
        }
        let [dora, boris] = ["Dora", "Boris"].map(|name| world.id(name));
        ada.post_form::<&str>(&format!("/account/users/{dora}/delete"), &[]).await.expect(303);
        ada.post_form::<&str>(&format!("/users/{boris}/ban"), &[]).await.expect(303);
        world.inside.retain(|id| ![dora, boris].contains(id));
        app_with_spares(&mut world).await;
        world
    }

    fn id(&self, name: &str) -> i64 {
        self.app.database().one("select id from users where name = ?1", [name])
    }

    /// A room that Carol made, with those who are in it, and what she has said there. Rita is not in
    /// it any more.
    async fn build(&self, what: &'static str) -> Place {
        let inside: Vec<String> = self.inside.iter().map(i64::to_string).collect();
        let mut fields = vec![("name", what)];
        fields.extend(inside.iter().map(|id| ("user_ids", &**id)));
        let rita = self.id("Rita").to_string();
        let room = match what {
            "open" => {
                let room = number_of(self.carol.post_form("/rooms/opens", &fields[..1]).await);
                let leave = format!("/rooms/{room}/membership/delete");
                self.rita.post_form::<&str>(&leave, &[]).await.expect(303);
                room
            }
            "direct-in" => number_of(self.carol.post_form("/rooms/directs", &fields[1..]).await),
            _ => {
                let mut with_rita = fields.clone();
                with_rita.push(("user_ids", &rita));
                let room = number_of(self.carol.post_form("/rooms/closeds", &with_rita).await);
                let path = format!("/rooms/closeds/{room}");
                self.carol.post_form(&path, &fields).await.expect(303);
                room
            }
        };
        let place = fill(&self.carol, &self.app, what, room).await;
        if what == "deleted" {
            self.carol.post_form::<&str>(&format!("/rooms/{room}/delete"), &[]).await.expect(303);
        }
        place
    }

    /// The path of a route as it names the thing in this column for this principal.
    pub fn path(&self, route: &Declared, kind: usize, column: usize, of: usize) -> String {
        let asking = &self.principals[of];
        let key = asking.key.as_deref().unwrap_or(WRONG_KEY);
        let column = KINDS[kind].1[column];
        let id = match (KINDS[kind].0, column) {
            ("rooms", _) => {
                let place = self.places.iter().find(|place| place.what == column).unwrap();
                return at(route, place, key).unwrap();
            }
            (_, "never") => NOWHERE,
            ("people", "oneself") => asking.id,
            ("people", "bot") | ("bots", "bot") => self.bots[0],
            ("bots", "removed-bot") => self.bots[1],
            ("bots", _) => self.oscar,
            ("people", status) => self.one(&format!(
                "select id from users where email_address like 'spare%' and status = '{status}'
                     and role = 'member' order by id desc limit 1"
            )),
            (_, whose) => {
                let owner = if whose == "own" { asking.id } else { self.oscar };
                let rows = match route.path.as_str() {
                    path if path.contains("/sessions/") => {
                        "sessions where user_agent = 'spare' and user_id"
                    }
                    path if path.starts_with("/uploads/") => "attachments where uploader_id",
                    _ => "push_subscriptions where user_id",
                };
                self.one(&format!("select coalesce(max(id), {NOWHERE}) from {rows} = {owner}"))
            }
        };
        route.path.replace("{id}", &id.to_string())
    }

    fn one(&self, sql: &str) -> i64 {
        self.app.database().one(sql, [])
    }

    /// Asks for a path as one of the principals.
    pub async fn ask(&self, route: &Declared, path: &str, of: usize) -> Answer {
        let Credentials { client, cookie, key, .. } = &self.principals[of];
        let request =
            client.request(route.method.parse::<Method>().unwrap(), path).header("Cookie", cookie);
        let request = match key {
            Some(key) => request.header("Authorization", format!("Bearer {key}")),
            None => request,
        };
        let request = match route.method.as_str() {
            "GET" => request,
            _ => request
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(route.fields.clone()),
        };
        client.send(request).await
    }

    /// Makes anew what a request that was obeyed may have changed for the others.
    pub async fn mend(&mut self, route: &Declared, kind: usize, column: usize) {
        let path = route.path.as_str();
        let harmless =
            ["/mute", "/involvement", "/unread", "/boosts", "/messages", "/messages/{mid}"];
        let is_harmless =
            route.method != "DELETE" && harmless.iter().any(|end| path.ends_with(end));
        match KINDS[kind] {
            ("rooms", columns) if !is_harmless => {
                self.places[column] = self.build(columns[column]).await;
            }
            ("bots", _) if path.ends_with("/delete") || route.method == "DELETE" => {
                self.bots[0] = self.ada.make_bot("Fresh").await.id;
            }
            ("people", _) if path.starts_with("/account/users/{id}") => {
                // Ada stays the only administrator, whom nobody can remove.
                let others = "select id from users where role = 'administrator' and name <> 'Ada'";
                for id in self.app.database().all::<i64>(others, []) {
                    let path = format!("/account/users/{id}");
                    self.ada.post_form(&path, &[("role", "member")]).await.expect(303);
                }
            }
            _ => {}
        }
    }

    /// All that is in the rooms and of the people that none of the principals has to do with.
    pub fn untouched(&self) -> Vec<String> {
        let rooms: Vec<String> = self
            .places
            .iter()
            .filter(|place| place.what.ends_with("-out"))
            .map(|place| place.room.to_string())
            .collect();
        let (rooms, oscar) = (rooms.join(", "), self.oscar);
        let rows = [
            format!(
                "concat('room ', id, name, kind, archived_at) from rooms where id in ({rooms})"
            ),
            format!(
                "concat('member ', room_id, '|', user_id, involvement) from memberships where room_id in ({rooms})"
            ),
            format!("concat('message ', id, body_source) from messages where room_id in ({rooms})"),
            format!(
                "concat('card ', message_id, title) from link_previews join messages on messages.id = message_id where room_id in ({rooms})"
            ),
            format!(
                "concat('boost ', boosts.id, content) from boosts join messages on messages.id = message_id where room_id in ({rooms})"
            ),
            format!("concat('session ', id) from sessions where user_id = {oscar}"),
            format!("concat('device ', id) from push_subscriptions where user_id = {oscar}"),
            format!("concat('upload ', id) from attachments where uploader_id = {oscar}"),
        ];
        let database = self.app.database();
        let all = rows
            .iter()
            .flat_map(|from| database.all::<String>(&format!("select {from} order by 1"), []));
        all.collect()
    }
}

fn number_of(made: Answer) -> i64 {
    made.expect(303).location().trim_start_matches("/rooms/").parse().unwrap()
}

/// Puts into the database what would take long to make otherwise: spare people, things of
/// everybody's own, cards of links, and a session that has run out.
async fn app_with_spares(world: &mut World) {
    world.app.term_and_wait().await;
    let mut sql = String::new();
    for n in 0..SPARE * 3 {
        let status = ["active", "deactivated", "banned"][n % 3];
        sql += &format!(
            "insert into users (name, email_address, status, created_at)
                 values ('Spare {n}', 'spare{n}@example.com', '{status}', 1);\n"
        );
    }
    let owners: Vec<i64> = world.principals.iter().skip(1).map(|one| one.id).collect();
    for owner in owners.into_iter().chain([world.oscar]) {
        for n in 0..SPARE {
            sql += &format!(
                "insert into sessions (user_id, token_hash, ip_address, user_agent, created_at, last_active_at)
                     values ({owner}, randomblob(32), '127.0.0.1', 'spare', unixepoch() * 1000, unixepoch() * 1000);
                 insert into push_subscriptions (user_id, endpoint, p256dh_key, auth_key, user_agent, created_at)
                     values ({owner}, 'https://push.invalid/{owner}/{n}', 'x', 'x', 'spare', unixepoch() * 1000);
                 insert into attachments (uploader_id, storage_key, filename, content_type, byte_size, created_at)
                     values ({owner}, lower(hex(randomblob(16))), 'a.txt', 'text/plain', 1, unixepoch() * 1000);\n"
            );
        }
    }
    for place in &world.places {
        sql += &format!(
            "insert into link_previews (message_id, url, page_url, title, created_at)
                 select id, 'https://a.invalid/', 'https://a.invalid/', 'A secret', 1 from messages where id = {};\n",
            place.message
        );
    }
    sql += "update sessions set last_active_at = 1, created_at = 1
                where user_id = (select id from users where name = 'Eva');";
    alter_stopped(&world.app.data_dir(), &sql);
    world.app.start_again();
}
