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
        if self.path.ends_with("/tests.rs") {
            return String::new();
        }
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

/// `src/web/rooms.rs` and `src/web/mod.rs` are on the floor `web`, `src/access.rs` is `access`.
pub fn floor_of(path: &str) -> &str {
    let inside = path.trim_start_matches("src/");
    inside.split(['/', '.']).next().unwrap_or_default()
}

/// How many `super::` lead from the file to the top of the crate.
pub fn depth_of(path: &str) -> usize {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    inside.split('/').count()
}

/// The modules right under the top of the crate that the code mentions, with their lines.
pub fn mentions(code: &str, depth: usize) -> Vec<(usize, String)> {
    let from_below = "super::".repeat(depth);
    let mut named = Vec::new();
    for way in ["crate::", from_below.as_str()] {
        for (at, _) in code.match_indices(way) {
            let before = &code[..at];
            if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                let line = before.matches('\n').count() + 1;
                named.extend(first_names(&code[at + way.len()..]).into_iter().map(|n| (line, n)));
            }
        }
    }
    named
}

/// `db::Writer` names `db`; `{db::Writer, model::{A, B}}` names `db` and `model`.
fn first_names(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let mut names = vec![word(group)];
    let mut open = 1;
    for (at, c) in group.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            ',' if open == 1 => names.push(word(&group[at + 1..])),
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_of_floors_are_found() {
        let names = |code, depth| -> Vec<String> {
            mentions(code, depth).into_iter().map(|(_, name)| name).collect()
        };
        assert_eq!(
            names("use crate::{db::{A, B}, model::C,\n    views,\n};", 2),
            ["db", "model", "views", ""]
        );
        assert_eq!(mentions("\nlet x = crate::queries::all(&c);", 2), [(2, "queries".to_owned())]);
        assert_eq!(names("use super::super::web::x;", 2), ["web"]);
        assert_eq!(names("use super::message::Message;", 2), [""; 0]);
        assert_eq!((depth_of("src/db/mod.rs"), depth_of("src/db/writer.rs")), (1, 2));
        assert_eq!((floor_of("src/access.rs"), floor_of("src/web/mod.rs")), ("access", "web"));
    }
}
