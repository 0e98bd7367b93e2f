//! The program at the command line: what it says, and how it ends.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a verb did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a verb on a data directory, with a line of input.
pub fn run(data_dir: &Path, arguments: &[&str], input: &str) -> Ran {
    run_with(data_dir, &[], arguments, input)
}

/// The same with settings.
pub fn run_with(
    data_dir: &Path,
    settings: &[(&str, &str)],
    arguments: &[&str],
    input: &str,
) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env_clear()
        .env("DATA_DIR", data_dir)
        .envs(settings.iter().copied())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A verb that refuses early does not read.
    let _ = child.stdin.take().unwrap().write_all(format!("{input}\n").as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
