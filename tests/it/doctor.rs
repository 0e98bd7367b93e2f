//! The operator asks what is wrong, and is told what to do about it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::database::alter_stopped;
use crate::support::{App, Outside, Reply};

/// What it said and its exit code.
fn doctor(data_dir: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> (String, i32) {
    let run = Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env_clear()
        .env("DATA_DIR", data_dir)
        .envs(settings.iter().copied())
        .arg("doctor")
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    (said + &String::from_utf8(run.stderr).unwrap(), run.status.code().unwrap())
}

/// The lines about one thing.
fn about<'a>(said: &'a str, name: &str) -> Vec<&'a str> {
    said.lines().filter(|line| line.split_whitespace().nth(1) == Some(name)).collect()
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_server_has_no_problems_running_or_stopped() {
    let mut app = App::start();
    app.first_run().await;
    let (data, host) = (app.data_dir(), app.host());
    let before = app.database().one::<i64>("select max(id) from epochs", []);
    let (said, code) = doctor(&data, &[("BIND", host.as_str())], &["--offline"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("answers at") && said.contains("No problems"), "{said}");
    assert!(!said.contains("PROBLEM"), "{said}");
    for name in
        ["settings", "directory", "disk", "clock", "limits", "programs", "database", "server"]
    {
        assert!(!about(&said, name).is_empty(), "{name} in {said}");
    }
    app.term_and_wait().await;
    let (said, code) = doctor(&data, &[("BIND", host.as_str())], &["--offline"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("is not running"), "{said}");
    app.start_again();
    assert_eq!(app.database().one::<i64>("select max(id) from epochs", []), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_trouble_is_found_and_comes_with_advice() {
    let mut app = App::start();
    app.first_run().await;
    app.term_and_wait().await;
    let (data, host) = (app.data_dir(), app.host());
    mode(&data, 0o755);
    mode(&data.join("secrets.toml"), 0o644);
    // Written by a server whose clock was right.
    alter_stopped(&data, "update epochs set begun_at = 9000000000000");
    let other = Outside::start(|_| Reply::html("Something else")).await;
    let bind = other.address.to_string();
    let (said, code) = doctor(&data, &[("BIND", bind.as_str())], &["--offline"]);
    assert_eq!(code, 1, "{said}");
    for advice in ["chmod 700", "chmod 600"] {
        assert!(about(&said, "directory").iter().any(|line| line.contains(advice)), "{said}");
    }
    assert!(about(&said, "clock")[0].starts_with("PROBLEM"), "{said}");
    assert!(about(&said, "server")[0].contains("another program answers"), "{said}");

    let open = [("BIND", "0.0.0.0:0"), ("BASE_URL", "http://chat.example.org")];
    let (said, _) = doctor(&data, &open, &["--offline"]);
    assert!(about(&said, "settings").iter().any(|line| line.contains("is not https")), "{said}");
    let proxied = [("BIND", host.as_str()), ("BASE_URL", "https://chat.example.org")];
    let (said, _) = doctor(&data, &proxied, &["--offline"]);
    assert!(said.contains("TRUSTED_PROXIES is not set"), "{said}");

    std::fs::write(data.join("campfire.db"), "this is no database").unwrap();
    std::fs::remove_file(data.join("campfire.db-wal")).ok();
    let (said, code) = doctor(&data, &[("BIND", host.as_str())], &["--offline"]);
    assert_eq!(code, 1, "{said}");
    assert!(about(&said, "database")[0].starts_with("PROBLEM"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_start_nothing_is_made() {
    let empty = tempfile::tempdir().unwrap();
    let bind = [("BIND", "127.0.0.1:0")];
    let nowhere = empty.path().join("data");
    let (said, code) = doctor(&nowhere, &bind, &["--offline"]);
    assert_eq!(code, 0, "{said}");
    assert!(!nowhere.exists());
    let file = empty.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (said, code) = doctor(&file, &bind, &["--offline"]);
    assert_eq!(code, 1, "{said}");
    assert!(about(&said, "directory")[0].contains("is a file"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_others_is_tried() {
    let app = App::start();
    app.first_run().await;
    let (data, host) = (app.data_dir(), app.host());
    let base_url = app.base_url();
    let (said, code) =
        doctor(&data, &[("BIND", host.as_str()), ("BASE_URL", base_url.as_str())], &[]);
    assert_eq!(code, 0, "the way out may be closed here, which is a warning: {said}");
    assert!(about(&said, "address")[0].contains("leads here"), "{said}");
    assert_eq!(about(&said, "network").len(), 1, "{said}");
    let other = Outside::start(|_| Reply::html("Something else")).await;
    let (said, _) = doctor(&data, &[("BIND", host.as_str()), ("BASE_URL", &*other.url(""))], &[]);
    assert!(about(&said, "address")[0].starts_with("WARNING"), "{said}");
}
