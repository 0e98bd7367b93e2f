//! The real program as a process of its own, which can be killed, stopped and weighed.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
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
}

impl Server {
    /// Starts the program on an empty directory.
    pub fn start(dice: &mut Dice) -> Server {
        let root = tempfile::Builder::new().prefix("campfire-proof-").tempdir().unwrap();
        let mut server = Server { child: None, address: free_address(dice), root };
        server.start_again();
        server
    }

    /// Starts the program on the directory and the port it had; gives how long that took.
    pub fn start_again(&mut self) -> Duration {
        assert!(self.child.is_none(), "the server is still running");
        let began = Instant::now();
        let log = self.log_file();
        let mut child = Command::new(env!("CARGO_BIN_EXE_campfire"))
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
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if !line.starts_with(READY) {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the server did not start\n{}", self.log());
        }
        assert!(began.elapsed() < START, "the server took {:?} to start", began.elapsed());
        self.child = Some(child);
        began.elapsed()
    }

    /// SIGKILL: the server gets no chance to do anything.
    pub fn kill9(&mut self) {
        let mut child = self.child.take().unwrap();
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

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn process_id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
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
