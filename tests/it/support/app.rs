//! A server of its own for one test: the real program, a free port, a fresh data directory.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::DEADLINE;
use super::database::Database;

const READY: &str = "Campfire is ready: open ";

/// The settings a server is started with, as environment variables, and the verb.
#[derive(Clone)]
pub struct Settings(BTreeMap<String, String>, Vec<String>);

impl Settings {
    fn for_tests() -> Self {
        let mut settings = Settings(BTreeMap::new(), vec!["serve".to_owned()]);
        settings.set("RATE_LIMITS", "off").set("RUST_LOG", "info").set("LOG_FORMAT", "text");
        settings.set("BACKUP_AT", "off");
        settings
    }

    /// In values `{port}` stands for the server's own.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Another one than `serve`.
    pub fn verb(&mut self, words: &[&str]) -> &mut Self {
        self.1 = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }
}

/// How a server ended that was asked to.
pub struct Stopped {
    pub status: ExitStatus,
    pub took: Duration,
}

/// What a server said that would not start.
pub struct Refusal {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Refusal {
    /// The one line that a person gets to read.
    pub fn line(&self) -> &str {
        assert!(!self.status.success(), "it should have failed, but ended well");
        assert!(!self.stdout.contains(READY), "it said it was ready: {}", self.stdout);
        let lines: Vec<&str> = self.stderr.lines().filter(|l| !l.trim().is_empty()).collect();
        assert_eq!(lines.len(), 1, "one clear line, please, not:\n{}", self.stderr);
        assert!(!lines[0].contains("panicked"), "{}", lines[0]);
        lines[0]
    }
}

/// A running server, ended by its own process id when the test lets go of it.
pub struct App {
    child: Option<Child>,
    port: u16,
    settings: Settings,
    root: TempDir,
    _place: Place,
}

impl App {
    /// Starts a server without an account.
    pub fn start() -> App {
        App::with(|_| {})
    }

    /// Starts a server on a data directory that somebody else has filled.
    pub fn on(fill: impl FnOnce(&Path)) -> App {
        App::prepared(|_| {}, fill)
    }

    /// Starts a server with some settings of its own.
    pub fn with(choose: impl FnOnce(&mut Settings)) -> App {
        App::prepared(choose, |_| {})
    }

    fn prepared(choose: impl FnOnce(&mut Settings), fill: impl FnOnce(&Path)) -> App {
        let place = Place::take();
        let mut settings = Settings::for_tests();
        choose(&mut settings);
        let root = tempfile::Builder::new().prefix("campfire-").tempdir().unwrap();
        // With an address of its own the server does not say on which port it listens.
        let port = if settings.0.contains_key("BASE_URL") { free_port() } else { 0 };
        let mut app = App { child: None, port, settings, root, _place: place };
        fill(&app.data_dir());
        app.start_again();
        app
    }

    /// Starts the stopped server on the data and, after the first time, the port it had.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "the server is still running");
        let started = Instant::now();
        loop {
            match self.launch() {
                Ok((child, port)) => {
                    (self.child, self.port) = (Some(child), port);
                    return;
                }
                // Somebody's outgoing connection may hold the port for a moment.
                Err(line) if self.port != 0 && line.contains("in use") => {
                    assert!(started.elapsed() < DEADLINE, "{line}");
                    thread::sleep(Duration::from_millis(50));
                }
                Err(line) => panic!("the server did not start: {line}\n{}", self.log()),
            }
        }
    }

