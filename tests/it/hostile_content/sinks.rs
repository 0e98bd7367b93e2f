//! All places in which texts of people are shown, each with the texts it is given.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use super::payloads::TOKEN;
use crate::support::samples::picture;
use crate::support::{Answer, App, Bot, Outside, Person, Reply, fresh_uuid, within};

/// Payloads in one message, and messages between two looks at the room.
const TOGETHER: usize = 10;
const BETWEEN: usize = 20;
/// Cards of links, devices, mentions: each takes a while.
const FEW: usize = 10;
const LONGEST_NAME: usize = 100;

pub struct Drawn {
    pub place: &'static str,
    pub html: String,
}

/// A server on which all of it has been written, and what was drawn of it.
pub struct Scene {
    pub app: App,
    pub ada: Person,
    pub drawn: Vec<Drawn>,
    /// Where a browser may look at it.
    pub pages: Vec<String>,
    grace: Person,
    bot: Bot,
}

impl Scene {
    pub async fn play(payloads: &[String], some: usize) -> Scene {
        let app = App::with(|settings| {
            settings.set("REACHABLE_NETWORKS", "127.0.0.0/8");
        });
        let ada = app.first_run().await;
        let (grace, bot) = (app.join("Grace").await, ada.make_bot("Bell").await);
        let mut scene = Scene { app, ada, grace, bot, drawn: Vec::new(), pages: Vec::new() };
        let short: Vec<&str> = payloads
            .iter()
            .map(String::as_str)
            .filter(|payload| payload.chars().count() <= LONGEST_NAME)
            .take(some)
            .collect();
        scene.messages(payloads).await;
        scene.rooms_and_boosts(&short).await;
        scene.files(&short).await;
        scene.people(&short).await;
        scene.account_and_bots(&short).await;
        scene.echoes(&short).await;
        scene.cards_and_devices(&short[..FEW]).await;
        let pages = ["/rooms/1", "/searches?q=zq7q", "/account/edit", "/account/bots", "/mentions"];
        scene.pages.extend(pages.map(str::to_owned));
        scene
    }

    fn keep(&mut self, place: &'static str, answer: &Answer) {
        assert!(answer.status() < 500, "{place}: {} {}", answer.asked, answer.status());
        let kind = answer.header("content-type");
        if kind.starts_with("text/html") {
            self.drawn.push(Drawn { place, html: answer.text() });
        } else if kind.contains("json") && !answer.bytes().is_empty() {
            // To a browser it is data: never a page, and well-formed whatever is in it.
            let _ = answer.json();
            self.drawn.push(Drawn { place, html: String::new() });
        }
    }

    async fn look(&mut self, place: &'static str, path: &str) {
        let answer = self.ada.get(path).await;
        self.keep(place, &answer);
    }

    async fn messages(&mut self, payloads: &[String]) {
        let mut socket = self.ada.live(1, self.ada.cursor(1).await).await;
        for (number, together) in payloads.chunks(TOGETHER).enumerate() {
            let body = together.join("\n\n");
            let fields = [("body", &*body), ("client_message_id", &fresh_uuid())];
            let answer = self.grace.post_form("/rooms/1/messages", &fields).await;
            if answer.status() != 303 {
                self.keep("refused message", &answer);
                continue;
            }
            let id: i64 = answer.location().rsplit('_').next().unwrap().parse().unwrap();
            let html = socket.wait_for_message(id).await;
            self.drawn.push(Drawn { place: "live frame", html });
            if number % 4 == 0 {
                let form = self.grace.get(&format!("/rooms/1/messages/{id}/edit")).await;
                self.keep("form for editing", &form);
                let said = self.bot.request(Method::GET, &format!("/rooms/1/messages/{id}"));
                let said = self.bot.send(said).await.expect(200);
                self.keep("JSON for bots", &said);
            }
            if number % BETWEEN == 0 {
                self.look("room", "/rooms/1").await;
                self.look("frames asked for", "/live/frames?room=1&cursor=0").await;
            }
        }
        self.look("room", "/rooms/1").await;
        self.look("search result", &format!("/searches?q={TOKEN}")).await;
        let refused = [("body", ""), ("client_message_id", "x")];
        let answer = self.grace.post_form("/rooms/1/messages", &refused).await;
        self.keep("refused message", &answer);
    }

