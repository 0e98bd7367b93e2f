//! The parts of the guide, with lines to copy.

use super::facts::{BOOST, ME, MESSAGE, WEBHOOK};
use super::{Answer, Example, Section};

/// The guide in its order.
pub const SECTIONS: &[Section] = &[POST, READ, CHANGE, BOOSTS, ROOMS, WEBHOOKS, SLACK];

const POST: Section = Section {
    id: "post",
    title: "Say something",
    text: &[
        "The body of the request is the message. Markdown is understood, with every line end kept; \
         a text with tags in it is HTML. @ and a name mention whoever is in the room.",
        "The answer comes when the message is on disk. Its header Location leads to the message. If \
         no answer comes, send the same client_message_id (a UUID of your choice) again: it is \
         stored once, and the second answer is 200 with the first message.",
    ],
    examples: &[
        Example {
            does: "Post a line",
            command: r#"curl -d 'Deployed. *All* tests pass.' "$MESSAGES""#,
            status: 201,
            answer: Answer::Message,
        },
        Example {
            does: "Post what a command prints, line ends included",
            command: r#"uname -a | curl --data-binary @- "$MESSAGES""#,
            status: 201,
            answer: Answer::Message,
        },
        Example {
            does: "Post JSON",
            command: r#"curl -H 'Content-Type: application/json' -d '{"body": "Hello, @Ada!"}' "$MESSAGES""#,
            status: 201,
            answer: Answer::Message,
        },
        Example {
            does: "Post a form",
            command: r#"curl --data-urlencode 'body=1 + 1 = 2' "$MESSAGES""#,
            status: 201,
            answer: Answer::Message,
        },
        Example {
            does: "Post HTML",
            command: r#"curl -d '<b>Shop</b> is down: <a href="https://status.example">status</a>' "$MESSAGES""#,
            status: 201,
            answer: Answer::Message,
        },
        Example {
            does: "Post once, however often it is sent",
            command: r#"curl -d 'body=Backup done.' -d 'client_message_id=0f9d2c1e-6d1b-4d53-8f0e-2f1f6f3f8a11' "$MESSAGES""#,
            status: 201,
            answer: Answer::Message,
        },
        Example {
            does: "Post files, up to 10, with or without words",
            command: r#"curl -F 'body=The report' -F attachment=@report.txt "$MESSAGES""#,
            status: 201,
            answer: Answer::Message,
        },
        Example {
            does: "Answer a message",
            command: r#"curl -d 'body=That is mended.' -d "reply_to_id=$MESSAGE" "$MESSAGES""#,
            status: 201,
            answer: Answer::Message,
        },
        Example {
            does: "Keep the key out of the address",
            command: r#"curl -H "Authorization: Bearer $KEY" -d 'Hello!' "$CAMPFIRE/rooms/$ROOM/messages""#,
            status: 201,
            answer: Answer::Message,
        },
    ],
    keys: MESSAGE,
};

const READ: Section = Section {
    id: "read",
    title: "Read what was said",
    text: &[
        "A page holds up to 40 messages. The header X-Total-Count counts all messages of the room; \
         where there are more, the header Link names the next page as rel=\"next\": older ones, or \
         newer ones if you asked for those after a message.",
    ],
    examples: &[
        Example {
            does: "The newest messages of the room",
            command: r#"curl "$MESSAGES""#,
            status: 200,
            answer: Answer::Messages,
        },
        Example {
            does: "Messages before one you know, with the headers",
            command: r#"curl -i "$MESSAGES?before=$MESSAGE""#,
            status: 200,
            answer: Answer::Messages,
        },
        Example {
            does: "Messages after one you know: ask again with the last one you got",
            command: r#"curl "$MESSAGES?after=$MESSAGE""#,
            status: 200,
            answer: Answer::Messages,
        },
        Example {
            does: "One message",
            command: r#"curl "$MESSAGES/$MESSAGE""#,
            status: 200,
            answer: Answer::Message,
        },
    ],
    keys: &[],
};

const CHANGE: Section = Section {
    id: "change",
    title: "Change and delete",
    text: &[
        "A bot can change what it wrote itself. PATCH and POST do the same as PUT, and POST to \
             the address with /delete at its end does the same as DELETE.",
    ],
    examples: &[
        Example {
            does: "Say it better",
            command: r#"curl -X PUT -d 'Deployed *twice*.' "$MESSAGES/$MESSAGE""#,
            status: 200,
            answer: Answer::Message,
        },
        Example {
            does: "Take it back",
            command: r#"curl -X DELETE "$MESSAGES/$MESSAGE""#,
            status: 204,
            answer: Answer::Nothing,
        },
    ],
    keys: &[],
};

