//! Cookies, multipart forms, and any route with anything in its path, its query and its body.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::try_reader;
use crate::routes::declared;
use crate::support::{App, Person};

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(20);

const COOKIES: &[&str] = &[
    "session_http=",
    "session=",
    "__Host-session=",
    "; ",
    ";",
    "=",
    "\"",
    "\\",
    ",",
    " ",
    "%",
    "%00",
    "%3D",
    "theme=",
    "dark",
    "flash=",
    "\u{e9}",
    "AAAAAAAAAAAAAAAAAAAAAA",
    "../",
    "$Version=1",
    "last_room=",
    "1",
];
/// Of forms with files.
pub const MULTIPART: &[&str] = &[
    "--x\r\n",
    "--x--\r\n",
    "--x",
    "--",
    "\r\n",
    "\r\n\r\n",
    "Content-Disposition: form-data",
    "; name=\"",
    "body",
    "attachments",
    "client_message_id",
    "\"; filename=\"",
    "a.png",
    "../../etc/passwd",
    "\"",
    "Content-Type: image/png",
    "Content-Type: multipart/mixed; boundary=y",
    "Content-Transfer-Encoding: base64",
    "filename*=UTF-8''%00",
    "Content-Length: 99999999",
    "\u{89}PNG\r\n\u{1a}\n",
    "GIF89a",
    "hello",
    "\n",
    "\r",
    "Content-Disposition: form-data; name=\"body\"\r\n\r\nhello\r\n--x--\r\n",
];
/// Of fields and what is in them.
pub const ROUTES: &[&str] = &[
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "\u{1}",
    "\u{2}",
    "\u{3}",
    "body=",
    "&",
    "=",
    "q=",
    "name=",
    "room=",
    "user_ids=",
    "cursor=",
    "after=",
    "before=",
    "page=",
    "%00",
    "%ff",
    "%",
    "%2e%2e%2f",
    "[",
    "]",
    "[]=",
    "99999999999999999999",
    "-1",
    "0",
    "1",
    "' or 1=1--",
    "{\"body\":",
    "null}",
    "\r\n",
    "<script>",
    "\u{202e}",
    "content=",
    "password=",
    "email_address=a@b",
    "role=administrator",
    "from=",
    "to=",
    "zone=",
    "url=http://",
];
/// What stands in a path for an id, a name or a token.
pub const NAMES: [&str; 16] = [
    "1",
    "2",
    "0",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "%00",
    "%2e%2e",
    "@1",
    "%C3%A9",
    "%ff",
    "1%2f1",
    "x.css",
    "1-abcdefghijkl",
    "00000000-0000-4000-8000-000000000000",
];
/// What bodies say they are.
pub const KINDS: [&str; 5] = [
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=x",
    "text/plain; charset=utf-8",
    "multipart/form-data",
];

/// Sends bytes as they are and gives the status; none when nothing came.
pub fn exchange(app: &App, request: &[u8]) -> Option<u16> {
    let mut line = TcpStream::connect(app.host()).unwrap();
    line.set_read_timeout(Some(PATIENCE)).unwrap();
    // The server may close before it has heard everything.
    let _ = line.write_all(request);
    let mut answer = Vec::new();
    let _ = line.read_to_end(&mut answer);
    // Being told to go on is no answer yet.
    let answer = answer.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&answer);
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}

fn fine(status: Option<u16>) -> Result<u16, String> {
    match status {
        Some(status @ 200..500) => Ok(status),
        other => Err(format!("answered {other:?}")),
    }
}

fn head(app: &App, method: &str, path: &str, person: &Person, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\n\
         Connection: close\r\n{more}\r\n",
        app.host(),
        person.cookies()
    )
}

/// A server with an administrator, who is given, a second person and a message.
pub fn setup() -> (App, Person) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = App::start();
    let ada = runtime.block_on(async {
        let ada = app.first_run().await;
        app.join("Grace").await;
        ada.post(1, "Something").await;
        ada
    });
    (app, ada)
}

#[test]
fn cookies() {
    let (app, _) = setup();
    try_reader("cookies", COOKIES, |input| {
        let value: Vec<u8> = input
            .iter()
            .copied()
            .filter(|byte| *byte >= 0x20 && *byte != 0x7f)
            .take(7_000)
            .collect();
        let start = format!("GET /users/me/sidebar HTTP/1.1\r\nHost: {}\r\nCookie: ", app.host());
        let request = [start.as_bytes(), &value, b"\r\nConnection: close\r\n\r\n"].concat();
        match fine(exchange(&app, &request))? {
            200 => Err("let in".to_owned()),
            _ => Ok(()),
        }
    });
    assert!(!app.log().contains("panicked"));
}

#[test]
fn multipart_forms() {
    let (app, ada) = setup();
    try_reader("multipart", MULTIPART, |input| {
        let more = format!(
            "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n",
            input.len()
        );
        let head = head(&app, "POST", "/rooms/1/messages", &ada, &more);
        fine(exchange(&app, &[head.as_bytes(), input].concat())).map(drop)
    });
    assert!(!app.log().contains("panicked"));
    let left: Vec<_> = std::fs::read_dir(app.data_dir().join("files"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "part"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// The first bytes choose a route and what stands in its path; the others are query or body.
#[test]
fn any_route() {
    let (app, ada) = setup();
    // Whoever leaves, or lets people in and out, would be asked for the rest at the door.
    let ends = |path: &str| {
        path.starts_with("/session") || path == "/live" || path.contains("/users/{id}")
    };
    let routes: Vec<_> = declared().into_iter().filter(|route| !ends(&route.path)).collect();
    try_reader("routes", ROUTES, |input| {
        let mut bytes = input.iter().map(|byte| usize::from(*byte));
        let mut next = || bytes.next().unwrap_or_default();
        let route = &routes[(next() * 256 + next()) % routes.len()];
        let mut path = String::new();
        for part in route.path.split_inclusive(['}', '{']) {
            match part.strip_suffix('}') {
                Some(_) => path += NAMES[next() % NAMES.len()],
                None => path += part.trim_end_matches('{'),
            }
        }
        let kind = KINDS[next() % KINDS.len()];
        let rest: Vec<u8> = bytes.map(|byte| byte as u8).collect();
        let request = if route.method == "GET" {
            let keeps = |byte: &u8| byte.is_ascii_graphic() && *byte != b'#';
            let query: String =
                rest.iter().filter(|byte| keeps(byte)).map(|b| char::from(*b)).collect();
            head(&app, "GET", &format!("{path}?{query}"), &ada, "").into_bytes()
        } else {
            let more = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", rest.len());
            [head(&app, &route.method, &path, &ada, &more).as_bytes(), &rest].concat()
        };
        let said = |wrong| format!("{} {path} {wrong}", route.method);
        fine(exchange(&app, &request)).map(drop).map_err(said)
    });
    assert!(!app.log().contains("panicked"));
    assert_eq!(
        app.database().all::<String>("select role from users where id = 1", []),
        ["administrator"]
    );
}
