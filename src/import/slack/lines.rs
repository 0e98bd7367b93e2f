//! One line of a conversation, read: who said what when, to what it replies, what was reacted.

use serde::Deserialize;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::files::SentFile;
use super::people::People;
use super::rooms::Rooms;
use super::text;
use crate::import::report::Note;
use crate::model::UserId;
use crate::model::boost::MAX_BOOST;
use crate::richtext::emoji;
use crate::richtext::slack::exported::{self, Exported, Names};

/// What Slack writes down beside messages. Nobody said these.
const SYSTEM: [&str; 33] = [
    "channel_join",
    "channel_leave",
    "channel_topic",
    "channel_purpose",
    "channel_name",
    "channel_archive",
    "channel_unarchive",
    "channel_convert_to_private",
    "channel_convert_to_public",
    "channel_posting_permissions",
    "channel_canvas_updated",
    "group_join",
    "group_leave",
    "group_topic",
    "group_purpose",
    "group_name",
    "group_archive",
    "group_unarchive",
    "group_open",
    "group_close",
    "mpdm_move",
    "mpim_join",
    "mpim_leave",
    "pinned_item",
    "unpinned_item",
    "bot_add",
    "bot_remove",
    "bot_enable",
    "bot_disable",
    "reminder_add",
    "reminder_delete",
    "huddle_thread",
    "sh_room_created",
];

/// A moment as Slack writes it, `1482960137.003543`: also what a message is called in its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(i64);

