//! Fills an empty data directory with a made-up year of a large account, to see how Campfire
//! fares with it. For development and tests only: everybody has the same, known password.

use anyhow::{Context, bail, ensure};
use clap::Args;
use rusqlite::{Connection, Transaction};

use crate::commands::messages::index_everything;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::db::{connection, migrations};
use crate::model::room::direct_key;
use crate::model::{Password, UserId};
use crate::passwords::Passwords;

/// What everybody signs in with; the addresses are `person1@example.com` and so on.
const PASSWORD: &str = "a made-up password";
const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1_000;
/// One room in so many is open to all.
const OPEN_EVERY: u32 = 25;
/// One room in so many is a ping.
const DIRECT_EVERY: u32 = 4;

/// How much there is to be. The first person is the administrator, and in every room.
#[derive(Args, Clone, Copy)]
pub struct Size {
    /// People, all active
    #[arg(long, default_value_t = 7_000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    people: u32,
    /// Rooms: mostly closed ones, some open to all, some pings
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rooms: u32,
    /// Messages over the last year
    #[arg(long, default_value_t = 500_000, value_parser = clap::value_parser!(u32).range(0..=20_000_000))]
    messages: u32,
}

/// Fills the data directory; answers what is in it now.
///
/// # Errors
/// The directory is in use or holds people already; the database does not take it.
pub async fn populate(config: &Config, size: &Size) -> anyhow::Result<String> {
    let data_dir = DataDir::open(&config.data_dir)?;
    let mut connection = connection::open_writer(&data_dir.database()?)?;
    migrations::apply(&mut connection, None)?;
    let people: i64 = connection.query_row("select count(*) from users", [], |row| row.get(0))?;
    if people > 0 {
        bail!(
            "There are people in {} already. Only an empty data directory can be populated.",
            config.data_dir.display()
        );
    }
    let password = Password::parse(PASSWORD).map_err(|refused| anyhow::anyhow!(refused.0))?;
    let digest = Passwords::start()?.hash(password).await?;
    fill(&mut connection, size, &digest).context("filling the database")?;
    Ok(format!(
        "Populated with {} people, {} rooms and {} messages. Sign in as person1@example.com with “{PASSWORD}”.",
        size.people, size.rooms, size.messages
    ))
}

fn fill(connection: &mut Connection, size: &Size, digest: &str) -> anyhow::Result<()> {
    let now: i64 =
        connection.query_row("select cast(unixepoch('subsec') * 1000 as integer)", [], |row| {
            row.get(0)
        })?;
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let tx = connection.transaction()?;
    tx.execute(
        "insert into accounts (id, name, join_code, created_at) values (1, 'Populated', 'Aaaa-Bbbb-Cccc', ?1)",
        [now - YEAR_MS],
    )?;
    people(&tx, size, digest, now)?;
    let members = rooms(&tx, size, now, &mut dice)?;
    messages(&tx, size, &members, now, &mut dice)?;
    tx.execute_batch(
        "insert into changes (room_id, message_id, kind, at)
             select room_id, id, 'posted', created_at from messages order by id;
         update rooms set last_message_id =
             coalesce((select max(id) from messages where room_id = rooms.id), 0);
         update rooms set active_at =
             coalesce((select created_at from messages where id = last_message_id), created_at);
         update memberships set last_read_message_id =
             (select last_message_id from rooms where id = room_id) * (user_id + room_id) / (user_id + room_id + 1);",
    )?;
    index_everything(&tx)?;
    tx.commit()?;
    connection.execute_batch("pragma optimize; pragma wal_checkpoint(truncate);")?;
    Ok(())
}

fn people(tx: &Transaction<'_>, size: &Size, digest: &str, now: i64) -> anyhow::Result<()> {
    let mut insert = tx.prepare(
        "insert into users (name, email_address, password_digest, role, created_at)
         values (?1, ?2, ?3, ?4, ?5)",
    )?;
    for n in 1..=size.people {
        let name = format!("{} {}", word(n), word(n / 7 + 3));
        let address = format!("person{n}@example.com");
        let role = if n == 1 { "administrator" } else { "member" };
        insert.execute((name, address, digest, role, now - YEAR_MS))?;
    }
    Ok(())
}

