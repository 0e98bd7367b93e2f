//! The rules of the house, read off the sources: who may lean on whom, and how files are kept.

use crate::support::sources::{self, Source, depth_of, floor_of, mentions};

/// Each floor with all the floors it may mention. `error`, `events` and `config` are open to all.
const FLOORS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("error", &["model"]),
    ("events", &["model"]),
    ("config", &["model"]),
    ("richtext", &["model"]),
    ("data_dir", &[]),
    ("progress", &[]),
    ("passwords", &["model"]),
    ("pictures", &["model"]),
    ("tokens", &["model"]),
    ("clock", &["model"]),
    ("measures", &[]),
    ("machine", &[]),
    ("db", &["model", "clock", "measures"]),
    ("access", &["model", "db"]),
    ("files", &["model"]),
    ("live", &["model"]),
    ("pages", &["model"]),
    ("outbound", &["model"]),
    ("certificates", &["outbound"]),
    ("views", &["model", "richtext"]),
    ("queries", &["model", "db", "access"]),
    ("commands", &["model", "richtext", "db", "access", "queries"]),
    ("backups", &["model", "clock", "db", "files", "queries"]),
    (
        "import",
        &[
            "model", "clock", "richtext", "tokens", "data_dir", "db", "files", "pictures",
            "progress", "queries", "commands",
        ],
    ),
    ("export", &["model", "clock", "db", "files", "progress", "views", "queries"]),
    (
        "demo",
        &[
            "model", "clock", "richtext", "tokens", "db", "access", "files", "pictures", "live",
            "queries", "commands", "app",
        ],
    ),
    (
        "jobs",
        &[
            "model", "clock", "richtext", "tokens", "db", "access", "files", "backups", "pictures",
            "live", "outbound", "views", "queries", "commands",
        ],
    ),
    (
        "after_commit",
        &[
            "model", "richtext", "db", "access", "live", "outbound", "views", "queries",
            "commands", "jobs",
        ],
    ),
    (
        "web",
        &[
            "model",
            "clock",
            "measures",
            "machine",
            "richtext",
            "db",
            "access",
            "files",
            "pictures",
            "tokens",
            "live",
            "outbound",
            "certificates",
            "pages",
            "views",
            "queries",
            "commands",
            "jobs",
            "after_commit",
            "demo",
            "app",
        ],
    ),
];
const LEAVES: [&str; 3] = ["error", "events", "config"];
/// They put everything together, so they see everything.
const ABOVE_ALL: [&str; 4] = ["main", "lib", "cli", "app"];

const MOST_LINES: usize = 400;
const MOST_TEMPLATE_LINES: usize = 150;

const TOP_LEVEL: &[&str] = &[
    "ARCHITECTURE.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "benches",
    "build.rs",
    "clippy.toml",
    "examples",
    "migrations",
    "package-lock.json",
    "package.json",
    "rustfmt.toml",
    "src",
    "static",
    "templates",
    "tests",
];

const NAMES_THAT_SAY_NOTHING: &[&str] = &[
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "shared",
    "manager",
    "service",
    "processor",
    "engine",
];

