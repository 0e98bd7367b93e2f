//! The real program as a process of its own, which can be killed, stopped and weighed.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Dice;

const READY: &str = "Campfire is ready";
const START: Duration = Duration::from_secs(60);

/// A server on a data directory of its own; killed when dropped.
pub struct Server {
    child: Option<Child>,
    address: SocketAddr,
    root: TempDir,
    /// The words of a command that runs the program, as `strace` does; usually none.
    pub before: Vec<OsString>,
}

impl Server {
    /// Starts the program on an empty directory.
    pub fn start(dice: &mut Dice) -> Server {
        let mut server = Server::prepare(dice);
        server.start_again();
        server
    }

    /// A directory and a port, and nothing running yet.
    pub fn prepare(dice: &mut Dice) -> Server {
        Self::prepare_in(dice, &std::env::temp_dir())
    }

    /// The same in memory where there is such a folder, for what is written over and over.
    pub fn prepare_in_memory(dice: &mut Dice) -> Server {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        Self::prepare_in(dice, &folder)
    }

    fn prepare_in(dice: &mut Dice, folder: &Path) -> Server {
        let root = tempfile::Builder::new().prefix("campfire-proof-").tempdir_in(folder).unwrap();
        let address = free_address(dice);
        Server { child: None, address, root, before: Vec::new() }
    }

    /// Starts the program on the directory and the port it had; gives how long that took.
    pub fn start_again(&mut self) -> Duration {
        self.try_start().unwrap_or_else(|said| panic!("the server did not start\n{said}"))
    }

    /// The same; what it said last when it would not start.
    pub fn try_start(&mut self) -> Result<Duration, String> {
        assert!(self.child.is_none(), "the server is still running");
        let began = Instant::now();
        let log = self.log_file();
        let mut child = self.command().stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let (read, first) = std::sync::mpsc::channel();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            let _ = read.send(line);
        });
        self.child = Some(child);
        let line = first.recv_timeout(START).expect("the server starts, or ends and says why");
        if !line.starts_with(READY) {
            // It has closed its output: it is at its end.
            let status = self.child.take().unwrap().wait().unwrap();
            return Err(format!("{status}\n{}", self.log()));
        }
        Ok(began.elapsed())
    }

    /// SIGKILL: the server gets no chance to do anything.
    pub fn kill9(&mut self) {
        signal(self.process_id(), "KILL");
        self.child.take().unwrap().wait().unwrap();
    }

    fn command(&self) -> Command {
        let program = OsString::from(env!("CARGO_BIN_EXE_campfire"));
        let mut words = self.before.iter().chain([&program]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("BIND", self.address.to_string())
            .env("DATA_DIR", self.data_dir())
            .env("RATE_LIMITS", "off")
            .env("BACKUP_AT", "off")
            // People come from addresses of their own, so that one can be banned alone.
            .env("TRUSTED_PROXIES", "127.0.0.1")
            .env("RUST_LOG", "warn")
            .arg("serve")
            .stdin(Stdio::null());
        command
    }

    /// Starts the program and kills it before it may have said that it is ready.
    pub fn kill_while_starting(&mut self, after: Duration) {
        let mut child =
            self.command().stdout(Stdio::null()).stderr(self.log_file()).spawn().unwrap();
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end; gives how long that took.
    pub fn term(&mut self) -> Duration {
        let began = Instant::now();
        signal(self.process_id(), "TERM");
        let status = self.child.take().unwrap().wait().unwrap();
        assert!(status.success(), "asked to stop, the server ended with {status}\n{}", self.log());
        began.elapsed()
    }

    /// The same for a server whose disk may fail while it ends: only that it ends.
    pub fn stop(&mut self) {
        signal(self.process_id(), "TERM");
        self.child.take().unwrap().wait().unwrap();
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn process_id(&self) -> u32 {
        let id = self.child.as_ref().unwrap().id();
        if self.before.is_empty() { id } else { only_child(id).unwrap_or(id) }
    }

    /// Whether the process has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    pub fn data_dir(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Resident memory in bytes.
    pub fn rss(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process_id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1_024
    }

    /// Sockets it has open, those of idle HTTP connections included.
    pub fn sockets(&self) -> usize {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.process_id())).unwrap();
        // What is closed meanwhile cannot be looked at.
        let targets = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
    }

    fn log_file(&self) -> File {
        let path = self.root.path().join("server.log");
        OpenOptions::new().create(true).append(true).open(path).unwrap()
    }

    /// All that the server has written to its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.root.path().join("server.log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            if let Some(inner) = only_child(child.id()).filter(|_| !self.before.is_empty()) {
                let _ = Command::new("sh").arg("-c").arg(format!("kill -KILL {inner}")).status();
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let end = lines[lines.len().saturating_sub(20)..].join("\n");
            let _ = writeln!(std::io::stderr(), "--- the end of the server's log\n{end}\n---");
        }
    }
}

/// The process that another one, which has just one, has started.
fn only_child(process_id: u32) -> Option<u32> {
    let path = format!("/proc/{process_id}/task/{process_id}/children");
    std::fs::read_to_string(path).ok()?.split_whitespace().next()?.parse().ok()
}

/// Sends a signal by its name.
pub fn signal(process_id: u32, name: &str) {
    let line = format!("kill -{name} {process_id}");
    assert!(Command::new("sh").arg("-c").arg(line).status().unwrap().success());
}

/// Below the ports that outgoing connections are given: a client that keeps knocking at a server
/// that is down must not be handed its port.
fn free_address(dice: &mut Dice) -> SocketAddr {
    loop {
        let port = u16::try_from(dice.between(12_000, 32_000)).unwrap();
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap();
        }
    }
}
