//! Search: what is found and what is not, in which order, by whom, and how long it is remembered.

use campfire::model::search::entry::Findable;
use campfire::model::{RoomId, UserId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use rusqlite::Connection;

use crate::support::{App, Person, html, within};

/// The numbers of the messages a query finds, in the order shown on the first page.
async fn found(person: &Person, query: &str) -> Vec<i64> {
    ids(&person.get(&path_of(query)).await.expect(200).text())
}

fn path_of(query: &str) -> String {
    format!("/searches?q={}", utf8_percent_encode(query, NON_ALPHANUMERIC))
}

fn ids(page: &str) -> Vec<i64> {
    html::tags(page)
        .iter()
        .filter_map(|tag| html::attribute(tag, "id")?.strip_prefix("hit_")?.parse().ok())
        .collect()
}

#[tokio::test]
async fn words_are_found_in_all_their_forms() {
    let app = App::start();
    let ada = app.first_run().await;
    let said = [
        "We deployed the new servers on Friday",
        "Deployments fail when the server is down",
        "the server room is cold",
        "Crème brûlée für alle, naïve résumé",
        "getUserById returns ERR-4321 from snake_case_name in parseHTTPHeaders()",
        "这个搜索功能很好用，中文也可以",
        "今日は東京でラーメンを食べました",
        "한국어 검색도 됩니다",
        "ฉันรักภาษาไทย",
        "Donaudampfschifffahrtsgesellschaft",
        "party 🎉 at nine",
        "see https://example.com/page and docs.rs",
        "שלום עולם, مرحبا بالعالم, Привет мир, γεια σου Κόσμε",
        "don't panic, it's O’Neill's",
    ];
    let mut posted = Vec::new();
    for text in said {
        posted.push(ada.post(1, text).await);
    }
    for (query, expected) in [
        ("deploy", &[1, 0][..]),
        ("deploying server", &[1, 0]),
        ("SERVERS", &[2, 1, 0]),
        ("\"the server\"", &[2, 1]),
        ("\"server the\"", &[]),
        ("“new servers”", &[0]),
        ("deplo*", &[1, 0]),
        ("creme brulee", &[3]),
        ("RÉSUMÉ", &[3]),
        ("user", &[4]),
        ("id", &[4]),
        ("getUser", &[4]),
        ("4321", &[4]),
        ("ERR-4321", &[4]),
        ("snake_case", &[4]),
        ("httphead", &[4]),
        ("搜索", &[5]),
        ("搜索功能", &[5]),
        ("索功", &[5]),
        ("中", &[5]),
        ("功搜", &[]),
        ("東京", &[6]),
        ("ラーメン", &[6]),
        ("食べ", &[6]),
        ("검색", &[7]),
        ("รัก", &[8]),
        ("dampfschiff", &[9]),
        ("🎉", &[10]),
        ("has:link", &[11]),
        ("example.com", &[11]),
        ("עולם", &[12]),
        ("بالعالم", &[12]),
        ("мир", &[12]),
        ("κοσμε", &[12]),
        ("dont panic", &[13]),
        ("oneill", &[13]),
        ("in:all server", &[2, 1, 0]),
        ("from:ada server", &[2, 1, 0]),
        ("from:me has:link", &[11]),
        ("after:today server cold", &[2]),
        ("before:today server", &[]),
        ("before:2000 has:link", &[]),
        ("after:2000-01-01 before:2999 party", &[10]),
        ("from:nobody server", &[]),
        ("in:nowhere server", &[]),
        ("nothingofthekind", &[]),
    ] {
        let expected: Vec<i64> = expected.iter().map(|at: &usize| posted[*at]).collect();
        assert_eq!(found(&ada, query).await, expected, "{query}");
    }
    let page = ada.get("/searches?q=deploy+from%3Anobody").await.expect(200).text();
    assert!(page.contains("Nobody here is called “nobody”."));
    assert!(ada.get("/searches?q=before%3Asoon").await.expect(200).text().contains("before:soon"));
    app.database().assert_sound();
}

#[tokio::test]
async fn a_hit_shows_where_it_was_said_and_what_was_found() {
    let app = App::start();
    let ada = app.first_run().await;
    let id = ada.post(1, "Beware of deployed & `<script>` things").await;
    let page = ada.get("/searches?q=deploys+script").await.expect(200).text();
    assert!(page.contains(&format!("href=\"/rooms/1/@{id}\"")));
    assert!(page.contains("<mark>deployed</mark> &#38; &#60;<mark>script</mark>&#62; things"));
    assert!(page.contains("<bdi>All Talk</bdi>"));
    let json = ada.bare(Method::GET, "/searches?q=deploy").header("Accept", "application/json");
    let json = ada.send(json).await.expect(200).json();
    assert_eq!(json["messages"][0]["id"], id);
    assert_eq!(json["messages"][0]["path"], format!("/rooms/1/@{id}"));
    let piece = ada.get_fragment("/searches?q=deploy").await.expect(200).text();
    assert!(piece.starts_with("<section id=\"hits\""));
    assert!(ids(&ada.get("/searches").await.expect(200).text()).is_empty());
}

#[tokio::test]
async fn everything_is_found_at_once_and_forgotten_at_once() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let id = ada.post(1, "The zanzibar plan").await;
    assert_eq!(found(&ada, "zanzibar").await, [id]);
    ada.post_form(&format!("/rooms/1/messages/{id}"), &[("body", "The 桑给巴尔 plan")]).await;
    assert!(found(&ada, "zanzibar").await.is_empty());
    assert_eq!(found(&ada, "桑给").await, [id]);
    ada.post_form::<&str>(&format!("/rooms/1/messages/{id}/delete"), &[]).await.expect(303);
    assert!(found(&ada, "桑给").await.is_empty());
    assert!(found(&ada, "plan").await.is_empty());
    // The log keeps pages as they were until it is emptied.
    app.term_and_wait().await;
    assert!(!app.database().files_contain("zanzibar"), "not even in the index");
}

