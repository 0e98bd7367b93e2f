//! The people, rooms and messages of the gallery. Times and ids never change.

use crate::model::{
    Account, Attention, Author, Boost, BoostId, ClientMessageId, Involvement, JoinCode, Message,
    MessageId, Role, Room, RoomId, RoomKind, Session, SessionId, Status, Theme, Timestamp, User,
    UserId,
};
use crate::views::involvements::Bell;
use crate::views::rooms::{Invite, MessageList, RoomPage};
use crate::views::sidebar::{OtherRoom, Sidebar, SidebarPing, SidebarRoom};
use crate::views::{Site, Viewer, assets};

/// 20 November 2026, 14:05 UTC.
const NOON: Timestamp = Timestamp(1_795_183_509_120);

const NAMES: [&str; 8] = [
    "Ada Lovelace",
    "Grace Hopper",
    "علي بن محمد",
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft",
    "Maximiliana Konstantina von und zu Hohenlohe-Waldenburg-Schillingsfürst the Younger",
    "<b>Bobby</b> \"Tables\" & Sons",
    "李小龍",
    "Ben",
];

pub(super) fn site() -> Site {
    Site {
        account_name: "Hillside Workshop".into(),
        logo_url: assets::LOGO.into(),
        custom_styles_url: None,
        version: "0.1.0",
        theme: Theme::System,
        muted: false,
        attention: Attention::default(),
        keyless: false,
        is_demo: false,
    }
}

/// Person number 1 to 8 is one of the cast, number 9 is a bot.
pub(super) fn person(id: i64) -> User {
    let name = usize::try_from(id - 1).ok().and_then(|n| NAMES.get(n)).copied();
    User {
        id: UserId(id),
        name: name.unwrap_or("Deploy Bell").into(),
        email_address: Some(format!("person{id}@example.com")),
        role: match id {
            1 => Role::Administrator,
            9 => Role::Bot,
            _ => Role::Member,
        },
        status: Status::Active,
        bio: None,
        avatar_changed_at: None,
    }
}

pub(super) fn author(id: i64) -> Author {
    let person = person(id);
    Author { id: person.id, name: person.name, role: person.role, avatar_changed_at: None }
}

pub(super) fn ada() -> Viewer {
    Viewer { user: person(1) }
}

pub(super) fn account() -> Account {
    Account {
        name: "Hillside Workshop".into(),
        join_code: JoinCode::from_stored("Qx7T-m2Lp-9WzA".into()),
        restrict_room_creation: false,
        logo_changed_at: None,
        custom_styles_changed_at: None,
    }
}

/// Where Ada is signed in.
pub(super) fn sessions() -> Vec<Session> {
    let agents = [
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
        "<script>alert(1)</script>",
    ];
    (1..)
        .zip(agents)
        .map(|(id, agent)| Session {
            id: SessionId(id),
            user_id: UserId(1),
            ip_address: "2001:db8:85a3:1234:5678:8a2e:370:7334".into(),
            user_agent: agent.into(),
            created_at: NOON,
            last_active_at: NOON.plus_ms(-id * 3_600_000),
        })
        .collect()
}

pub(super) fn invite() -> Invite {
    Invite { join_url: "https://chat.example.com/join/Qx7T-m2Lp-9WzA".into() }
}

pub(super) fn room(kind: RoomKind, name: &str) -> Room {
    Room {
        id: RoomId(3),
        kind,
        name: (kind != RoomKind::Direct).then(|| name.into()),
        creator_id: UserId(1),
        created_at: NOON,
        archived_at: None,
    }
}

/// Message `id` by person `by`, `minutes` after noon. `body_html` is what the sanitiser would
/// have let through.
pub(super) fn message(id: i64, by: i64, minutes: i64, body_html: &str) -> Message {
    let mut random = [0; 16];
    random[8..].copy_from_slice(&id.to_be_bytes());
    Message {
        id: MessageId(id),
        room_id: RoomId(3),
        author: author(by),
        body_html: body_html.into(),
        plain_text: String::new(),
        client_message_id: ClientMessageId::from_random(random),
        created_at: NOON.plus_ms(minutes * 60_000),
        edited_at: None,
        reply_to: None,
        mentioned: Vec::new(),
        boosts: Vec::new(),
        attachments: Vec::new(),
        link_preview: None,
    }
}

pub(super) fn boosts(contents: &[&str], count: i64) -> Vec<Boost> {
    (0..count)
        .zip(contents.iter().cycle())
        .map(|(n, content)| Boost {
            id: BoostId(n + 1),
            content: (*content).into(),
            booster_id: UserId(n % 8 + 1),
            booster_name: person(n % 8 + 1).name,
            created_at: NOON,
        })
        .collect()
}

