//! The matrix: every route with an id in it, asked for by ten principals about each thing they may
//! or may not have to do with. What they are answered is declared in `matrix.table`.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use super::declared;
use crate::support::{Answer, sources};
use world::{KINDS, World, kind_of};

const PRINCIPALS: [&str; 10] = [
    "anonymous",
    "member",
    "creator",
    "administrator",
    "removed",
    "deactivated",
    "banned",
    "own-bot",
    "other-bot",
    "expired",
];
/// The rooms that nobody of them is in, and the one that was never there.
const OUTSIDE: [&str; 4] = ["closed-out", "direct-out", "deleted", "never"];

/// A letter for each principal and column.
type Cells = Vec<String>;

/// What the table says: a kind, a method, a path, and what is answered.
fn table() -> BTreeMap<(String, String), (usize, Cells)> {
    let text = sources::under("tests/it/routes/matrix.table").remove(0).text;
    let mut routes = BTreeMap::new();
    let (mut kind, mut cells, mut is_complete) = (0, vec![String::new(); PRINCIPALS.len()], true);
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(name) = words[0].strip_suffix(':') {
            kind = KINDS.iter().position(|kind| kind.0 == name).expect(line);
            assert_eq!(words[1..], *KINDS[kind].1, "{line}");
        } else if words[0].chars().all(|c| c.is_ascii_uppercase()) && words[1].starts_with('/') {
            assert!(cells.iter().all(|row| row.len() == KINDS[kind].1.len()), "before {line}");
            let route = (words[0].to_owned(), words[1].to_owned());
            assert!(routes.insert(route, (kind, cells.clone())).is_none(), "twice: {line}");
            is_complete = true;
        } else {
            // The first line of principals after some routes begins a class of its own.
            if is_complete {
                (cells, is_complete) = (vec![String::new(); PRINCIPALS.len()], false);
            }
            let (names, letters): (Vec<&str>, Vec<&str>) =
                words.iter().partition(|word| word.len() > 1);
            for name in names {
                let of = PRINCIPALS.iter().position(|known| *known == name).expect(line);
                cells[of] = letters.concat();
            }
        }
    }
    routes
}

/// What an answer means, as a letter of the table.
fn letter(answer: &Answer) -> char {
    match answer.status() {
        303 if answer.header("location") == "/session/new" => 'd',
        200..=204 | 303 | 304 => '+',
        401 => 'd',
        403 => 'f',
        404 => '-',
        422 => 'u',
        other => panic!("{}: {other} has no letter", answer.asked),
    }
}

/// Every byte that somebody sees, without the path they came with.
fn seen(answer: &Answer, path: &str) -> String {
    let kind = answer.header("content-type");
    let body = String::from_utf8_lossy(answer.bytes()).replace(path, "(path)");
    format!("{} {kind} {} {body}", answer.status(), answer.header("location"))
}

/// Which of the rows of cells are equal, said as the table says it.
fn written(kind: usize, cells: &[String]) -> String {
    let mut groups: Vec<(&String, Vec<&str>)> = Vec::new();
    for (row, name) in cells.iter().zip(PRINCIPALS) {
        match groups.iter_mut().find(|group| group.0 == row) {
            Some(group) => group.1.push(name),
            None => groups.push((row, vec![name])),
        }
    }
    let mut text = format!("# {}\n", KINDS[kind].0);
    for (row, names) in groups {
        let letters: Vec<String> = row.chars().map(String::from).collect();
        text += &format!("{:<60} {}\n", names.join(" "), letters.join(" "));
    }
    text
}

