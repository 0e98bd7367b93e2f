//! How much is tried, by which seed, and the table of what was reached.

use std::process::Command;

use super::Dice;

/// How a run is made.
#[derive(Clone, Copy)]
pub struct Plan {
    /// The figures of the promises; otherwise less of the same.
    pub full: bool,
    pub seed: u64,
}

impl Plan {
    /// One of two figures.
    pub fn pick<T>(&self, short: T, full: T) -> T {
        if self.full { full } else { short }
    }

    pub fn dice(&self) -> Dice {
        Dice::new(self.seed)
    }

    /// What repeats this run.
    pub fn line(&self, name: &str) -> String {
        let opts = if self.full { "full" } else { "short" };
        format!("seed={} git={} opts={opts},{name}", self.seed, git())
    }
}

/// One promise beside what was reached.
pub struct Row {
    pub promise: &'static str,
    pub promised: String,
    pub reached: String,
}

impl Row {
    pub fn new(
        promise: &'static str,
        promised: impl Into<String>,
        reached: impl Into<String>,
    ) -> Row {
        Row { promise, promised: promised.into(), reached: reached.into() }
    }
}

/// The rows as a table in Markdown.
pub fn table(rows: &[(Row, u64)]) -> String {
    let mut text = String::from("| promise | figure promised | figure reached | seed |\n");
    text += "|---|---|---|--:|\n";
    for (row, seed) in rows {
        text += &format!("| {} | {} | {} | {seed} |\n", row.promise, row.promised, row.reached);
    }
    text
}

/// The state of the repository.
fn git() -> String {
    let asked = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    asked.ok().filter(|output| output.status.success()).map_or("unknown".to_owned(), |output| {
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    })
}
