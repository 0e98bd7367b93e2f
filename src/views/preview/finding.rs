//! The gallery's pages about finding: search, with and without hits.

use super::cast::{ada, author, site};
use super::files::file;
use super::{Gallery, put};
use crate::model::search::{Passage, Query};
use crate::model::{ClientMessageId, MessageId, RoomId, Timestamp};
use crate::views::calls::{CallList, CallsChangedFrame, CallsFragment, CallsPage, ListedCall};
use crate::views::installed::OfflinePage;
use crate::views::searches::{
    FoundMessage, Order, RecentSearch, Results, ResultsFragment, SearchPage,
};
use crate::views::shares::{SharePage, ShareTarget};

pub(super) fn finding(gallery: &mut Gallery) {
    calls(gallery);
    put(gallery, "offline", OfflinePage { site: site() });
    share(gallery);
    let page = SearchPage {
        site: site(),
        viewer: ada(),
        results: results("pump", &[]),
        recent: Vec::new(),
        problem: None,
    };
    let recent = ["pump", "from:grace \"filter was full\"", "水泵", "has:file before:2026-05"]
        .map(|query| RecentSearch { query: query.into(), path: "/searches?q=pump".into() });
    put(
        gallery,
        "search-empty",
        SearchPage { results: Results::default(), recent: recent.to_vec(), ..page.clone() },
    );
    let hits = [
        ("The pump in the cellar is making that noise again.", 2, None),
        ("这个水泵又坏了 — can somebody look at <pump_controller> before the weekend?", 4, None),
        ("", 5, Some("Pump manual (2nd edition).pdf")),
        (LONG, 3, None),
    ];
    let many = results("pump", &hits);
    let more = Results { more: Some("q=pump&before=41".into()), ..many.clone() };
    put(
        gallery,
        "search-hits",
        SearchPage { results: more.clone(), recent: recent.to_vec(), ..page.clone() },
    );
    put(gallery, "fragment-search-hits", ResultsFragment { results: &more });
    put(
        gallery,
        "search-best-incomplete",
        SearchPage {
            results: Results {
                order: Order::Best,
                is_incomplete: true,
                more_is_newest: true,
                ..more
            },
            ..page.clone()
        },
    );
    let mut nothing = results("from:nobody pump", &[]);
    nothing.notes = vec!["Nobody here is called “nobody”.".into()];
    put(gallery, "search-nothing", SearchPage { results: nothing, ..page.clone() });
    let problem = Some("A search can be at most 200 characters long.".into());
    let results = results(&"pump ".repeat(41), &[]);
    put(gallery, "search-refused", SearchPage { results, problem, ..page });
}

fn calls(gallery: &mut Gallery) {
    let page = |list| CallsPage { site: site(), viewer: ada(), list };
    put(gallery, "mentions-empty", page(CallList::default()));
    let hits = [
        ("@Ada Lovelace can you look at the pump?", 2, None),
        ("", 5, Some("Pump manual (2nd edition).pdf")),
        (LONG, 3, None),
    ];
    let messages = results("", &hits).messages.into_iter();
    let reasons = [("mentioned you", true), ("pinged you", true), ("answered you", false)];
    let calls = messages.zip(reasons).map(|(message, (reason, is_unread))| ListedCall {
        message,
        reason,
        is_unread,
    });
    let more = Some("/mentions?before=41".into());
    let list = CallList { calls: calls.collect(), more, is_continued: false, down_to: None };
    put(gallery, "fragment-mentions", CallsFragment { list: &list });
    let piece = CallList { is_continued: true, down_to: Some(MessageId(41)), ..list.clone() };
    put(gallery, "fragment-mentions-continued", CallsFragment { list: &piece });
    put(gallery, "mentions", page(list));
    put(gallery, "pushed-calls-changed", CallsChangedFrame { calls: 2 });
}

fn share(gallery: &mut Gallery) {
    let names = ["Grace Hopper", "All Talk", "ورشة العمل"];
    let targets = names
        .iter()
        .zip(1_i64..)
        .map(|(name, id)| ShareTarget { room_id: RoomId(id), name: (*name).into() });
    let page = SharePage {
        site: site(),
        viewer: ada(),
        client_message_id: ClientMessageId::from_random([7; 16]),
        text: "Pumps & <other> noises\nhttps://example.com/a/very/long/address".into(),
        files: Vec::new(),
        targets: targets.collect(),
        problem: None,
    };
    let problem = Some("“film.mov” is too large: a file can be at most 100 MB.".into());
    put(gallery, "share-refused", SharePage { problem, ..page.clone() });
    let files = vec![
        file(1, "Pump manual (2nd edition).pdf", "application/pdf", 2_345_678),
        file(2, "ورشة.txt", "text/plain", 12),
    ];
    put(gallery, "share-nowhere", SharePage { targets: Vec::new(), ..page.clone() });
    put(gallery, "share", SharePage { text: String::new(), files, ..page });
}

const LONG: &str = "When we moved in nobody knew where the water came from, and it took the whole of the first winter and two plumbers until somebody thought of asking the neighbours, who told us that the pump belongs to the house behind ours, that it has done so since 1931, and that it has to be greased.";

fn results(query: &str, hits: &[(&str, i64, Option<&str>)]) -> Results {
    let terms = Query::parse(query).terms;
    let messages = hits.iter().zip(1_i64..).map(|((text, author_id, file), n)| FoundMessage {
        id: MessageId(50 - n),
        room_id: RoomId(n),
        room: if n == 2 { "Grace and Linus".into() } else { "The water works".into() },
        author: author(*author_id),
        created_at: Timestamp(1_763_640_000_000 - n * 86_400_000),
        passage: (!text.is_empty()).then(|| Passage::of(text, &terms)),
        files: file.map(|name| Passage::of(name, &terms)).into_iter().collect(),
    });
    Results { query: query.into(), messages: messages.collect(), ..Results::default() }
}