#[test]
fn every_route_with_an_id_is_in_the_matrix() {
    let wanted: BTreeSet<_> = declared()
        .into_iter()
        .filter(|route| kind_of(route).is_some())
        .map(|route| (route.method, route.path))
        .collect();
    let table = table();
    let there: BTreeSet<_> = table.keys().cloned().collect();
    assert!(wanted.len() > 90, "the routes could not be read");
    let missing: Vec<_> = wanted.difference(&there).collect();
    let gone: Vec<_> = there.difference(&wanted).collect();
    assert!(missing.is_empty(), "say in matrix.table who gets what: {missing:?}");
    assert!(gone.is_empty(), "in matrix.table, but not routed: {gone:?}");
    // What names no room, person, bot or thing of one's own is declared in routes.table alone.
    let with_others = declared()
        .into_iter()
        .filter(|route| kind_of(route).is_none() && route.path.contains('{'))
        .map(|route| route.path)
        .collect::<BTreeSet<_>>();
    let known = [
        "/assets/{*path}",
        "/bots/{bot_key}",
        "/bots/{bot_key}/pings",
        "/demo/people/{id}",
        "/demo/tour/{step}",
        "/join/{join_code}",
        "/qr_code/{id}",
        "/session/transfers/{token}",
        "/sounds/{name}",
    ];
    assert_eq!(with_others.iter().map(String::as_str).collect::<Vec<_>>(), known);
}

/// For who is not in a room, there is none: the table cannot say anything else.
#[test]
fn what_is_outside_is_declared_like_what_is_not_there() {
    for (route, (kind, cells)) in table() {
        let columns = KINDS[kind].1;
        let alike = |outside: &&str| match KINDS[kind].0 {
            "rooms" => OUTSIDE.contains(outside),
            "things" => *outside != "own",
            _ => false,
        };
        for (row, name) in cells.iter().zip(PRINCIPALS) {
            let letters: BTreeSet<char> = columns
                .iter()
                .zip(row.chars())
                .filter(|(column, _)| alike(column))
                .map(|(_, letter)| letter)
                .collect();
            assert!(letters.len() <= 1, "{route:?}: {name} can tell {columns:?}: {row}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_what_the_matrix_says_of_everything() {
    let began = std::time::Instant::now();
    let mut world = World::new().await;
    let (before, table) = (world.untouched(), table());
    let (mut asked, mut compared, mut wrong) = (0, 0, Vec::new());
    let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for route in declared() {
        let Some(kind) = kind_of(&route) else { continue };
        let never = KINDS[kind].1.len() - 1;
        let mut cells = Vec::new();
        for (of, principal) in PRINCIPALS.iter().enumerate() {
            let path = world.path(&route, kind, never, of);
            let absent = world.ask(&route, &path, of).await;
            let (nothing, nothing_seen) = (letter(&absent), seen(&absent, &path));
            let mut row = String::new();
            for (column, name) in KINDS[kind].1[..never].iter().enumerate() {
                let path = world.path(&route, kind, column, of);
                let answer = world.ask(&route, &path, of).await;
                asked += 1;
                let said = letter(&answer);
                row.push(said);
                // What one is not let near looks in every byte as if it were not there.
                if said == nothing && (said != '+' || KINDS[kind].0 == "things") {
                    compared += 1;
                    let seen = seen(&answer, &path);
                    if seen != nothing_seen {
                        let (start, other): (String, String) = (
                            seen.chars().take(300).collect(),
                            nothing_seen.chars().take(300).collect(),
                        );
                        wrong.push(format!(
                            "{} {path}: {} can tell {name} from never:\n{start}\n{other}",
                            route.method, principal
                        ));
                    }
                }
                if said == '+' && route.method != "GET" {
                    world.mend(&route, kind, column).await;
                }
            }
            row.push(nothing);
            cells.push(row);
        }
        let line = format!("{:<7}{}", route.method, route.path);
        classes.entry(written(kind, &cells)).or_default().push(line.clone());
        let key = (route.method, route.path);
        if let Some((_, declared)) = table.get(&key)
            && *declared != cells
        {
            wrong.push(format!("{line} is answered\n{}", written(kind, &cells)));
        }
    }
    println!(
        "{asked} cells, {compared} of them like nothing, in {:.0} s",
        began.elapsed().as_secs_f64()
    );
    for (class, routes) in &classes {
        println!("{class}{}\n", routes.join("\n"));
    }
    assert!(wrong.is_empty(), "{} are wrong\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(world.untouched(), before, "somebody reached what is not theirs");
    assert!(!world.app.log().contains("panicked"));
}