#[test]
fn imports_point_downward() {
    let mut wrong = Vec::new();
    for source in rust("src/") {
        let floor = floor_of(&source.path);
        if ABOVE_ALL.contains(&floor) {
            continue;
        }
        let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == floor) else {
            wrong.push(format!("{}: {floor} is not a floor of the house", source.path));
            continue;
        };
        for (line, named) in mentions(&source.code(), depth_of(&source.path)) {
            let known = FLOORS.iter().any(|(name, _)| *name == named) || named == "app";
            let open = named == floor || LEAVES.contains(&named.as_str());
            if known && !open && !below.contains(&named.as_str()) {
                wrong.push(format!("{}:{line}: {floor} leans on {named}", source.path));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn the_pure_floors_touch_nothing() {
    let mut wrong = Vec::new();
    let outside = ["std::fs", "std::net", "std::time", "tokio::", "rusqlite", "axum::", "askama"];
    for source in rust("src/model/").into_iter().chain(rust("src/richtext/")) {
        find(&source, &outside, &mut wrong);
    }
    for source in rust("src/commands/") {
        let never =
            [".await", "std::net", "std::fs", "SystemTime::now", "Timestamp::now", "askama"];
        find(&source, &never, &mut wrong);
    }
    for source in rust("src/queries/") {
        find(&source, &["r2d2", "axum::"], &mut wrong);
    }
    for source in rust("src/views/") {
        find(&source, &["axum::", "rusqlite"], &mut wrong);
    }
    assert_none(wrong);
}

#[test]
fn only_queries_commands_and_the_machine_room_speak_sql() {
    let mut wrong = Vec::new();
    for floor in ["src/web/", "src/views/", "src/live/", "src/jobs/", "src/outbound/"] {
        for source in rust(floor) {
            let sql =
                ["\"select ", "\"insert ", "\"update ", "\"delete from", "\"with ", "pragma "];
            find(&source, &sql, &mut wrong);
        }
    }
    for source in rust("src/live/") {
        find(&source, &["rusqlite", "askama"], &mut wrong);
    }
    assert_none(wrong);
}

#[test]
fn only_outbound_calls_other_machines() {
    let mut wrong = Vec::new();
    for source in rust("src/").into_iter().filter(|s| !s.path.starts_with("src/outbound/")) {
        find(
            &source,
            &["reqwest", "TcpStream::connect", "lookup_host", "hyper::client"],
            &mut wrong,
        );
    }
    assert_none(wrong);
}

#[test]
fn every_file_begins_with_its_job() {
    let mut wrong = Vec::new();
    for source in sources::all() {
        let first = source.text.lines().next().unwrap_or_default();
        let begins = match source.extension() {
            _ if source.path.starts_with("templates/") => true,
            "rs" => first.starts_with("//! "),
            "css" => first.starts_with("/* "),
            "js" => first.starts_with("// ") || first.starts_with("/* "),
            "sql" => first.starts_with("-- "),
            _ => true,
        };
        if !begins {
            wrong.push(format!("{}: begins with {first:?}", source.path));
        }
    }
    assert_none(wrong);
}

#[test]
fn no_file_is_too_long_to_read_at_once() {
    let mut wrong = Vec::new();
    for source in sources::all() {
        let most = match source.extension() {
            "rs" | "css" | "js" | "sql" => MOST_LINES,
            "html" if source.path.starts_with("templates/") => MOST_TEMPLATE_LINES,
            _ => continue,
        };
        let lines = source.text.lines().count();
        if lines > most {
            wrong.push(format!("{}: {lines} lines, at most {most}", source.path));
        }
    }
    assert_none(wrong);
}

#[test]
fn names_say_what_is_inside() {
    let mut wrong = Vec::new();
    for source in sources::all() {
        for part in source.path.split('/') {
            let stem = part.split('.').next().unwrap_or_default().trim_start_matches('_');
            if NAMES_THAT_SAY_NOTHING.contains(&stem) {
                wrong.push(format!("{}: {stem} says nothing", source.path));
            }
        }
        if source.extension() != "rs" {
            continue;
        }
        for (line, text) in numbered(&source.code()) {
            let name = text.split_once("mod ").map_or("", |(_, rest)| rest);
            let name = name.split([' ', ';', '{']).next().unwrap_or_default();
            if NAMES_THAT_SAY_NOTHING.contains(&name) {
                wrong.push(format!("{}:{line}: mod {name} says nothing", source.path));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn every_template_is_used() {
    let templates = sources::under("templates/");
    let views = rust("src/");
    let unused = templates.iter().filter(|template| {
        let name = template.path.trim_start_matches("templates/");
        let as_path = format!("path = \"{name}\"");
        let quoted = format!("\"{name}\"");
        let by_view = views.iter().any(|view| view.text.contains(&as_path));
        let by_template = templates.iter().any(|other| {
            other.text.split("{%").skip(1).any(|tag| {
                let tag = tag.split("%}").next().unwrap_or_default();
                tag.contains(&quoted)
                    && ["include", "extends", "import"].iter().any(|w| tag.contains(w))
            })
        });
        !by_view && !by_template
    });
    assert_none(unused.map(|template| format!("{}: nobody uses it", template.path)).collect());
}

#[test]
fn templates_carry_no_code_and_no_style() {
    let mut wrong = Vec::new();
    for template in sources::under("templates/") {
        for (line, text) in numbered(&template.text) {
            let inline =
                [" style=\"", " hx-on", " onclick=", " onload=", " onsubmit=", "js:", "<style"];
            let script = text.contains("<script") && !text.contains(" src=");
            if script || inline.iter().any(|word| text.contains(word)) {
                wrong.push(format!("{}:{line}: {}", template.path, text.trim()));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn nothing_panics_but_tests_and_the_start() {
    let mut wrong = Vec::new();
    for source in rust("src/") {
        if ABOVE_ALL.contains(&floor_of(&source.path)) {
            continue;
        }
        let loud = [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unsafe "];
        find(&source, &loud, &mut wrong);
    }
    assert_none(wrong);
}

#[test]
fn every_test_module_is_listed() {
    let list = sources::under("tests/it/main.rs").remove(0).text;
    let unlisted = rust("tests/it/").into_iter().filter_map(|source| {
        let name = source.path.strip_prefix("tests/it/")?.strip_suffix(".rs")?.to_owned();
        let top = !name.contains('/') && name != "main";
        (top && !list.contains(&format!("\nmod {name};"))).then_some(source.path)
    });
    assert_none(unlisted.collect());
}

#[test]
fn the_top_level_holds_what_belongs_there() {
    let extra = sources::top_level()
        .into_iter()
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()));
    assert_none(extra.collect());
}

#[test]
fn the_repository_speaks_of_itself_alone() {
    // In two halves, so that this list does not find itself.
    let words = [
        ("sub", "agent"),
        ("coding ", "agent"),
        ("language ", "model"),
        ("chat", "gpt"),
        ("anthro", "pic"),
        ("open", "ai"),
        ("co", "pilot"),
        ("work", "tree"),
        ("issue", " #"),
        ("contract", ".md"),
        ("house", ".md"),
        ("reliability", ".md"),
        ("product", ".md"),
        ("performance", ".md"),
        ("dependencies", ".md"),
        ("behaviour", ".md"),
        ("/work", "/"),
        ("/tmp", "/"),
        ("/home", "/"),
        ("crates", ".io"),
        ("npm", "js.org"),
        ("prom", "pts"),
        ("to", "do:"),
        ("fix", "me"),
        ("xx", "x:"),
    ];
    let words: Vec<String> = words.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let mut wrong = Vec::new();
    for source in sources::all() {
        // Cargo itself writes where each package is from.
        if source.path == "Cargo.lock" {
            continue;
        }
        for (line, text) in numbered(&source.text.to_lowercase()) {
            for word in words.iter().filter(|word| text.contains(word.as_str())) {
                wrong.push(format!("{}:{line}: {word}", source.path));
            }
        }
    }
    assert_none(wrong);
}

fn rust(folder: &str) -> Vec<Source> {
    sources::under(folder).into_iter().filter(|source| source.extension() == "rs").collect()
}

fn numbered(text: &str) -> Vec<(usize, String)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line.to_owned())).collect()
}

fn find(source: &Source, words: &[&str], wrong: &mut Vec<String>) {
    for (line, text) in numbered(&source.code()) {
        for word in words.iter().filter(|word| text.contains(**word)) {
            wrong.push(format!("{}:{line}: {word}", source.path));
        }
    }
}

#[track_caller]
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "against the rules of the house:\n{}", wrong.join("\n"));
}
