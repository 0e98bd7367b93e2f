//! What people, browsers and the database see: one test program, one module for each noun.

// A test that cannot go on says so by failing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

/// The server, the people, the sockets and the browsers that all tests use.
mod support;
/// The kit works before it judges anything.
mod the_kit;

/// The sources keep the rules of the house.
mod house;

/// Calls to other machines go where they may, cost what they may, and fail in known ways.
mod outbound;

/// The walk: one browser posts, another sees it, once, without a reload.
mod a_posted_message;
/// The demo talks, lets anybody in, and is nowhere else.
mod demos;
/// Failed sends keep the text and end as one message.
mod failed_sends;
/// Files are kept, served to those who may see them, and swept.
mod files;
/// Files as people bring and see them.
mod files_in_browser;
/// What people do all day, each as one story.
mod journeys;

/// How a page calls while nobody looks at it.
mod attention;
/// Pictures of people are taken in, written anew and shown, or refused in words.
mod avatars;
/// One's own devices: listed, and ended within a second.
mod devices;
/// An empty server is set up once, whoever races.
mod first_run;
/// The installed app, with and without a network.
mod installed;
/// People join by a link.
mod joins;
/// An export from Slack moves in with everything it holds.
mod moving_from_slack;
/// A Campfire's storage directory moves in with everything it holds.
mod moving_in;
/// The operator helps people at the machine, with the server running or stopped.
mod operator;
/// People change who they are here and how they sign in.
mod profiles;
/// People sign in, sign out, and are who their cookie says.
mod sessions;
/// Links that sign somebody in, once.
mod transfers;

/// Administrators set the account up.
mod accounts;
/// Administrators change roles and remove people; one of them always stays.
mod administration;
/// What administrators do is written down.
mod audit_log;
/// Somebody is banned, with addresses and messages, and let in again.
mod bans;
/// Boosts are given, joined and taken back.
mod boosts;
/// Bots boost messages.
mod bot_boosts;
/// The guide for people who write bots works line by line.
mod bot_guide;
/// Bots post, read, change and delete in their rooms, and nowhere else.
mod bot_messages;
/// Bots learn where they are, and ping people.
mod bot_rooms;
/// Bots are made by administrators and known by their key alone.
mod bots;
/// What called somebody is listed, counted and live.
mod calls;
/// Messages are changed and deleted by those who may.
mod editing;
/// Every route answers everybody as declared.
mod routes;
/// The programs behind bots are told what concerns them.
mod webhooks;

/// No page stands in anybody's way, however they read it.
mod barriers;
/// Links call no neighbours, whatever they are made of.
mod forbidden_networks;
/// Every view is drawn as it was found good.
mod gallery;
/// Kept pages are the pages that would be drawn now.
mod kept_pages;
/// People with a keyboard or a screen reader get everywhere and hear everything.
mod keyboard;
/// Keys do what the list of keys says, and leave input methods theirs.
mod keys;
/// Pages that messages link to are shown as cards.
mod link_previews;
/// Pages fit narrow and wide windows, light and dark.
mod looks;
/// People leave and come back, hear as much as they want, and read up to a position.
mod memberships;
/// Mentions and replies find whom they mean.
mod mentions;
/// Messages are taken once or refused with a reason.
mod messages;
/// A room on a phone, under fingers.
mod phones;
/// Each exact set of people has one ping.
mod pings;
/// The devices that want to be told: found by a press of the bell, listed, tried, removed.
mod push_subscriptions;
/// Who lost a room, a session or a device before they were told is told nothing.
mod revoked_pushes;
/// What people type and paste becomes exactly the body it should; attacks become text.
mod richtext;
/// Rooms are made, changed, archived and deleted by those who may.
mod room_settings;
/// A room shows its last messages, and older ones on demand.
mod rooms;
/// The sample bots do what they say.
mod sample_bots;
/// Pages cost the same however much was ever said.
mod scale;
/// Every view at every size can be looked at, and none is wider than the window.
mod screens;
/// Nothing that people write runs in a browser.
mod scripts_in_messages;
/// Search while things happen.
mod search_races;
/// What is found, by whom, in which order.
mod searches;
/// What other apps hand over goes into a room.
mod shares;
/// The list of rooms is live for those it concerns, and works without script.
mod sidebar;
/// Whatever posts to Slack posts here.
mod slack;
/// Old phones on slow lines get what they need and no more.
mod small_devices;
/// Sounds play when they come and when they are clicked.
mod sounds;
/// People come with a browser that shows text and nothing else.
mod text_browser;
/// Devices of people who are away are told of messages.
mod web_push;
/// Everything is said in the language of whoever reads it.
mod words;
/// The text box completes names, formats, pastes and keeps drafts; code has colours.
mod writing;

/// Backups are whole, made under load, and become a server again.
mod backups;
/// Behind nginx everything is as it is without.
mod behind_a_proxy;
/// A certificate of its own, from asking to renewing.
mod certificates;
/// Killed, stopped, started again: what was acknowledged stays.
mod durability;
/// Everything leaves as lines for programs and as pages for anybody.
mod exports;
/// Hostile frames are answered with the right code and harm nobody else.
mod hostile_sockets;
/// Readers get every change once and in order.
mod live;
/// Who is here and who is writing is seen by those in the room.
mod presence;
/// Pages say when the line is not there, and are true again when it is.
mod reconnecting;
/// Whoever comes back is sent what they missed, or everything anew.
mod resume;
/// Who loses a room or a session hears nothing more.
mod revocation;
/// The README and the program name the same settings.
mod settings;
/// A new program on old data, an old one on new data, and a restart.
mod upgrades;
/// The operator checks a data directory or a backup.
mod verify;

/// The operator asks what is wrong.
mod doctor;
/// Anything at all, sent to whatever reads what strangers send.
mod fuzz;
/// Answers carry what protects people in their browsers.
mod headers;
/// Monitors are told how the server is.
mod health;
/// Whatever people write, wherever it is shown, stays text.
mod hostile_content;
mod hostile_files;
/// Pages that links lead to, and what they try.
mod hostile_pages;
/// The log says enough and never too much.
mod logs;
/// A cache that many people share tells nobody of anybody else.
mod shared_caches;
/// Slow and broken clients harm themselves alone.
mod slow_clients;
/// What the program is built of is known, and allowed.
mod supply_chain;
/// Monitors and administrators see how the server is inside.
mod watching;