const BOOSTS: Section = Section {
    id: "boosts",
    title: "Boost",
    text: &["A boost is an emoji or up to 16 characters. The same boost again is 200 and changes \
             nothing."],
    examples: &[
        Example {
            does: "Boost a message",
            command: r#"curl -d '🎉' "$MESSAGES/$MESSAGE/boosts""#,
            status: 201,
            answer: Answer::Boost,
        },
        Example {
            does: "The boosts of a message",
            command: r#"curl "$MESSAGES/$MESSAGE/boosts""#,
            status: 200,
            answer: Answer::Boosts,
        },
        Example {
            does: "Take a boost of your own back",
            command: r#"curl -X DELETE "$MESSAGES/$MESSAGE/boosts/$BOOST""#,
            status: 204,
            answer: Answer::Nothing,
        },
    ],
    keys: BOOST,
};

const ROOMS: Section = Section {
    id: "rooms",
    title: "Find rooms and people",
    text: &[
        "A bot is in every open room, and in others when somebody puts it there. With somebody \
             alone it talks in a ping.",
    ],
    examples: &[
        Example {
            does: "Who the bot is, and the rooms it can post to",
            command: r#"curl -H "Authorization: Bearer $KEY" "$CAMPFIRE/bots/me""#,
            status: 200,
            answer: Answer::Me,
        },
        Example {
            does: "The same with the key in the address",
            command: r#"curl "$CAMPFIRE/bots/$KEY""#,
            status: 200,
            answer: Answer::Me,
        },
        Example {
            does: "The room to ping somebody in, by email address",
            command: r#"curl -H "Authorization: Bearer $KEY" --data-urlencode "email_address=$EMAIL" "$CAMPFIRE/bots/me/pings""#,
            status: 200,
            answer: Answer::Room,
        },
        Example {
            does: "Or by the id that messages have of their creator",
            command: r#"curl -H "Authorization: Bearer $KEY" -d 'user_id=1' "$CAMPFIRE/bots/me/pings""#,
            status: 200,
            answer: Answer::Room,
        },
    ],
    keys: ME,
};

const WEBHOOKS: Section = Section {
    id: "webhooks",
    title: "Be told what is said",
    text: &[
        "Give the bot a webhook URL, and its program is sent a POST with JSON whenever somebody \
         mentions the bot or answers it, and for everything that is said in its pings. If it answers \
         200 with something in it, that becomes the bot's message in the same room: text/plain and \
         text/html as words, any other type, and a text too long for a message, as a file that is \
         named by its type. With nothing to say, answer 204.",
        "The program has 7 seconds. Where nobody could be reached, and after a status of 500 or \
         more, it is told again, up to 3 times; the header Idempotency-Key is then the same. If the \
         bot has a secret, X-Campfire-Signature is sha256= and the hexadecimal HMAC-SHA-256 of the \
         body under it: compare it before you believe the body.",
        "Bots may talk to bots, but a chain that somebody started ends after 10 messages by bots.",
    ],
    examples: &[],
    keys: WEBHOOK,
};

const SLACK: Section = Section {
    id: "slack",
    title: "What posts to Slack posts here",
    text: &[
        "Give a monitor this address where it asks for a Slack webhook: text, attachments and \
             blocks are shown; names, pictures and channels of its own are not. The answer is ok.",
    ],
    examples: &[
        Example {
            does: "A text",
            command: r#"curl -H 'Content-Type: application/json' -d '{"text": "*Shop* is <https://status.example|down>"}' "$CAMPFIRE/rooms/$ROOM/$KEY/slack""#,
            status: 200,
            answer: Answer::Ok,
        },
        Example {
            does: "An attachment, as a form",
            command: r#"curl --data-urlencode 'payload={"attachments": [{"color": "danger", "title": "Disk full", "text": "web-1: 98 %"}]}' "$CAMPFIRE/rooms/$ROOM/$KEY/slack""#,
            status: 200,
            answer: Answer::Ok,
        },
    ],
    keys: &[],
};
