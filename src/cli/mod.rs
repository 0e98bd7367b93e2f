//! The verbs: serve (the default), demo, preview, what the operator does for people, import, backup,
//! restore, export, verify, doctor, and populate.

mod backup;
mod control;
mod demo;
mod doctor;
mod export;
mod import;
mod people;
mod populate;
mod restore;
mod verify;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Config, LogFormat};
use crate::pictures::thumbnail;
use crate::pictures::workshop::{FRAME_VERB, THUMBNAIL_VERB};
use crate::{app, machine, web};

/// Threads that answer requests. Look-ups run on them, so one more than the usual two cores.
pub const REQUEST_THREADS: usize = 3;
const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 failed, 2 wrong command line or input, 3 nobody has that address";
/// Bytes on the disk without which no start succeeds: SQLite makes the index of its log there.
const ROOM_TO_START: u64 = 1024 * 1024;
/// The command line itself was wrong.
const USAGE: u8 = 2;

/// Group chat that a team runs itself
#[derive(Parser)]
#[command(name = "campfire", version, about, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Answer people and bots until told to stop (the default)
    Serve,
    /// Show a place with made-up people who talk: anybody can be any of them. Uses no data directory
    /// of a server
    Demo {
        /// Folder to keep it in, new or from the last time; a temporary one, removed at the end, when
        /// left out
        folder: Option<PathBuf>,
    },
    /// List everybody with their address, role and status
    Users,
    /// Set a new password for somebody: asked for without showing it, or read from the input. Signs
    /// them out everywhere
    ResetPassword {
        /// Address they sign in with
        email: String,
        /// Print a link instead, good for one use within 4 hours, with which they set it themselves
        #[arg(long)]
        link: bool,
    },
    /// Make somebody an administrator
    MakeAdmin {
        /// Address they sign in with
        email: String,
    },
    /// Fill an empty data directory from another chat
    Import {
        #[command(subcommand)]
        from: import::From,
    },
    /// Make the small copy of the picture on the input; the server asks for it
    #[command(name = THUMBNAIL_VERB, hide = true)]
    MakeThumbnail {
        /// Bytes of memory to use
        memory: u64,
    },
    /// Take the first frame out of a film; the server asks for it
    #[command(name = FRAME_VERB, hide = true)]
    TakeFrame { program: PathBuf, format: String, film: PathBuf },
    /// Back up the database and its files, with the server running or stopped. The backup is a
    /// directory named by the time
    Backup {
        /// Folder to make it in; backups/ in the data directory when left out
        folder: Option<PathBuf>,
    },
    /// Fill an empty data directory from a backup
    Restore {
        /// A backup, or a database alone
        backup: PathBuf,
    },
    /// Write everything, or some rooms, as JSON Lines with the files, and as pages that any browser
    /// opens without a server
    Export {
        /// New directory to write
        into: PathBuf,
        /// Number of a room; may be given again. All rooms, pings too, when left out
        #[arg(long = "room", value_name = "NUMBER")]
        rooms: Vec<i64>,
        /// Data directory or backup to export; the data directory of the settings when left out
        #[arg(long)]
        from: Option<PathBuf>,
    },
    /// Check a data directory, a backup, or a database alone: integrity, references, search, changes,
    /// files. Works on a copy, so nothing is altered and a running server is not disturbed
    Verify {
        /// Data directory or database file; the data directory of the settings when left out
        path: Option<std::path::PathBuf>,
    },
    /// Look at settings, data directory, disk, clock, limits, database, server and network, and say
    /// what to do about what is wrong. Alters nothing
    Doctor {
        /// Ask no other machine
        #[arg(long)]
        offline: bool,
    },
    /// Show every page and fragment with sample data in awkward states, for those who work on them
    Preview,
    /// Fill an empty data directory with made-up people, rooms and messages, for development and tests
    Populate(populate::Size),
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse_command_line(&error),
    };
    // These have a process to themselves, with nothing else in it.
    match &cli.verb {
        Some(Verb::MakeThumbnail { memory }) => return done(thumbnail::work(*memory)),
        Some(Verb::TakeFrame { program, format, film }) => {
            return done(thumbnail::become_film_reader(program, format, film));
        }
        _ => {}
    }
    cli.config = match cli.config.settle() {
        Ok(config) => config,
        Err(sentence) => return fail(USAGE, &sentence),
    };
    start_log(cli.config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(REQUEST_THREADS)
        .enable_all()
        .build();
    let outcome = runtime.map_err(Into::into).and_then(|runtime| {
        runtime.block_on(async {
            match cli.verb.unwrap_or(Verb::Serve) {
                Verb::Demo { folder } => demo::show(cli.config, folder).await,
                Verb::Serve if cli.config.demo => demo::show(cli.config, None).await,
                Verb::Serve => serve(cli.config).await,
                Verb::Users => people::users(&cli.config).await,
                Verb::ResetPassword { email, link } => {
                    people::reset_password(&cli.config, &email, link).await
                }
                Verb::MakeAdmin { email } => people::make_admin(&cli.config, &email).await,
                Verb::Import { from } => {
                    say(&import::import(&cli.config, from).await?);
                    Ok(ExitCode::SUCCESS)
                }
                Verb::Backup { folder } => backup::backup(&cli.config, folder).await,
                Verb::Restore { backup } => restore::restore(&cli.config, &backup),
                Verb::Export { into, rooms, from } => {
                    export::export(&from.unwrap_or(cli.config.data_dir), &into, &rooms)
                }
                Verb::Verify { path } => verify::verify(&path.unwrap_or(cli.config.data_dir)),
                Verb::Doctor { offline } => doctor::examine(&cli.config, offline).await,
                Verb::Preview => preview(cli.config).await,
                Verb::MakeThumbnail { .. } | Verb::TakeFrame { .. } => Ok(ExitCode::SUCCESS),
                Verb::Populate(size) => {
                    say(&populate::populate(&cli.config, &size).await?);
                    Ok(ExitCode::SUCCESS)
                }
            }
        })
    });
    match outcome {
        Ok(code) => code,
        Err(error) => fail(1, &format!("{error:#}")),
    }
}

