//! `campfire doctor`: looks at everything a server leans on and says what to do about what it finds.
//! It alters nothing.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::geteuid;

use super::verify::open_source;
use super::{fail, say};
use crate::config::Config;
use crate::data_dir;
use crate::db::migrations;
use crate::model::Timestamp;
use crate::model::attachment::size_words;
use crate::model::condition::LITTLE_ROOM;
use crate::model::timestamp::MINUTE_MS;
use crate::outbound::{Call, Caps, Client, Method, Purpose};
use crate::pictures::workshop::Workshop;
use crate::{certificates, clock, machine, queries};

/// Less room than this is a problem already, in bytes.
const NO_ROOM: u64 = 100_000_000;
/// Every open page takes one, and so does every file being read.
const FEW_FILES: u64 = 4_096;
/// One of the services that carry push messages to browsers; any answer of it will do.
const OUTSIDE: &str = "https://updates.push.services.mozilla.com/";
/// How long somebody else may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grade {
    Fine,
    /// It works, and somebody should know.
    Warning,
    Problem,
}

struct Report {
    problems: usize,
    checks: usize,
}

impl Report {
    fn add(&mut self, grade: Grade, name: &str, text: &str) {
        let word = match grade {
            Grade::Fine => "ok     ",
            Grade::Warning => "WARNING",
            Grade::Problem => "PROBLEM",
        };
        self.problems += usize::from(grade == Grade::Problem);
        self.checks += 1;
        say(&format!("{word}  {name:<10} {text}"));
    }

    fn fine(&mut self, name: &str, text: &str) {
        self.add(Grade::Fine, name, text);
    }

    fn warn(&mut self, name: &str, text: &str) {
        self.add(Grade::Warning, name, text);
    }

    fn problem(&mut self, name: &str, text: &str) {
        self.add(Grade::Problem, name, text);
    }
}

/// Looks and tells, a line for each thing. Exit code 0 unless there is a problem; 1 then.
/// `offline` leaves out what needs other machines.
///
/// # Errors
/// None of its own: what cannot be looked at is a problem.
pub async fn examine(config: &Config, offline: bool) -> anyhow::Result<ExitCode> {
    let mut report = Report { problems: 0, checks: 0 };
    settings(config, &mut report);
    directory(&config.data_dir, &mut report);
    limits(&mut report);
    programs(&mut report);
    database(&config.data_dir, &mut report);
    server(config, &mut report).await;
    if !offline {
        outside(config, &mut report).await;
    }
    let Report { problems, checks } = report;
    if problems > 0 {
        return Ok(fail(1, &format!("{problems} of {checks} findings are problems")));
    }
    say(&format!("No problems: looked at {checks} things"));
    Ok(ExitCode::SUCCESS)
}

fn settings(config: &Config, report: &mut Report) {
    let name = "settings";
    report.fine(
        name,
        &format!("all can be read; the data directory is {}", config.data_dir.display()),
    );
    let is_local = config.address().ip().is_loopback();
    match &config.base_url {
        None if is_local => {
            report.fine(name, "BASE_URL is not set: only this machine reaches the server");
        }
        None => report.warn(
            name,
            "BASE_URL is not set, so cookies are not marked secure. Set it to the address people \
             open, such as https://chat.example.org.",
        ),
        Some(url) if !config.is_secure() && !is_local => report.warn(
            name,
            &format!(
                "BASE_URL {} is not https: passwords cross the network for all to read. Put a \
                 proxy with a certificate in front.",
                url.origin
            ),
        ),
        Some(url) => report.fine(name, &format!("BASE_URL is {}", url.origin)),
    }
    if let Some(domain) = config.tls.host() {
        certificate(config, domain, report);
    } else if config.is_secure() && config.trusted_proxies.is_empty() {
        report.warn(
            name,
            "TRUSTED_PROXIES is not set. If a proxy stands in front, limits and bans see its \
             address in place of people's: set it to the proxy's address, such as 127.0.0.1.",
        );
    }
}

