//! A working day of a hundred people, as fast as it goes: what the server occupies after each hour.

use std::cell::Cell;

use anyhow::{Result, ensure};

use super::posts;
use crate::disk;
use crate::http::{self, Line};
use crate::measure::Plan;
use crate::report::{Report, megabytes};
use crate::server::{Server, populate};
use crate::wire::Listeners;

const HOURS: usize = 8;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let data_dir = directory.path().join("data");
    let people: u32 = if plan.is_quick() { 10 } else { 100 };
    populate(&data_dir, people, 24, 20_000)?;
    let server = Server::start(&data_dir)?;
    http::ask(server.address, &http::get("/up", ""))?;
    let mut curve = vec![megabytes(server.resident()?)];
    let cookies: Vec<String> =
        (1..=people).map(|number| server.sign_in(number)).collect::<Result<_>>()?;
    let next = Cell::new(0);
    let mut answered = 0;
    for _ in 0..HOURS {
        // Everybody has a page open; each hour it is another one.
        let open: Vec<Listeners> =
            cookies.iter().map(|cookie| listen(&server, cookie)).collect::<Result<_>>()?;
        for cookie in &cookies {
            answered += somebodys_hour(&server, cookie, &next)?;
        }
        drop(open);
        curve.push(megabytes(server.resident()?));
    }
    report.figure(
        &format!("resident before and after each hour of a day of {people} people"),
        &curve.join(", "),
    )?;
    report.figure("requests of that day", &answered.to_string())?;
    server.stop()
}

fn listen(server: &Server, cookie: &str) -> Result<Listeners> {
    let hello = format!(
        "GET /live HTTP/1.1\r\nHost: localhost\r\n{cookie}Origin: http://localhost\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    Listeners::open(server.address, 1, Some(hello), b"data-message-id=")
}

/// Looks at rooms one is in, pages back, posts, and looks at the list.
fn somebodys_hour(server: &Server, cookie: &str, next: &Cell<u64>) -> Result<usize> {
    let mut line = Line::connect(server.address)?;
    let packed = format!("{cookie}Accept-Encoding: gzip\r\n");
    let list = line.ask(&http::get("/users/me/sidebar", &packed))?;
    list.expect(200, "text/html")?;
    let list = list.text()?;
    let rooms: Vec<i64> = list
        .split("id=\"sidebar_room_")
        .skip(1)
        .filter_map(|rest| rest.split('"').next()?.parse().ok())
        .collect();
    ensure!(!rooms.is_empty(), "somebody is in no room");
    let mut answered = 1;
    for room in rooms.iter().take(6) {
        let page = line.ask(&http::get(&format!("/rooms/{room}"), &packed))?;
        page.expect(200, "text/html")?;
        if let Some(first) = posts::ids_in(&page.text()?).next() {
            let older = format!("/rooms/{room}/messages?before={first}");
            let older = http::get(&older, &format!("{packed}HX-Request: true\r\n"));
            line.ask(&older)?.expect(200, "text/html")?;
        }
        line.ask(&posts::post_to(*room, cookie, next).1)?.expect(200, "text/html")?;
        answered += 3;
    }
    Ok(answered)
}