/// Makes the rooms; answers who is in each.
fn rooms(
    tx: &Transaction<'_>,
    size: &Size,
    now: i64,
    dice: &mut Dice,
) -> anyhow::Result<Vec<Vec<u32>>> {
    let mut room = tx.prepare(
        "insert into rooms (kind, name, creator_id, direct_key, created_at, active_at)
         values (?1, ?2, 1, ?3, ?4, ?4)",
    )?;
    let mut membership = tx.prepare(
        "insert into memberships (room_id, user_id, involvement, created_at) values (?1, ?2, ?3, ?4)",
    )?;
    let mut all = Vec::new();
    for n in 1..=size.rooms {
        let is_direct = n % DIRECT_EVERY == 0 && n <= size.people;
        let kind = match is_direct {
            true => "direct",
            false if n % OPEN_EVERY == 1 => "open",
            false => "closed",
        };
        let members: Vec<u32> = match kind {
            "open" => (1..=size.people).collect(),
            // Each with somebody else, so that no two have the same people.
            "direct" => vec![1, n],
            _ => some_people(size, dice),
        };
        let ids: Vec<UserId> = members.iter().map(|id| UserId(i64::from(*id))).collect();
        let key = is_direct.then(|| direct_key(&ids));
        let name = (!is_direct).then(|| format!("{} {n}", word(n * 3)));
        room.execute((kind, name, key, now - YEAR_MS))?;
        let involvement = if is_direct { "everything" } else { "mentions" };
        for user_id in &members {
            membership.execute((n, user_id, involvement, now - YEAR_MS))?;
        }
        all.push(members);
    }
    Ok(all)
}

fn some_people(size: &Size, dice: &mut Dice) -> Vec<u32> {
    let mut members: Vec<u32> =
        (0..4 + dice.roll(56)).map(|_| 1 + dice.roll(size.people)).collect();
    members.push(1);
    members.sort_unstable();
    members.dedup();
    members
}

/// Few rooms have most of the messages, and each message comes a little after the one before.
fn messages(
    tx: &Transaction<'_>,
    size: &Size,
    members: &[Vec<u32>],
    now: i64,
    dice: &mut Dice,
) -> anyhow::Result<()> {
    ensure!(!members.is_empty(), "there are no rooms");
    let rooms = u32::try_from(members.len())?;
    let mut insert = tx.prepare(
        "insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
             body_format, plain_text, created_at)
         values (?1, ?2, ?3, ?4, ?5, 'markdown', ?5, ?6)",
    )?;
    for n in 1..=size.messages {
        let at = dice.roll(rooms).min(dice.roll(rooms)).min(dice.roll(rooms));
        let Some(people) = members.get(usize::try_from(at)?) else { continue };
        let author = people.get(usize::try_from(dice.roll(u32::try_from(people.len())?))?);
        let text: Vec<&str> = (0..3 + dice.roll(20)).map(|_| word(dice.roll(4_000))).collect();
        let mut text = text.join(" ");
        for (_, more) in NOW_AND_THEN.iter().filter(|(every, _)| n.is_multiple_of(*every)) {
            text = format!("{text} {more}");
        }
        let html = match text.split_once(LINK) {
            Some((before, _)) => format!("<p>{before}<a href=\"{LINK}\">{LINK}</a></p>"),
            None => format!("<p>{text}</p>"),
        };
        let created_at = now - YEAR_MS + YEAR_MS / i64::from(size.messages) * i64::from(n);
        let id = format!("00000000-0000-4000-8000-{n:012x}");
        insert.execute((at + 1, author, id, html, text, created_at))?;
    }
    Ok(())
}

const LINK: &str = "https://example.com/map";
/// What one message in so many says at its end, for searches to find.
const NOW_AND_THEN: [(u32, &str); 4] =
    [(50_021, "quicksilver"), (16, "这个水泵又坏了"), (37, "pumpController"), (11, LINK)];

const WORDS: [&str; 32] = [
    "Amber", "Birch", "Cinder", "Dawn", "Ember", "Fern", "Glow", "Hazel", "Ivy", "Juniper",
    "Kindling", "Larch", "Maple", "Night", "Oak", "Pine", "Quiet", "River", "Spark", "Tent",
    "Umber", "Valley", "Willow", "Yarrow", "Zephyr", "Ash", "Bramble", "Copper", "Dusk", "Flint",
    "Grove", "Heath",
];

fn word(n: u32) -> &'static str {
    usize::try_from(n).ok().and_then(|n| WORDS.get(n % WORDS.len())).copied().unwrap_or("Ember")
}

/// Numbers that look like chance and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 33) % u64::from(sides.max(1))).unwrap_or(0)
    }
}