fn certificate(config: &Config, domain: &str, report: &mut Report) {
    let folder = config.data_dir.join(data_dir::CERTIFICATES);
    match certificates::kept_until(&folder, domain, &config.tls.acme_directory) {
        Ok(Some(until)) => {
            report.fine("settings", &format!("TLS_DOMAIN {domain} has a certificate until {until}"))
        }
        Ok(None) => report.warn(
            "settings",
            &format!(
                "TLS_DOMAIN {domain} has no certificate yet. The server asks for one when it \
                 starts; {domain} has to lead to this machine, port 443. Its log says how it went."
            ),
        ),
        Err(error) => report.problem("settings", &format!("the certificate: {error:#}")),
    }
}

fn directory(folder: &Path, report: &mut Report) {
    let name = "directory";
    let about = match std::fs::metadata(folder) {
        Ok(about) if about.is_dir() => about,
        Ok(_) => return report.problem(name, &format!("{} is a file", folder.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return report.fine(name, "is not there yet; the first start makes it");
        }
        Err(error) => {
            return report.problem(name, &format!("{}: {error}", folder.display()));
        }
    };
    let owner = about.uid();
    if owner != geteuid().as_raw() {
        report.warn(
            name,
            &format!("belongs to user {owner}. Run this as the user who runs the server."),
        );
    }
    match tempfile_in(folder) {
        Ok(()) => report.fine(name, "can be written"),
        Err(error) => report.problem(
            name,
            &format!("cannot be written: {error}. Give it to the user who runs the server."),
        ),
    }
    for (path, mode) in [(folder.to_owned(), 0o700), (folder.join(data_dir::SECRETS), 0o600)] {
        let Ok(about) = std::fs::metadata(&path) else { continue };
        let open_to_others = about.permissions().mode() & 0o077;
        if open_to_others != 0 {
            let path = path.display();
            report.warn(name, &format!("{path} is open to others. Run: chmod {mode:o} {path}"));
        }
    }
    match machine::disk(folder) {
        None => report.warn("disk", "does not say how much room is left"),
        Some(disk) => {
            let free = size_words(i64::try_from(disk.free).unwrap_or(i64::MAX));
            let grade = match disk.free {
                free if free < NO_ROOM => Grade::Problem,
                free if free < LITTLE_ROOM => Grade::Warning,
                _ => Grade::Fine,
            };
            let advice = if grade == Grade::Fine { "" } else { ". Make room on it" };
            report.add(grade, "disk", &format!("{free} free{advice}"));
        }
    }
}

/// Writes a file there and takes it away again.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".doctor-{:016x}", rand::random::<u64>()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|file| file.sync_all());
    let _ = std::fs::remove_file(&path);
    written
}

fn limits(report: &mut Report) {
    match machine::open_files_limit() {
        Some(limit) if limit < FEW_FILES => report.warn(
            "limits",
            &format!(
                "only {limit} files and connections may be open at once, which is few for more \
                 than {} people. Raise it: LimitNOFILE=65536 for systemd, ulimit -n elsewhere.",
                limit / 4
            ),
        ),
        Some(limit) => report.fine("limits", &format!("{limit} open files and connections")),
        None => report.fine("limits", "any number of open files and connections"),
    }
}

fn programs(report: &mut Report) {
    let text = match Workshop::open().reads_films() {
        true => "ffmpeg is there: films are shown with a picture",
        false => "ffmpeg is not there: films are shown without a picture",
    };
    report.fine("programs", text);
}

