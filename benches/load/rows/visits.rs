//! What a room page brings over the wire, with all that it names: on a first visit, and on the next.

use anyhow::{Result, ensure};

use super::room_page::filled;
use crate::disk;
use crate::http::{self, Line};
use crate::measure::Plan;
use crate::report::Report;
use crate::server::Server;

pub fn run(_: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let server = Server::start(&directory.path().join("data"))?;
    let cookie = server.first_run()?;
    filled(&server, &cookie)?;
    let headers = format!("{cookie}Accept-Encoding: gzip, br\r\n");
    let mut line = Line::connect(server.address)?;
    let page = line.ask(&http::get("/rooms/1", &format!("{cookie}Accept-Encoding: gzip\r\n")))?;
    page.expect(200, "text/html")?;
    let (mut first, mut again, mut requests) = (page.size(), page.size(), 1);
    let html = page.text()?;
    for path in named(&html) {
        let answer = line.ask(&http::get(path, &headers))?;
        ensure!(answer.status() == 200, "{path} answered {}", answer.status());
        first += answer.size();
        requests += 1;
        // A browser asks again for what may have changed, and says what it has.
        let cache = answer.header("cache-control").unwrap_or_default();
        if !cache.contains("immutable") && !cache.contains("max-age=3") {
            let tag = answer.header("etag").unwrap_or_default();
            let known = format!("{headers}If-None-Match: {tag}\r\n");
            let answer = line.ask(&http::get(path, &known))?;
            ensure!([200, 304].contains(&answer.status()), "{path}: {}", answer.status());
            again += answer.size();
        }
    }
    report.figure(
        "room page and all it names over the wire: first visit / next, with headers",
        &format!("{first} B in {requests} answers / {again} B"),
    )?;
    server.stop()
}

/// Style sheets, scripts and pictures of a page, each once.
fn named(html: &str) -> Vec<&str> {
    let mut paths: Vec<&str> = html
        .split('<')
        .filter(|tag| ["link ", "script ", "img "].iter().any(|name| tag.starts_with(name)))
        .filter(|tag| !tag.contains("rel=\"next\"") && !tag.contains("rel=\"prev\""))
        .filter_map(|tag| {
            let value = tag.split_once(" src=\"").or_else(|| tag.split_once(" href=\""))?.1;
            value.split('"').next()
        })
        .filter(|path| path.starts_with('/'))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}