#[tokio::test]
async fn nobody_finds_what_is_said_in_rooms_they_are_not_in() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let made = ada.post_form("/rooms/closeds", &[("name", "Secret"), ("user_ids", "2")]).await;
    let room: i64 = made.expect(303).location().trim_start_matches("/rooms/").parse().unwrap();
    let (said, open) = (ada.post(room, "the treasure").await, ada.post(1, "a treasure").await);
    assert_eq!(found(&grace, "treasure").await, [open, said]);
    for query in ["treasure", "\"the treasure\"", "trea*", "in:secret", "from:ada", "after:2000"] {
        assert!(found(&grace, query).await.contains(&said), "{query}");
    }
    let order = "/searches?q=treasure&order=best";
    assert!(ids(&grace.get(order).await.text()).contains(&said));
    let fields = [("name", "Secret"), ("user_ids", "1")];
    ada.post_form(&format!("/rooms/closeds/{room}"), &fields).await.expect(303);
    for query in ["treasure", "\"the treasure\"", "trea*", "in:secret", "from:ada", "after:2000"] {
        assert!(!found(&grace, query).await.contains(&said), "{query}");
        assert!(found(&ada, query).await.contains(&said), "{query}");
    }
    assert!(!ids(&grace.get(order).await.text()).contains(&said));
    assert!(!grace.get("/searches?q=in%3Asecret").await.text().contains("class=\"hit\""));
}

