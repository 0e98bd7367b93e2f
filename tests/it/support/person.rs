//! Somebody who uses the server: an HTTP client that keeps cookies and behaves like a browser.

use std::sync::Arc;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Url};

use super::{Answer, App, DEADLINE, fresh_uuid, html};

/// The password of everybody in the cast.
pub const PASSWORD: &str = "seven campfires at dusk";

/// A person at a browser, signed in or not. Clones share the cookies, like tabs do.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    base: Url,
    client: Client,
    jar: Arc<Jar>,
    /// What the proxy in front says where they are.
    pub address: Option<String>,
}

impl App {
    /// Somebody who has never been here.
    pub fn visitor(&self) -> Person {
        Person::new("Somebody", &self.base_url())
    }

    /// Ada sets the server up; she is its administrator, signed in.
    pub async fn first_run(&self) -> Person {
        let mut ada = self.visitor();
        ada.name = "Ada".into();
        ada.post_form("/first_run", &ada.details()).await.expect(303);
        ada
    }

    /// Somebody joins by the link and is signed in: Grace, Linus, Barbara, ...
    pub async fn join(&self, name: &str) -> Person {
        self.join_as(name, self.visitor()).await
    }

    /// Somebody joins from an address that the trusted proxy names.
    pub async fn join_from(&self, name: &str, address: &str) -> Person {
        self.join_as(name, self.visitor().at(address)).await
    }

    async fn join_as(&self, name: &str, mut person: Person) -> Person {
        person.name = name.into();
        let path = format!("/join/{}", self.join_code());
        person.post_form(&path, &person.details()).await.expect(303);
        person
    }

    /// The code that lets people join, as it is stored.
    pub fn join_code(&self) -> String {
        self.database().one("select join_code from accounts", [])
    }
}

impl Person {
    pub fn new(name: &str, base_url: &str) -> Person {
        Person::with(name, base_url, |client| client)
    }

    /// Somebody with a browser that is set up in their own way.
    pub fn with(
        name: &str,
        base_url: &str,
        set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Person {
        // A second time it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let jar = Arc::new(Jar::default());
        let client = set_up(Client::builder())
            .cookie_provider(Arc::clone(&jar))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // A server that refuses a body without reading it closes the connection.
            .pool_max_idle_per_host(0)
            .timeout(DEADLINE)
            .build()
            .unwrap();
        let base = Url::parse(base_url).unwrap();
        Person { name: name.into(), base, client, jar, address: None }
    }

    /// The same person behind a proxy that says they are at this address.
    pub fn at(mut self, address: &str) -> Person {
        self.address = Some(address.into());
        self
    }

    pub fn email_address(&self) -> String {
        format!("{}@example.com", self.name.to_lowercase())
    }

    /// What this person fills in on the first-run and join pages.
    pub fn details(&self) -> [(&'static str, String); 3] {
        [
            ("name", self.name.clone()),
            ("email_address", self.email_address()),
            ("password", PASSWORD.into()),
        ]
    }

    /// A request without anything that a browser would add.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base_url());
        let request = self.client.request(method, url);
        match &self.address {
            Some(address) => request.header("X-Forwarded-For", address),
            None => request,
        }
    }

    /// A request as a browser makes it from one of our pages.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path)
            .header("Sec-Fetch-Site", "same-origin")
            .header("Accept", "text/html")
    }

    /// Sends the request, or says why there was no answer.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let request = request.build()?;
        let method = request.method().clone();
        Answer::read(&method, self.client.execute(request).await?).await
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap_or_else(|error| panic!("{}: {error:?}", self.name))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// As htmx asks for a fragment.
    pub async fn get_fragment(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).header("HX-Request", "true")).await
    }

    pub async fn post_form<V: AsRef<str>>(&self, path: &str, fields: &[(&str, V)]) -> Answer {
        self.send(self.request(Method::POST, path).form(&pairs(fields))).await
    }

    /// As htmx sends a form.
    pub async fn post_fragment<V: AsRef<str>>(&self, path: &str, fields: &[(&str, V)]) -> Answer {
        let request = self.request(Method::POST, path).header("HX-Request", "true");
        self.send(request.form(&pairs(fields))).await
    }

    /// Follows redirects to the page where they end; gives its path, too.
    pub async fn walk(&self, path: &str) -> (String, Answer) {
        let mut path = path.to_owned();
        for _ in 0..6 {
            let answer = self.get(&path).await;
            if answer.status() != 303 {
                return (path, answer);
            }
            path = answer.location();
        }
        panic!("redirects without end, now at {path}")
    }

    /// Goes through the sign-in page, with whatever hidden fields it has.
    pub async fn sign_in_at(&self, path: &str, email_address: &str, password: &str) -> Answer {
        let page = self.get(path).await.expect(200).text();
        let mut fields = html::hidden_fields(&page, "/session");
        fields.push(("email_address".into(), email_address.into()));
        fields.push(("password".into(), password.into()));
        self.send(self.request(Method::POST, "/session").form(&fields)).await
    }

    pub async fn sign_in(&self) -> Answer {
        self.sign_in_at("/session/new", &self.email_address(), PASSWORD).await
    }

    /// The same person at another browser, signed in there as well.
    pub async fn at_another_browser(&self) -> Person {
        let other = Person::new(&self.name, &self.base_url());
        other.sign_in().await.expect(303);
        other
    }

    /// Posts without script and gives the number of the message.
    pub async fn post(&self, room: i64, text: &str) -> i64 {
        self.post_as(room, text, &fresh_uuid()).await
    }

    pub async fn post_as(&self, room: i64, text: &str, client_message_id: &str) -> i64 {
        let fields = [("body", text), ("client_message_id", client_message_id)];
        let answer = self.post_form(&format!("/rooms/{room}/messages"), &fields).await.expect(303);
        let to = answer.location();
        to.strip_prefix(&format!("/rooms/{room}#message_"))
            .and_then(|id| id.parse().ok())
            .unwrap_or_else(|| panic!("after posting, {to}"))
    }

    pub async fn room_page(&self, room: i64) -> Answer {
        self.get(&format!("/rooms/{room}")).await.expect(200)
    }

    /// The cursor of the room's page, as it is now.
    pub async fn cursor(&self, room: i64) -> i64 {
        html::cursor(&self.room_page(room).await.text()).expect("the room page has a cursor")
    }

    pub fn base_url(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    pub fn host(&self) -> String {
        self.base_url().trim_start_matches("http://").to_owned()
    }

    /// All cookies as a `Cookie` header has them.
    pub fn cookies(&self) -> String {
        let header = self.jar.cookies(&self.base);
        header.and_then(|value| value.to_str().map(str::to_owned).ok()).unwrap_or_default()
    }

    /// The value of the session cookie, empty without one.
    pub fn session_token(&self) -> String {
        let cookies = self.cookies();
        let token = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("session_http="));
        token.unwrap_or_default().to_owned()
    }

    /// Puts a cookie in, as somebody with access to this browser could.
    pub fn plant_cookie(&self, cookie: &str) {
        self.jar.add_cookie_str(cookie, &self.base);
    }
}

fn pairs<'a, V: AsRef<str>>(fields: &'a [(&str, V)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_ref())).collect()
}