fn done(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &format!("{error:#}")),
    }
}

/// Without room many things fail, and what SQLite says of it does not tell why.
fn with_room_told(data_dir: &Path, error: anyhow::Error) -> anyhow::Error {
    let place = data_dir.display();
    match machine::disk(data_dir) {
        Some(disk) if disk.free < ROOM_TO_START => {
            error.context(format!("The disk of {place} is full; make room on it and start again"))
        }
        _ => error,
    }
}

async fn serve(config: Config) -> anyhow::Result<ExitCode> {
    // Listened for from here on: told to stop at the first moment, the server still ends in order.
    let told = told_to_stop()?;
    let base_url = config.base_url.clone();
    let home = config.data_dir.clone();
    let running = app::start(config).await.map_err(|error| with_room_told(&home, error))?;
    let control = control::Control::open(&running);
    let address = base_url.map_or_else(|| format!("http://{}", running.address), |url| url.origin);
    say(&format!("Campfire is ready: open {address}"));
    told.await;
    tracing::info!("stopping");
    if let Some(control) = control {
        control.close().await;
    }
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn preview(config: Config) -> anyhow::Result<ExitCode> {
    let server = web::preview::start(config.address()).await?;
    say(&format!("The gallery is ready: open http://{}", server.address));
    told_to_stop()?.await;
    Ok(ExitCode::SUCCESS)
}

/// Ends with the first SIGTERM or SIGINT after this call.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Log lines go to standard error, so that standard output holds the answer of the verb alone.
pub fn start_log(format: LogFormat) {
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Libraries print what passes through them: bodies, headers, frames. Whatever is asked for,
    // they are only heard when something is wrong. Filters for all, so that what is not wanted
    // costs a request nothing.
    let ours = filter_fn(|line| {
        line.target().starts_with("campfire") || *line.level() <= tracing::Level::WARN
    });
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let log = tracing_subscriber::registry().with(wanted).with(ours);
    match format {
        LogFormat::Text => log.with(lines.with_target(false)).init(),
        LogFormat::Json => log.with(lines.json().flatten_event(true)).init(),
    }
}

/// Help and version as clap prints them; a wrong value in one line.
fn refuse_command_line(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let line = text.lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    fail(USAGE, line.trim_start_matches("error: "))
}

fn fail(code: u8, sentence: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "campfire: {sentence}");
    ExitCode::from(code)
}

fn say(sentence: &str) {
    let mut out = std::io::stdout();
    // A closed standard output is no reason to stop serving.
    let _ = writeln!(out, "{sentence}").and_then(|()| out.flush());
}