    fn launch(&self) -> Result<(Child, u16), String> {
        let log = OpenOptions::new().create(true).append(true).open(self.log_file()).unwrap();
        let mut child = command(&self.data_dir(), &self.settings, self.port)
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log.try_clone().unwrap()))
            .spawn()
            .unwrap();
        let first = first_line(child.stdout.take().unwrap(), log);
        let said = first.recv_timeout(DEADLINE);
        let port = said.as_deref().ok().and_then(|line| {
            let url = line.strip_prefix(READY)?;
            if self.port != 0 {
                return Some(self.port);
            }
            url.trim_end().trim_end_matches('/').rsplit(':').next()?.parse().ok()
        });
        if let Some(port) = port {
            return Ok((child, port));
        }
        let _ = child.kill();
        let _ = child.wait();
        Err(format!("expected “{READY}…”, got {said:?}; {}", self.last_log_lines(3)))
    }

    /// SIGKILL: the server gets no chance to do anything.
    pub fn kill9(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, and wait for the end.
    pub async fn term_and_wait(&mut self) -> Stopped {
        let mut child = self.child.take().unwrap();
        let asked = Instant::now();
        send_term(child.id());
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return Stopped { status, took: asked.elapsed() };
            }
            if asked.elapsed() > DEADLINE {
                let _ = child.kill();
                let _ = child.wait();
                panic!("asked to stop, the server went on\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Stops in good order and starts on the same data and port.
    pub async fn restart(&mut self) {
        self.term_and_wait().await;
        self.start_again();
    }

    /// Changes a setting for the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.set(name, value);
    }

    /// Tries to start another server on this one's data, which has to fail.
    pub fn refused_second_server(&self) -> Refusal {
        refusal(&self.data_dir(), &self.settings)
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// Address and port, as a `Host` header has them.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn process_id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// The rows, read only.
    pub fn database(&self) -> Database {
        Database::open(&self.data_dir().join("campfire.db"))
    }

    /// How many files are stored, half ones included.
    pub fn stored_files(&self) -> usize {
        fn count(folder: &Path) -> usize {
            std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| if path.is_dir() { count(&path) } else { 1 })
                .sum()
        }
        count(&self.data_dir().join("files"))
    }

    fn log_file(&self) -> PathBuf {
        self.root.path().join("server.log")
    }

    /// All that the server has written to its outputs so far.
    pub fn log(&self) -> String {
        std::fs::read(self.log_file())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn last_log_lines(&self, count: usize) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(count)..].join("\n")
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if thread::panicking() {
            eprintln!("--- the end of the server's log\n{}\n---", self.last_log_lines(60));
        }
    }
}

/// Runs the program with settings it has to refuse, on a data directory of its own.
pub fn refused_start(choose: impl FnOnce(&mut Settings)) -> Refusal {
    let root = tempfile::tempdir().unwrap();
    let mut settings = Settings::for_tests();
    choose(&mut settings);
    refusal(&root.path().join("data"), &settings)
}

/// Tries to start a server on a data directory that it has to refuse.
pub fn refused_start_on(data_dir: &Path) -> Refusal {
    refusal(data_dir, &Settings::for_tests())
}

fn refusal(data_dir: &Path, settings: &Settings) -> Refusal {
    let mut child = command(data_dir, settings, 0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > DEADLINE {
            let _ = child.kill();
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    Refusal {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn command(data_dir: &Path, settings: &Settings, port: u16) -> Command {
    let bind = format!("127.0.0.1:{port}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_campfire"));
    // Nothing of the surroundings but what a program needs to run at all.
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("BIND", bind)
        .env("DATA_DIR", data_dir)
        .envs(settings.0.iter().map(|(k, v)| (k, v.replace("{port}", &port.to_string()))))
        .args(&settings.1)
        .stdin(Stdio::null());
    command
}

/// Hands over the first line of an output and writes the rest to the log.
fn first_line(
    output: impl std::io::Read + Send + 'static,
    mut log: File,
) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { break };
            let _ = writeln!(log, "{line}");
            let _ = tell.send(line);
        }
    });
    told
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn send_term(process_id: u32) {
    let line = format!("kill -TERM {process_id}");
    assert!(Command::new("sh").arg("-c").arg(line).status().unwrap().success());
}

/// One of the few places for running servers: each hashes passwords, and machines are small.
struct Place;

const PLACES: usize = 4;
static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl Place {
    fn take() -> Place {
        let mut taken = TAKEN.lock().unwrap();
        while *taken >= PLACES {
            taken = FREED.wait(taken).unwrap();
        }
        *taken += 1;
        Place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap() -= 1;
        FREED.notify_one();
    }
}
