//! Debian's nginx in front of a server, with the lines that the README gives operators.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::DEADLINE;
use super::sources;

/// A running nginx; ended by its process id when the test lets go of it.
pub struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
}

impl Nginx {
    /// On this port of 127.0.0.1, before the server at `host`.
    pub fn before(host: &str, port: u16) -> Nginx {
        let folder = tempfile::Builder::new().prefix("campfire-nginx-").tempdir().unwrap();
        let at = folder.path().display();
        let lines = readme_lines().replace("127.0.0.1:3000", host);
        assert!(lines.contains(host), "{lines}");
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {at}/{kind};\n"))
            .concat();
        let settings = format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log info;
             events {{}}
             http {{
                 access_log off;
                 {temporary}
                 server {{
                     listen 127.0.0.1:{port};
                     {lines}
                 }}
             }}"
        );
        let path = folder.path().join("nginx.conf");
        std::fs::write(&path, settings).unwrap();
        let mut nginx = Nginx { child: run(folder.path(), &path), folder };
        nginx.wait(port);
        nginx
    }

    fn wait(&mut self, port: u16) {
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && started.elapsed() < DEADLINE, "{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it complained about.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- nginx\n{}\n---", self.log());
        }
    }
}

fn run(folder: &Path, settings: &Path) -> Child {
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("nginx")
        // Where Debian puts it, which is not on everybody's path.
        .env("PATH", format!("{path}:/usr/sbin"))
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(settings)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test needs nginx (Debian: apt-get install nginx)")
}

/// The block of the README, word for word.
fn readme_lines() -> String {
    let readme = sources::under("README.md").remove(0).text;
    let block = readme.split("```").find(|block| block.trim_start().starts_with("location / {"));
    block.expect("the README has lines for nginx").to_owned()
}