/// An afternoon with something of everything.
pub(super) fn conversation() -> Vec<Message> {
    let mut edited = message(
        45,
        1,
        9,
        "<p>Then <strong>Thursday</strong> it is. I changed the plan, <a href=\"https://example.com/plan\" rel=\"noopener noreferrer nofollow ugc\">it is here</a>.</p>",
    );
    edited.edited_at = Some(NOON.plus_ms(600_000));
    let mut liked = message(46, 6, 11, "<p>I shall bring the cake.</p>");
    liked.boosts = boosts(&["👏", "🎂", "yes please", "👏", "🔥"], 9);
    vec![
        message(
            41,
            2,
            0,
            "<p>Good morning! Has anybody looked at the heat pump yet? It has been making that noise again, the one that sounds like somebody moving a wardrobe down a long corridor, and the neighbours have started to ask.</p>",
        ),
        message(42, 2, 1, "<p>I can be there at ten.</p>"),
        message(
            43,
            1,
            3,
            "<p>Yes. Two things:</p><ul><li>the filter was full</li><li>the display says <code>E 07</code></li></ul>",
        ),
        message(44, 1, 4, "<p>The manual has nothing about it, so I asked.</p>"),
        edited,
        liked,
        message(
            47,
            9,
            30,
            "<p>Deployed <code>workshop-site</code> to production.</p><pre><code>$ bin/deploy --to production --with a-rather-long-option=that-does-not-fit-in-the-column --verbose\nok in 14.2 s\n</code></pre>",
        ),
        message(
            48,
            7,
            32,
            "<blockquote>Deployed to production.</blockquote><p><a class=\"mention\" href=\"/users/1\">@Ada</a> 看起來很好!</p>",
        ),
    ]
}

/// What strains a layout.
pub(super) fn awkward() -> Vec<Message> {
    let mut loved = message(54, 8, 5, "<p>Forty boosts.</p>");
    let kinds: Vec<String> = (1..=40).map(|n| format!("number {n}")).collect();
    loved.boosts = boosts(&kinds.iter().map(String::as_str).collect::<Vec<_>>(), 40);
    vec![
        message(51, 4, 0, &format!("<p>{}</p>", "unbroken".repeat(63).get(..500).unwrap_or("x"))),
        message(
            52,
            3,
            1,
            "<p>مرحبا بالجميع، هذه رسالة تُكتب من اليمين إلى اليسار وتحتوي على بعض الكلمات الإنجليزية مثل Campfire في وسطها.</p>",
        ),
        message(53, 5, 2, "<p>ok</p>"),
        loved,
        message(55, 6, 6, "<p>&lt;script&gt;alert(1)&lt;/script&gt; is only text here.</p>"),
        message(
            56,
            1,
            7,
            &format!("<pre><code>{}</code></pre>", "a very long line of code ".repeat(20)),
        ),
    ]
}

pub(super) fn list(messages: Vec<Message>) -> MessageList {
    MessageList {
        room_id: RoomId(3),
        messages,
        cursor: crate::model::Cursor(981),
        epoch: crate::model::Epoch(0x5eed),
        has_older: false,
        has_newer: false,
        marked: None,
        read_up_to: None,
    }
}

pub(super) fn sidebar() -> Sidebar {
    let ping = |room_id, unread, ids: &[i64]| {
        SidebarPing::new(RoomId(room_id), ids.iter().map(|id| author(*id)).collect(), unread)
    };
    let entry = |room_id, name: &str, unread| SidebarRoom {
        room_id: RoomId(room_id),
        name: name.into(),
        unread,
        current: room_id == 3,
    };
    Sidebar {
        calls: 3,
        pings: vec![ping(20, 2, &[2]), ping(21, 0, &[3, 8]), ping(22, 0, &[2, 7, 8, 6, 4])],
        rooms: vec![
            entry(3, "All Talk", 0),
            entry(4, "Allotment", 12),
            entry(5, "Deliveries", 0),
            entry(6, "Heat pump & <other> noises", 1),
            entry(7, "The room whose name somebody made far too long for any sidebar", 1234),
            entry(8, "ورشة العمل", 0),
        ],
        other_rooms: vec![OtherRoom { room_id: RoomId(9), name: "Lost & <found>".into() }],
        suggestions: vec![author(5), author(9)],
        can_create_rooms: true,
    }
}

pub(super) fn bell(kind: RoomKind, involvement: Involvement) -> Bell {
    Bell { room_id: RoomId(3), kind, involvement, on_profile: false }
}

/// A room as Ada sees it.
pub(super) fn room_page(messages: Vec<Message>) -> RoomPage {
    RoomPage {
        in_parts: false,
        site: site(),
        viewer: ada(),
        room: room(RoomKind::Open, "All Talk"),
        title: "All Talk".into(),
        member_count: 9,
        bell: bell(RoomKind::Open, Involvement::Mentions),
        present: vec![crate::model::NamedUser {
            id: crate::model::UserId(7),
            name: "Ada Lovelace".into(),
        }],
        sidebar: sidebar(),
        list: list(messages),
        client_message_id: ClientMessageId::from_random([7; 16]),
        reply_to: None,
        files_off: false,
        largest_file: 100 * 1024 * 1024,
        invite: None,
        may_administer: true,
        draft: String::new(),
        problem: None,
        flash: None,
    }
}