#[tokio::test]
async fn any_bytes_are_a_query() {
    let app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "NEAR AND OR NOT").await;
    assert_eq!(found(&ada, "NEAR AND").await.len(), 1);
    let long = |word: &str| word.repeat(200 / word.len());
    for query in [
        "\"",
        "\"\"\"",
        "*",
        "a*",
        "**",
        "NEAR(",
        "NEAR(a b, 2)",
        "^a",
        "words:a",
        "{words}:a",
        "-a",
        "a AND",
        "OR",
        "NOT a",
        "a + b",
        "(((((",
        "))",
        "';--",
        "%00",
        "\0",
        "a\0b",
        "\u{E000}r1",
        "from:",
        "from:\"",
        "in:\"",
        "before:",
        "has:",
        "has:cats",
        "\u{202e}x",
        "\u{FFFD}",
        "🏳️‍🌈",
        "e\u{301}\u{301}",
        "\r\n\t",
        "模",
        "*模*",
        "from:me in:all has:link before:2999 after:1999",
    ] {
        ada.get(&path_of(query)).await.expect(200);
        ada.get(&format!("{}&order=best", path_of(query))).await.expect(200);
    }
    for query in [long("a "), long("a"), long("\""), long("a*"), long("("), long("x1 "), long("(a")]
    {
        found(&ada, &query).await;
    }
    for path in [
        "?q=%ff%fe%00",
        "?q=%",
        "?q=%zz",
        "?q=a&q=b",
        "?q",
        "?before=x&q=a",
        "?&&=",
        "?q=a&before=-1",
    ] {
        ada.get(&format!("/searches{path}")).await.expect(200);
    }
    let page = ada.get(&format!("/searches?q={}", "é".repeat(201))).await.expect(422).text();
    assert!(page.contains("at most 200 characters") && page.contains("aria-invalid"));
    ada.post_form("/searches", &[("q", "é".repeat(201))]).await.expect(422);
    assert!(found(&ada, &"é".repeat(200)).await.is_empty());
}

#[tokio::test]
async fn pages_have_twenty_hits_and_no_end_before_the_last() {
    let app = App::start();
    let ada = app.first_run().await;
    let mut said = Vec::new();
    for n in 0..47 {
        said.push(ada.post(1, &format!("needle {n}{}", " hay".repeat(n % 5))).await);
    }
    for order in ["newest", "best"] {
        let mut path = format!("/searches?q=needle&order={order}");
        let mut all = Vec::new();
        for expected in [20, 20, 7] {
            let page = ada.get(&path).await.expect(200).text();
            assert_eq!(ids(&page).len(), expected, "{order}");
            all.extend(ids(&page));
            let next = html::between(&page, "rel=\"next\" href=\"", "\"");
            path = html::unescape(next.unwrap_or_default());
        }
        assert_eq!(path, "", "nothing follows the last");
        if order == "newest" {
            assert!(all.is_sorted_by(|one, other| one > other), "the newest first");
        } else {
            assert_eq!(all[..2].len(), 2);
            assert!(said[45] == all[0] || said[40] == all[0], "short ones are better: {all:?}");
        }
        all.sort_unstable();
        assert_eq!(all, said, "each once");
    }
}

#[tokio::test]
async fn the_last_ten_queries_are_remembered() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    for n in 1..=12 {
        let answer = ada.post_form("/searches", &[("q", format!("needle {n}"))]).await;
        assert_eq!(answer.expect(303).location(), format!("/searches?q=needle%20{n}"));
    }
    ada.post_form("/searches", &[("q", "needle 5")]).await.expect(303);
    let rows = app.database();
    let recent = "select query from searches where user_id = 1 order by searched_at desc, id desc";
    let kept = rows.all::<String>(recent, []);
    assert_eq!(kept.len(), 10);
    assert!(kept.contains(&"needle 5".into()) && !kept.contains(&"needle 2".into()));
    let page = ada.get("/searches").await.expect(200).text();
    let list = html::between(&page, "id=\"recent_title\"", "</section>").unwrap();
    assert_eq!(list.matches("href=\"/searches?q=needle").count(), 10);
    assert!(!grace.get("/searches").await.text().contains("needle"));
    grace.post_form::<&str>("/searches/clear", &[]).await.expect(303);
    assert_eq!(rows.count("searches"), 10);
    ada.post_form::<&str>("/searches/clear", &[]).await.expect(303);
    assert_eq!(rows.count("searches"), 0);
    assert_eq!(ada.post_form("/searches", &[("q", "  ")]).await.location(), "/searches");
}