impl Stamp {
    /// None for what is no time.
    pub fn parse(ts: &str) -> Option<Self> {
        let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
        let is_number = |part: &str| {
            !part.is_empty() && part.len() <= 12 && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(seconds) || !is_number(fraction) {
            return None;
        }
        let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
        Some(Self(seconds.parse::<i64>().ok()? * 1_000_000 + micros))
    }

    pub fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds UTC.
    pub fn millis(self) -> i64 {
        self.0 / 1000
    }

    /// Names the message once and for all, so that it cannot come twice.
    pub fn client_id(self) -> String {
        format!("slack-{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// Reads only the time of a line.
pub fn stamp_of(raw: &str) -> Option<Stamp> {
    #[derive(Deserialize)]
    struct Line<'l> {
        #[serde(borrow)]
        ts: std::borrow::Cow<'l, str>,
    }
    Stamp::parse(&serde_json::from_str::<Line<'_>>(raw).ok()?.ts)
}

/// Who said it.
pub enum Sender {
    /// By what Slack calls them, with the name that the message itself gives them.
    Person {
        slack_id: String,
        name: Option<String>,
    },
    Bot {
        bot_id: String,
        name: String,
    },
}

/// A reaction as the boosts it becomes.
pub struct Reaction {
    pub content: String,
    /// It was longer than a boost may be.
    pub is_cut: bool,
    pub slack_ids: Vec<String>,
    /// How many more there were.
    pub unnamed: u64,
}

/// A message.
pub struct Line {
    pub stamp: Stamp,
    pub sender: Sender,
    pub said: Exported,
    pub edited_at: Option<i64>,
    /// It begins a thread.
    pub is_root: bool,
    /// The message it replies to, and who Slack says wrote that.
    pub replies_to: Option<(Stamp, String)>,
    pub reactions: Vec<Reaction>,
    pub files: Vec<SentFile>,
}

/// Who and what is called how.
pub struct Known<'k> {
    pub people: &'k People,
    pub rooms: &'k Rooms,
}

impl Names for Known<'_> {
    fn person(&self, slack_id: &str) -> Option<(UserId, String)> {
        self.people.named(slack_id)
    }

    fn channel(&self, slack_id: &str) -> Option<String> {
        self.rooms.open_names.get(slack_id).cloned()
    }
}

/// Reads a line, or says why it is left out.
pub fn read(raw: &str, known: &Known<'_>) -> Result<Box<Line>, Note> {
    let message: Value = serde_json::from_str(raw).map_err(|_| Note::UnreadableMessage)?;
    let stamp = Stamp::parse(text(&message, "ts")).ok_or(Note::UnreadableMessage)?;
    let subtype = text(&message, "subtype");
    if SYSTEM.contains(&subtype) {
        return Err(Note::SystemLine);
    }
    if subtype == "tombstone" {
        return Err(Note::DeletedLine);
    }
    let said = exported::message(&message, known);
    let files: Vec<SentFile> = list(&message, "files").iter().map(SentFile::read).collect();
    if said.body.html.is_empty() && files.is_empty() {
        return Err(Note::EmptyMessage);
    }
    let thread = Stamp::parse(text(&message, "thread_ts"));
    let edited = message.get("edited").map(|edited| text(edited, "ts")).and_then(Stamp::parse);
    Ok(Box::new(Line {
        stamp,
        sender: sender(&message, subtype),
        said,
        edited_at: edited.map(Stamp::millis),
        is_root: thread == Some(stamp),
        replies_to: thread
            .filter(|root| *root != stamp)
            .map(|root| (root, text(&message, "parent_user_id").to_owned())),
        reactions: list(&message, "reactions").iter().map(reaction).collect(),
        files,
    }))
}

fn sender(message: &Value, subtype: &str) -> Sender {
    let within = |member: &str, name: &str| {
        message.get(member).map(|about| text(about, name)).unwrap_or_default().to_owned()
    };
    let by_user = [text(message, "user").to_owned(), within("comment", "user")];
    let slack_id = by_user.into_iter().find(|id| !id.is_empty()).unwrap_or_default();
    let username = text(message, "username");
    if slack_id.is_empty() || (subtype == "bot_message" && !username.is_empty()) {
        let bot_id = text(message, "bot_id");
        let names = [username.to_owned(), within("bot_profile", "name")];
        let name = names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
        if !bot_id.is_empty() || !name.is_empty() {
            return Sender::Bot { bot_id: bot_id.to_owned(), name };
        }
    }
    let names = [within("user_profile", "display_name"), within("user_profile", "real_name")];
    Sender::Person { slack_id, name: names.into_iter().find(|name| !name.trim().is_empty()) }
}

fn reaction(reaction: &Value) -> Reaction {
    let name = text(reaction, "name");
    let (code, tone) = name.split_once("::skin-tone-").unwrap_or((name, ""));
    let content = match emoji::of_shortcode(code) {
        Some(plain) => {
            let toned = tone.parse().ok().and_then(|tone| emoji::in_skin_tone(plain, tone));
            toned.unwrap_or(plain).to_owned()
        }
        // One of their own: what it is called.
        None => format!(":{code}:"),
    };
    let cut: String = content.graphemes(true).take(MAX_BOOST).collect();
    let slack_ids: Vec<String> =
        list(reaction, "users").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let count = reaction.get("count").and_then(Value::as_u64).unwrap_or_default();
    Reaction {
        is_cut: cut.len() < content.len(),
        content: cut,
        unnamed: count.saturating_sub(slack_ids.len() as u64),
        slack_ids,
    }
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_read_to_the_microsecond() {
        let stamp = Stamp::parse("1482960137.003543").unwrap();
        assert_eq!((stamp.micros(), stamp.millis()), (1_482_960_137_003_543, 1_482_960_137_003));
        assert_eq!(stamp.client_id(), "slack-1482960137.003543");
        assert_eq!(Stamp::parse("1482960137").map(Stamp::millis), Some(1_482_960_137_000));
        for bad in ["", ".", "1.", "-1.0", "yesterday", "9999999999999.0", "1.0.0"] {
            assert_eq!(Stamp::parse(bad), None, "{bad:?}");
        }
        assert_eq!(stamp_of(r#"{"type":"message","ts":"1482960137.003543"}"#), Some(stamp));
        assert_eq!(stamp_of("[]"), None);
    }

    #[test]
    fn reactions_become_emoji_or_their_names() {
        let boost = |name: &str| reaction(&json!({ "name": name, "users": ["U1"], "count": 3 }));
        assert_eq!(boost("+1").content, "👍");
        assert_eq!(boost("+1::skin-tone-3").content, "👍🏼");
        assert_eq!(boost("tada::skin-tone-3").content, "🎉");
        assert_eq!((boost("shipit-now").content.as_str(), boost("x").unnamed), (":shipit-now:", 2));
        assert!(boost("a-very-long-name-of-ours").is_cut);
    }
}
