//! The real server, built for release, on a data directory of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::constant;
use crate::http;

const PROGRAM: &str = env!("CARGO_BIN_EXE_campfire");
pub const READY: &str = "Campfire is ready: open http://";
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server, ended by its process id when this is let go of.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts it and returns when it says that it is ready. Log lines are made as they are for
    /// everybody (`RUST_LOG` may say otherwise) and thrown away.
    pub fn start(data_dir: &Path) -> Result<Self> {
        Self::start_with(data_dir, &[])
    }

    /// The same with settings of its own.
    pub fn start_with(data_dir: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let mut command = Command::new(PROGRAM);
        command.env("DATA_DIR", data_dir).env("BIND", "127.0.0.1:0").env("RATE_LIMITS", "off");
        command.env("BACKUP_AT", "off");
        Self::launch(command.envs(settings.iter().copied()))
    }

    /// This program itself, answering with always the same body (see `constant`).
    pub fn constant(data_dir: &Path, body: &Path, encoding: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        Self::launch(command.arg(constant::FLAG).args([data_dir, body]).arg(encoding))
    }

    fn launch(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        let said = child.stdout.take().context("no standard output")?;
        let read = BufReader::new(said).read_line(&mut line);
        let address = line.trim().strip_prefix(READY).map(str::parse);
        match (read, address) {
            (Ok(_), Some(Ok(address))) => Ok(Self { child, address }),
            _ => {
                let _ = child.kill();
                let status = child.wait()?;
                anyhow::bail!("the server did not start ({status}); it said {line:?}")
            }
        }
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Makes the account; the header line that signs its administrator in, in room 1.
    pub fn first_run(&self) -> Result<String> {
        let form = "name=Ada&email_address=ada%40example.org&password=correct+horse+battery";
        let answer = http::ask(self.address, &http::post("/first_run", "", form))?;
        ensure!(answer.status() == 303, "the first run answered {}", answer.status());
        ensure!(answer.header("location") == Some("/rooms/1"), "the first run led elsewhere");
        let cookie = answer.header("set-cookie").context("the first run set no cookie")?;
        let pair = cookie.split(';').next().unwrap_or_default();
        Ok(format!("Cookie: {pair}; last_room=1\r\n"))
    }

    /// Signs a person of a populated data directory in; the header line that says so.
    pub fn sign_in(&self, number: u32) -> Result<String> {
        let form =
            format!("email_address=person{number}%40example.com&password=a+made-up+password");
        let answer = http::ask(self.address, &http::post("/session", "", &form))?;
        ensure!(answer.status() == 303, "signing in answered {}", answer.status());
        let cookie = answer.header("set-cookie").context("signing in set no cookie")?;
        Ok(format!("Cookie: {}; last_room=1\r\n", cookie.split(';').next().unwrap_or_default()))
    }

    /// Physical memory in use, in bytes.
    pub fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process_id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: u64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }

    /// SIGTERM, and wait for the good end.
    pub fn stop(mut self) -> Result<()> {
        let line = format!("kill -TERM {}", self.process_id());
        ensure!(Command::new("sh").arg("-c").arg(line).status()?.success(), "it could not be told");
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the server ended with {status}");
                return Ok(());
            }
            thread::sleep(Duration::from_millis(2));
        }
        anyhow::bail!("asked to stop, the server went on")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fills a data directory with a made-up past.
pub fn populate(data_dir: &Path, people: u32, rooms: u32, messages: u32) -> Result<()> {
    let numbers = [people, rooms, messages].map(|number| number.to_string());
    let filled = Command::new(PROGRAM)
        .env("DATA_DIR", data_dir)
        .args(["populate", "--people", &numbers[0], "--rooms", &numbers[1]])
        .args(["--messages", &numbers[2]])
        .stdout(Stdio::null())
        .status()?;
    ensure!(filled.success(), "the data directory could not be populated");
    Ok(())
}

/// Size of the program, everything embedded, in bytes.
pub fn program_size() -> Result<u64> {
    Ok(fs::metadata(PROGRAM)?.len())
}