/// What the index holds, token by token, beside what it would hold if it were made anew.
fn assert_index_is_exact(app: &App) {
    let database = Connection::open(app.data_dir().join("campfire.db")).unwrap();
    database
        .execute_batch(
            "attach ':memory:' as fresh;
             create virtual table fresh.anew using fts5 (words, parts, marks, content = '', tokenize = 'ascii');
             create virtual table temp.held using fts5vocab(main, message_search, instance);
             create virtual table temp.wanted using fts5vocab(fresh, anew, instance);",
        )
        .unwrap();
    let mut rows = database
        .prepare("select id, room_id, creator_id, plain_text, body_html from messages order by id")
        .unwrap();
    let mut rows = rows.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (plain_text, body_html): (String, String) = (row.get(3).unwrap(), row.get(4).unwrap());
        let entry = Findable {
            room_id: RoomId(row.get(1).unwrap()),
            author_id: UserId(row.get(2).unwrap()),
            plain_text: &plain_text,
            body_html: &body_html,
            file_names: &[],
        }
        .entry();
        let sql = "insert into fresh.anew (rowid, words, parts, marks) values (?1, ?2, ?3, ?4)";
        let id: i64 = row.get(0).unwrap();
        database.execute(sql, (id, entry.words, entry.parts, entry.marks)).unwrap();
    }
    for (one, other) in [("held", "wanted"), ("wanted", "held")] {
        let sql = format!(
            "select term || ' ' || doc from (select term, doc, col, offset from {one} except select term, doc, col, offset from {other})"
        );
        let mut extra = database.prepare(&sql).unwrap();
        let extra: Vec<String> =
            extra.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(extra, Vec::<String>::new(), "in {one} and not in {other}");
    }
}

#[tokio::test]
async fn the_index_holds_what_the_messages_say_and_nothing_else() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let mut said = Vec::new();
    for n in 0..30 {
        let person = if n % 3 == 0 { &grace } else { &ada };
        said.push(
            person.post(1, &format!("word{n} 模型{n} userId{n} https://example.com/{n}")).await,
        );
    }
    for (n, id) in said.iter().enumerate() {
        let path = format!("/rooms/1/messages/{id}");
        match n % 4 {
            0 => ada.post_form(&path, &[("body", "changed")]).await.expect(303),
            1 => ada.post_form::<&str>(&format!("{path}/delete"), &[]).await.expect(303),
            2 => {
                let both = [("body", "once"), ("body", "twice")].map(|field| [field]);
                ada.post_form(&path, &both[0]).await.expect(303);
                ada.post_form(&path, &both[1]).await.expect(303)
            }
            _ => continue,
        };
    }
    assert_index_is_exact(&app);
    app.database().assert_sound();
}

#[tokio::test]
async fn a_database_from_before_the_index_is_indexed_while_it_is_used() {
    let mut app = App::start();
    let ada = app.first_run().await;
    app.term_and_wait().await;
    // As the migration leaves a database that had messages.
    crate::support::database::alter_stopped(
        &app.data_dir(),
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
         insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
             body_format, plain_text, created_at)
         select 1, 1, 'old-' || i, '<p>old' || i || '</p>', '', 'markdown', 'old' || i, i from n;
         insert into facts (name, value)
             select 'search_missing_up_to', max(id) from messages;
         update rooms set last_message_id = 3000 where id = 1;
         insert into jobs (kind, payload, run_at, drop_at, created_at)
             values ('index_messages', '{\"kind\":\"index_messages\"}', 0, 9223372036854775807, 0);",
    );
    app.start_again();
    // Meanwhile life goes on.
    let fresh = ada.post(1, "fresh one").await;
    ada.post_form("/rooms/1/messages/1", &[("body", "old again")]).await.expect(303);
    ada.post_form::<&str>("/rooms/1/messages/2/delete", &[]).await.expect(303);
    ada.post_form("/rooms/1/messages/3000", &[("body", "newest of the old")]).await.expect(303);
    app.kill9();
    app.start_again();
    let waiting = "facts where name = 'search_missing_up_to'";
    within("everything is indexed", async {
        while app.database().count(waiting) > 0 || app.database().count("jobs") > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(found(&ada, "old1700").await, [1700]);
    assert_eq!(found(&ada, "again").await, [1]);
    assert!(!found(&ada, "old2").await.contains(&2));
    assert_eq!(found(&ada, "newest").await, [3000]);
    assert_eq!(found(&ada, "fresh").await, [fresh]);
    assert_index_is_exact(&app);
    app.database().assert_sound();
}
