//! The README's table of settings is what the program says of them.

use campfire::config::Config;
use clap::{Args, Command, FromArgMatches};

use crate::support::sources;

/// Read by the log itself.
const OF_THE_LOG: &str = "| `RUST_LOG` | `info` | How much is logged |";

/// A row for each setting: its name in the environment, its default, and the sentence of the help.
fn table() -> String {
    let command = Config::augment_args(Command::new("campfire"));
    let unset = command.clone().get_matches_from(["campfire"]);
    let address = Config::from_arg_matches(&unset).unwrap().address().to_string();
    let mut lines = vec!["| variable | default | meaning |".to_owned(), "|---|---|---|".to_owned()];
    for setting in command.get_arguments() {
        let name = setting.get_env().and_then(|name| name.to_str());
        let name = name.unwrap_or_else(|| panic!("{} has no variable", setting.get_id()));
        let flag = setting.get_long().unwrap_or_default();
        assert_eq!(flag, name.to_lowercase().replace('_', "-"), "{name} and its flag");
        let usual = setting.get_default_values().first().map(|value| value.to_string_lossy());
        let usual = match (name, usual) {
            ("BIND", None) => format!("`{address}`"),
            (_, Some(usual)) => format!("`{usual}`"),
            (_, None) => String::new(),
        };
        let usual = if usual.is_empty() { " ".to_owned() } else { format!(" {usual} ") };
        let sentence = setting.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(sentence.len() > 15, "{name} says nothing of itself");
        lines.push(format!("| `{name}` |{usual}| {sentence} |"));
    }
    lines.push(OF_THE_LOG.to_owned());
    lines.join("\n")
}

#[test]
fn the_readme_lists_every_setting_as_it_is() {
    let readme = sources::under("README.md").remove(0).text;
    let table = table();
    assert!(readme.contains(&table), "the README's table of settings has to be:\n{table}");
}
