//! Other sites: every route that changes something refuses them, and what is only asked for changes
//! nothing.

use reqwest::Method;

use super::{World, declared};
use crate::support::App;

/// What a browser says of a request that another site makes, and what somebody may make it say.
fn foreign(host: &str) -> Vec<(&'static str, String)> {
    let mut all: Vec<_> = ["cross-site", "same-site", "nonsense"]
        .iter()
        .map(|site| ("Sec-Fetch-Site", (*site).to_owned()))
        .collect();
    let origins = [
        "null".to_owned(),
        "https://evil.example".to_owned(),
        format!("http://{host}.evil.example"),
        format!("http://evil.example/{host}"),
        format!("http://sub.{host}"),
        "http://127.0.0.1:1".to_owned(),
        format!("{host}0"),
        format!("http://{host}@evil.example"),
    ];
    all.extend(origins.into_iter().map(|origin| ("Origin", origin)));
    all
}

#[tokio::test]
async fn no_route_obeys_another_site() {
    let mut world = World::new().await;
    let combinations = foreign(&world.app.host());
    let (mut asked, mut obeyed) = (0, Vec::new());
    for route in declared().iter().filter(|route| route.method != "GET") {
        let path = world.fill(&route.path, 1, false).await;
        let before = everything(&world.app);
        for (name, value) in &combinations {
            let ada = &world.visitors[2].person;
            let request = ada
                .bare(route.method.parse::<Method>().unwrap(), &path)
                .header(*name, value)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(route.fields.clone());
            let status = ada.send(request).await.status();
            asked += 1;
            if status != 403 {
                obeyed.push(format!("{} {path} with {name}: {value}: {status}", route.method));
            }
        }
        assert!(obeyed.is_empty(), "{}", obeyed.join("\n"));
        assert_eq!(everything(&world.app), before, "{} {path} changed something", route.method);
    }
    println!("{asked} requests of other sites refused");
}

/// Links, pictures and prefetching are requests of anybody's: they leave everything as it is. What
/// somebody has read is theirs to alter by reading.
#[tokio::test]
async fn nothing_changes_for_being_asked_for() {
    let mut world = World::new().await;
    let all = declared();
    for route in all.iter().filter(|route| route.method == "GET") {
        let path = world.fill(&route.path, 2, false).await;
        let before = everything(&world.app);
        for site in ["cross-site", "same-origin"] {
            let ada = &world.visitors[2].person;
            let request = ada.bare(Method::GET, &path).header("Sec-Fetch-Site", site);
            ada.send(request).await;
        }
        assert_eq!(everything(&world.app), before, "GET {path} changed something");
    }
}

/// How many rows there are of everything, and the rows of what people own.
fn everything(app: &App) -> Vec<String> {
    let database = app.database();
    let tables: Vec<String> = database.all(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'
             and name not like 'message_search%' and name not in ('jobs', 'epochs', 'facts')",
        [],
    );
    let mut all: Vec<String> =
        tables.iter().map(|table| format!("{table} {}", database.count(table))).collect();
    for (table, columns) in [
        ("users", "id, name, email_address, role, status, bio, password_digest, avatar_path"),
        ("rooms", "id, name, kind, archived_at"),
        ("messages", "id, room_id, creator_id, body_source"),
        ("accounts", "name, join_code"),
        ("sessions", "id, user_id"),
        ("memberships", "room_id, user_id, involvement"),
    ] {
        let columns = columns.replace(", ", ", '|', ");
        all.extend(database.all::<String>(
            &format!("select concat('{table} ', {columns}) from {table} order by 1"),
            [],
        ));
    }
    all
}
