//! What the program is built of: from where, under which licence, how often, how new.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::sources;

/// Licences whose terms a program under MIT can meet.
const ALLOWED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "BSL-1.0",
    // As a library used unchanged: its own files stay under it.
    "MPL-2.0",
    "Unicode-3.0",
    // 0BSD, as htmx writes it.
    "BSD-0-Clause",
];
/// Two of one of these would be two of something that there must be one of, or cost much.
const ONCE: &[&str] = &[
    "axum",
    "html5ever",
    "hyper",
    "image",
    "libsqlite3-sys",
    "openssl-sys",
    "ring",
    "rusqlite",
    "rustls",
    "tokio",
    "tungstenite",
];
/// The oldest versions without a mistake that is known and concerns us.
const FLOORS: &[(&str, [u64; 3])] = &[
    // SQLite 3.53.2: a checkpoint beside a writer loses nothing from 3.51.3 on.
    ("libsqlite3-sys", [0, 38, 2]),
    ("ammonia", [4, 2, 3]),
    ("tungstenite", [0, 20, 1]),
    ("web-push", [0, 10, 3]),
    ("hyper", [1, 0, 0]),
    ("rustls", [0, 23, 18]),
    ("ring", [0, 17, 12]),
];

fn packages() -> Vec<Value> {
    let host = Command::new(env!("CARGO")).args(["-vV"]).output().unwrap().stdout;
    let host = String::from_utf8(host).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--locked",
            "--offline",
            "--format-version=1",
            "--filter-platform",
            &host,
        ])
        .current_dir(sources::top())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let used: BTreeSet<&str> = all["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|n| n["id"].as_str())
        .collect();
    let packages = all["packages"].as_array().unwrap().iter();
    packages.filter(|package| used.contains(package["id"].as_str().unwrap())).cloned().collect()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

fn version(package: &Value) -> [u64; 3] {
    let text = package["version"].as_str().unwrap();
    let numbers = text.split(['.', '-', '+']).take(3).map(|part| part.parse().unwrap());
    numbers.collect::<Vec<_>>().try_into().unwrap()
}

/// One choice of an expression is enough, with everything it asks for.
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" OR ").any(|choice| choice.split(" AND ").all(|one| ALLOWED.contains(&one.trim())))
}

#[test]
fn everything_comes_from_the_registry_with_its_digest() {
    let places: BTreeSet<String> = packages()
        .iter()
        .filter(|package| name(package) != "campfire")
        .map(|package| package["source"].as_str().unwrap_or("a folder").to_owned())
        .collect();
    assert!(
        places.len() == 1 && places.iter().all(|place| place.starts_with("registry+")),
        "{places:?}"
    );
    let lock = sources::top().join("Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let (sources, digests) =
        (lock.matches("\nsource = ").count(), lock.matches("\nchecksum = ").count());
    assert!(sources > 100 && sources == digests, "{sources} sources, {digests} digests");

    let lock = std::fs::read(sources::top().join("package-lock.json")).unwrap();
    let lock: Value = serde_json::from_slice(&lock).unwrap();
    for (place, package) in lock["packages"].as_object().unwrap() {
        if !place.is_empty() {
            let digest = package["integrity"].as_str().unwrap_or_default();
            assert!(digest.starts_with("sha512-"), "{place} has no digest");
            assert!(
                is_allowed(package["license"].as_str().unwrap_or_default()),
                "{place}: {package}"
            );
            assert!(package.get("hasInstallScript").is_none(), "{place} runs something");
        }
    }
}

#[test]
fn licences_are_known_and_listed() {
    let mut by_licence: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        let licence = package["license"].as_str().unwrap_or("none named").to_owned();
        assert!(is_allowed(&licence), "{} is under {licence}", name(&package));
        by_licence.entry(licence).or_default().insert(name(&package).to_owned());
    }
    let lock = std::fs::read(sources::top().join("package-lock.json")).unwrap();
    let lock: Value = serde_json::from_slice(&lock).unwrap();
    for (place, package) in lock["packages"].as_object().unwrap() {
        if let Some((_, name)) = place.rsplit_once("node_modules/") {
            let licence = package["license"].as_str().unwrap_or("none named").to_owned();
            by_licence.entry(licence).or_default().insert(format!("{name} (npm)"));
        }
    }
    let mut list = String::new();
    for (licence, names) in by_licence {
        let names: Vec<String> = names.into_iter().collect();
        list += &format!("{licence}\n    {}\n", names.join("\n    "));
    }
    insta::assert_snapshot!("licences", list);
}

#[test]
fn what_there_must_be_one_of_is_there_once_and_new_enough() {
    let packages = packages();
    for once in ONCE {
        let versions: Vec<&str> = packages
            .iter()
            .filter(|package| name(package) == *once)
            .filter_map(|package| package["version"].as_str())
            .collect();
        assert_eq!(versions.len(), 1, "{once}: {versions:?}");
    }
    for (which, floor) in FLOORS {
        for package in packages.iter().filter(|package| name(package) == *which) {
            assert!(version(package) >= *floor, "{which} {} is too old", package["version"]);
        }
    }
}

#[test]
fn our_own_code_has_nothing_unsafe_in_it() {
    let manifest = std::fs::read_to_string(sources::top().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""), "the compiler has to refuse it");
    for folder in ["src/", "tests/", "benches/", "examples/"] {
        for source in sources::under(folder).iter().filter(|source| source.extension() == "rs") {
            let allows =
                ["allow(unsafe", "expect(unsafe"].iter().any(|word| source.code().contains(word));
            assert!(
                !allows || source.path.ends_with("supply_chain.rs"),
                "{} allows it",
                source.path
            );
        }
    }
}
