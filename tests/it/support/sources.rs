//! The repository as text, for the tests that judge how it is written.

use std::path::{Path, PathBuf};

/// One text file of the repository.
pub struct Source {
    /// From the top of the repository, with slashes.
    pub path: String,
    pub text: String,
}

impl Source {
    pub fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Rust without comments and without the test module at its end, line numbers kept.
    pub fn code(&self) -> String {
        let body = self.text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
        body.lines()
            .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// The top of the repository.
pub fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The names at the top of the repository, without what is built or fetched.
pub fn top_level() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(top())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !is_made(name))
        .collect();
    names.sort();
    names
}

/// All text files of the repository, in order of their paths.
pub fn all() -> Vec<Source> {
    let mut found = Vec::new();
    collect(&top(), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The text files under a folder.
pub fn under(folder: &str) -> Vec<Source> {
    all().into_iter().filter(|source| source.path.starts_with(folder)).collect()
}

/// What is left out of the repository: see `.gitignore`.
fn is_made(name: &str) -> bool {
    ["target", "node_modules", "data", ".git"].contains(&name)
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if folder == top() && is_made(&name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let path = path.strip_prefix(top()).unwrap().to_string_lossy().replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}