    async fn rooms_and_boosts(&mut self, short: &[&str]) {
        let message: i64 = self.app.database().one("select max(id) from messages", []);
        let mut last = 1;
        for payload in short {
            let made = self.ada.post_form("/rooms/opens", &[("name", payload)]).await;
            match made.status() {
                303 => last = made.location().trim_start_matches("/rooms/").parse().unwrap(),
                _ => self.keep("form for rooms", &made),
            }
            let content: String = payload.chars().take(16).collect();
            let path = format!("/messages/{message}/boosts");
            let boosted = self.grace.post_form(&path, &[("content", &content)]).await;
            self.keep("refused boost", &boosted);
        }
        // Many reach the limit of boosts for a message; few have to be refused for something else.
        let path = format!("/messages/{message}/boosts");
        let boosted = self.grace.post_form(&path, &[("content", "")]).await;
        self.keep("refused boost", &boosted);
        self.look("form for rooms", &format!("/rooms/opens/{last}/edit")).await;
        self.look("name of the room", &format!("/rooms/{last}")).await;
        self.look("list of rooms", "/users/me/sidebar").await;
        self.look("switcher", "/users/me/switcher").await;
        self.look("boosts", &format!("/messages/{message}/boosts")).await;
        self.look("room", "/rooms/1").await;
        self.pages.push(format!("/rooms/{last}"));
        // The others are in the way of what follows.
        let rooms: Vec<i64> =
            self.app.database().all("select id from rooms where id > 3 and id < ?1", [last]);
        for room in rooms {
            self.ada.post_form::<&str>(&format!("/rooms/{room}/delete"), &[]).await.expect(303);
        }
    }

    async fn files(&mut self, short: &[&str]) {
        for together in short.chunks(5) {
            let mut form = Form::new().text("client_message_id", fresh_uuid());
            for (number, payload) in together.iter().enumerate() {
                let bytes = if number == 0 {
                    picture(8, 8, image::ImageFormat::Png)
                } else {
                    b"bytes".to_vec()
                };
                form =
                    form.part("attachments", Part::bytes(bytes).file_name((*payload).to_owned()));
            }
            let request = self.grace.request(Method::POST, "/rooms/1/messages").multipart(form);
            let answer = self.grace.send(request).await;
            self.keep("refused message", &answer);
        }
        within("the small pictures", async {
            while self.app.database().count("attachments where preview = 'pending'") > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        })
        .await;
        self.look("names of files", "/rooms/1").await;
    }

    async fn people(&mut self, short: &[&str]) {
        let id: i64 = self.app.database().one("select id from users where name = 'Grace'", []);
        for (number, payload) in short.iter().enumerate() {
            let fields = [("name", *payload), ("bio", *payload)];
            let saved = self.grace.post_form("/users/me/profile", &fields).await;
            self.keep("own profile", &saved);
            self.look("profile", &format!("/users/{id}")).await;
            self.look("completion", &format!("/autocompletable/users?query={}", word(payload)))
                .await;
            if number % (short.len() / FEW).max(1) == 0 {
                self.ada
                    .post_form("/rooms/1/messages", &[("body", &format!("@{payload} hello"))])
                    .await;
                self.look("names of people", "/rooms/1").await;
                let own = self.grace.get("/users/me/profile").await;
                self.keep("own profile", &own);
                let called = self.grace.get("/mentions").await;
                self.keep("mentions", &called);
                self.look("people of a room", "/rooms/directs/new").await;
            }
        }
        self.pages.push(format!("/users/{id}"));
    }

