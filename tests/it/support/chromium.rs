//! The one Chromium of this test run: headless, with a profile of its own, ended with the tests.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::DEADLINE;
use super::trust::trust;

/// Starts the browser with its output in a log, and ends it by its process id when our end of the
/// pipe closes: when the tests are done, and just as well when they are killed.
const GUARD: &str = r#"
trap '' INT
profile=$1; shift
"$@" >"$profile/log" 2>&1 </dev/null &
browser=$!
read -r end
kill "$browser" 2>/dev/null
wait "$browser"
# Its children may still be putting their things away.
for try in 1 2 3 4 5; do
  rm -rf "$profile"
  sleep 0.3
  [ -e "$profile" ] || break
done
"#;

/// Where the running browser takes its orders.
pub fn debugging_address() -> String {
    static BROWSER: OnceLock<Mutex<(Child, String)>> = OnceLock::new();
    let browser = BROWSER.get_or_init(|| Mutex::new(start()));
    browser.lock().unwrap().1.clone()
}

fn start() -> (Child, String) {
    let program = find().expect(
        "these tests drive a real browser: install Chromium (Debian: apt-get install chromium)",
    );
    let profile = tempfile::Builder::new().prefix("campfire-browser-").tempdir().unwrap().keep();
    let guard = Command::new("sh")
        .args(["-c", GUARD, "sh"])
        .arg(&profile)
        .arg(program)
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--ignore-certificate-errors-spki-list={}", trust().fingerprint()))
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-background-timer-throttling",
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            "--disable-component-update",
            "--disable-extensions",
            "--disable-sync",
            "--disable-quic",
            "--hide-scrollbars",
            "--password-store=basic",
            "--remote-debugging-port=0",
            "about:blank",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let address = read_address(&profile);
    (guard, address)
}

/// The browser writes its port and path into a file as soon as it listens.
fn read_address(profile: &Path) -> String {
    let started = Instant::now();
    loop {
        let file = std::fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = file.trim_end().split_once('\n') {
            return format!("ws://127.0.0.1:{port}{path}");
        }
        if started.elapsed() > DEADLINE * 2 {
            let log = std::fs::read_to_string(profile.join("log")).unwrap_or_default();
            panic!("Chromium did not start:\n{log}");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    ["chromium", "chromium-browser", "google-chrome-stable"]
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
}
