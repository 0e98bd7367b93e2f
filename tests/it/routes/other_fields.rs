//! Fields that nobody asked for: whatever else a form brings along, only what it declares counts.

use std::collections::BTreeSet;

use super::{Declared, World, declared};
use crate::support::{App, sources};

/// The names of fields that handlers read, as the sources have them.
fn declared_fields() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources::under("src/web/").iter().filter(|source| source.extension() == "rs") {
        let code = source.code();
        for call in [".text(\"", ".find(\"", ".all(\"", ".optional(\"", "number(\""] {
            let after = code.split(call).skip(1);
            names.extend(after.filter_map(|rest| Some(rest.split('"').next()?.to_owned())));
        }
    }
    names
}

/// A form with every column of every table in it, in every spelling, that no handler declares.
fn everything_else(app: &App) -> String {
    let database = app.database();
    let mut columns: BTreeSet<String> = database
        .all::<String>(
            "select distinct info.name from sqlite_schema, pragma_table_info(sqlite_schema.name) info
             where sqlite_schema.type = 'table' and sqlite_schema.name not like 'message_search%'",
            [],
        )
        .into_iter()
        .collect();
    let declared = declared_fields();
    assert!(declared.contains("body") && columns.contains("creator_id"), "nothing could be read");
    columns.retain(|column| !declared.contains(column));
    assert!(columns.contains("status") && columns.contains("password_digest"), "{columns:?}");
    let mut form = String::new();
    for column in &columns {
        let value = match column.as_str() {
            "status" => "banned",
            "kind" => "direct",
            "password_digest" => "x",
            _ => "1",
        };
        for name in ["", "user", "message", "room", "account"] {
            let spelled =
                if name.is_empty() { column.clone() } else { format!("{name}[{column}]") };
            form += &format!("&{spelled}={value}");
        }
    }
    form + "&user[role]=administrator&is_admin=1&admin=true&user.role=administrator&__proto__[role]=1"
}

/// What no form may touch of rows that are there already.
fn guarded(app: &App) -> Vec<String> {
    let database = app.database();
    let rows = |sql: &str| database.all::<String>(sql, []);
    let mut all = rows(
        "select concat('user ', id, role, status, password_digest, created_at) from users
                        where id <= 4 order by id",
    );
    all.extend(rows("select concat('account ', id, join_code, created_at) from accounts"));
    all.extend(rows(
        "select concat('room ', id, kind, creator_id, created_at) from rooms where id = 1",
    ));
    all
}

#[tokio::test]
async fn no_form_takes_what_it_does_not_declare() {
    let mut world = World::new().await;
    let (hostile, before) = (everything_else(&world.app), guarded(&world.app));
    let grace: i64 = world.app.database().one("select id from users where name = 'Grace'", []);
    let mut asked = 0;
    for route in declared() {
        // Of the routes that take text and not a form, nothing is a field.
        if route.method == "GET" || route.path.contains("{bot_key}") || route.answers[1] == "401" {
            continue;
        }
        let last: i64 = world.app.database().one("select coalesce(max(id), 0) from messages", []);
        let route = Declared { fields: format!("{}{hostile}", route.fields), ..route };
        let status = world.ask(&route, 1, None).await;
        asked += 1;
        assert!(!status.starts_with('5'), "{} {}: {status}", route.method, route.path);
        assert_eq!(guarded(&world.app), before, "{} {}", route.method, route.path);
        let foreign =
            format!("messages where id > {last} and (creator_id <> {grace} or room_id <> 1)");
        assert_eq!(world.app.database().count(&foreign), 0, "{} {}", route.method, route.path);
        let unlikely = "messages where abs(created_at - unixepoch() * 1000) > 86400000";
        assert_eq!(world.app.database().count(unlikely), 0, "{} {}", route.method, route.path);
    }
    println!("{asked} forms with {} further fields", hostile.matches('&').count());
}