    async fn account_and_bots(&mut self, short: &[&str]) {
        let visitor = self.app.visitor();
        let path = format!("/account/bots/{}", self.bot.id);
        for payload in short {
            let saved = self.ada.post_form("/account", &[("name", payload)]).await;
            self.keep("account", &saved);
            let saved = self.ada.post_form(&path, &[("name", payload)]).await;
            self.keep("form for bots", &saved);
            let door = visitor.get("/session/new").await;
            self.keep("name of the account", &door);
            self.look("manifest", "/webmanifest").await;
            let styles = [("custom_styles", *payload)];
            let saved = self.ada.post_form("/account/custom_styles", &styles).await;
            self.keep("styles", &saved);
            self.look("styles", "/account/custom_styles/edit").await;
            let sheet = visitor.get("/account/custom_styles.css").await;
            assert!(sheet.header("content-type").starts_with("text/css"), "{payload}");
        }
        // So that the browser is not led to look for what styles name.
        self.ada.post_form("/account/custom_styles", &[("custom_styles", "a{}")]).await.expect(303);
        for (place, path) in [
            ("account", "/account/edit"),
            ("bots", "/account/bots"),
            ("form for bots", &*format!("{path}/edit")),
            ("audit log", "/account/audit_log"),
        ] {
            self.look(place, path).await;
        }
    }

    /// What is said back to whoever sent it.
    async fn echoes(&mut self, short: &[&str]) {
        let visitor = self.app.visitor();
        let join = format!("/join/{}", self.app.join_code());
        for payload in short {
            let word = word(payload);
            let fields = [("email_address", *payload), ("password", "wrong wrong")];
            let refused = visitor.post_form("/session", &fields).await;
            self.keep("door", &refused);
            let fields = [("name", *payload), ("email_address", *payload), ("password", "x")];
            let refused = visitor.post_form(&join, &fields).await;
            self.keep("joining", &refused);
            self.ada.post_form("/searches", &[("q", payload)]).await;
            self.look("search", &format!("/searches?q={word}")).await;
            self.look("shared", &format!("/share?title={word}&text={word}&url={word}")).await;
            self.look("error", &format!("/{word}")).await;
            let typed = [("body", *payload), ("client_message_id", "not an id")];
            let refused = self.grace.post_form("/rooms/2/messages", &typed).await;
            self.keep("error", &refused);
        }
        self.look("search", "/searches").await;
    }

    async fn cards_and_devices(&mut self, short: &[&str]) {
        let owned: Vec<String> = short.iter().map(|payload| (*payload).to_owned()).collect();
        let outside = Outside::start(move |request| {
            let number: usize = request.path.trim_start_matches("/p").parse().unwrap_or(0);
            let text = owned[number % owned.len()].replace('&', "&amp;").replace('"', "&quot;");
            Reply::html(format!(
                "<meta property=\"og:title\" content=\"{text}\"><meta property=\"og:description\" \
                 content=\"{text}\"><meta property=\"og:url\" content=\"{text}\">"
            ))
        })
        .await;
        for number in 0..short.len() {
            self.grace.post(1, &outside.url(&format!("/p{number}"))).await;
        }
        within("the cards", async {
            while self.app.database().count("jobs where kind = 'preview_link'") > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        })
        .await;
        self.look("cards of links", "/rooms/1").await;
        assert!(self.drawn.last().unwrap().html.contains("link-preview"), "there are no cards");
        for payload in short {
            let agent: String = payload.chars().filter(|c| (' '..='~').contains(c)).collect();
            let other = self.app.visitor();
            let fields = [
                ("email_address", self.ada.email_address()),
                ("password", crate::support::PASSWORD.to_owned()),
            ];
            let request = other.request(Method::POST, "/session").header("User-Agent", agent);
            other.send(request.form(&fields)).await.expect(303);
        }
        self.look("devices", "/users/me/sessions").await;
    }
}

fn word(payload: &str) -> String {
    utf8_percent_encode(payload, NON_ALPHANUMERIC).to_string()
}