fn database(folder: &Path, report: &mut Report) {
    let path = folder.join("campfire.db");
    if !path.is_file() {
        clock_by_itself(report);
        return report.fine("database", "is not there yet; the first start makes it");
    }
    let looked = open_source(&path).and_then(|database| {
        let newest = queries::epochs::latest_moment(&database)?;
        Ok((migrations::is_current(&database)?, newest))
    });
    match looked {
        Err(error) => report.problem(
            "database",
            &format!("cannot be read: {error:#}. `campfire verify` says more."),
        ),
        Ok((is_current, newest)) => {
            clock_against(newest, report);
            let text = match is_current {
                true => "can be read; `campfire verify` looks at all that is in it",
                false => "is of another version; an older one is brought up to date at the start",
            };
            report.fine("database", text);
        }
    }
}

/// Nothing was ever made before this program was.
const LONG_AGO: Timestamp = Timestamp(1_760_000_000_000);

fn clock_by_itself(report: &mut Report) {
    clock_against(None, report);
}

fn clock_against(newest: Option<Timestamp>, report: &mut Report) {
    let now = clock::now();
    let earliest = newest.unwrap_or(LONG_AGO).max(LONG_AGO);
    if now.plus_ms(MINUTE_MS) < earliest {
        report.problem(
            "clock",
            &format!("says {now}, and something here is of {earliest}. Set the machine's clock."),
        );
    } else {
        report.fine("clock", &format!("says {now}"));
    }
}

async fn server(config: &Config, report: &mut Report) {
    let name = "server";
    let bind = config.address();
    let ip = match bind.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    let address = SocketAddr::new(ip, bind.port());
    // Over TLS it answers by its name alone, which is looked up below.
    let answer = match config.tls.host() {
        None => ask(Purpose::Webhook, &format!("http://{address}/health")).await.ok(),
        Some(_) => None,
    };
    match answer {
        Some((200, body)) if body.contains("\"writer\"") => {
            report.fine(name, &format!("answers at {address} and is well"));
        }
        Some((503, body)) if body.contains("\"writer\"") => report.problem(
            name,
            &format!("answers at {address}, and the database takes no writes. Its log says why."),
        ),
        Some(_) => report.problem(
            name,
            &format!("another program answers at {address}. Stop it, or set BIND to a free port."),
        ),
        None => match TcpListener::bind(bind) {
            Ok(_) => report.fine(name, &format!("is not running; {bind} is free")),
            Err(error) if config.tls.host().is_some() && error.kind() == ErrorKind::AddrInUse => {
                report.fine(name, &format!("something listens at {bind}"));
            }
            Err(error) => report.problem(
                name,
                &format!("does not answer, and BIND {bind} cannot be used: {error}"),
            ),
        },
    }
}

async fn outside(config: &Config, report: &mut Report) {
    if let Some(url) = &config.base_url {
        match ask(Purpose::Webhook, &format!("{}/up", url.origin)).await {
            Ok((200, body)) if body.trim() == "ok" => {
                report.fine("address", &format!("{} leads here", url.origin));
            }
            Ok((status, _)) => report.warn(
                "address",
                &format!(
                    "{} is answered with {status}: by this server, if it runs and the proxy passes \
                     everything on to it?",
                    url.origin
                ),
            ),
            Err(error) => report
                .warn("address", &format!("{} does not answer from here: {error}", url.origin)),
        }
    }
    match ask(Purpose::PushMessage, OUTSIDE).await {
        Ok(_) => report.fine("network", "other machines can be reached"),
        Err(error) => report.warn(
            "network",
            &format!(
                "{OUTSIDE} cannot be reached: {error}. Push messages, link previews and webhooks \
                 need names to be looked up, and port 443 open outward."
            ),
        ),
    }
}

/// Status and body of what is answered.
async fn ask(purpose: Purpose, url: &str) -> Result<(u16, String), crate::outbound::CallError> {
    let caps = Caps { silence: PATIENCE, whole: PATIENCE, answer_bytes: 64 * 1024, redirects: 0 };
    let call = Call::new(purpose, Method::GET, url)?.caps(caps);
    let answer = Client::new(&[]).send(call).await?;
    let status = answer.status.as_u16();
    let body = answer.bytes().await.unwrap_or_default();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
