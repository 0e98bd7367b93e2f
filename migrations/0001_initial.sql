-- The whole data model of a new server: one account, its people, rooms, messages, and what follows from them.
-- Times are integer milliseconds UTC. Keys that must never be given twice are AUTOINCREMENT.

create table accounts (
    id integer primary key check (id = 1),
    name text not null check (length(name) between 1 and 100),
    join_code text not null check (length(join_code) > 0),
    restrict_room_creation integer not null default 0 check (restrict_room_creation in (0, 1)),
    -- The stored files of the logo, at most 512 and 192 px on a side.
    logo_key text,
    small_logo_key text,
    logo_changed_at integer,
    custom_styles text,
    custom_styles_changed_at integer,
    created_at integer not null
) strict;

-- Facts about this database itself. The epoch tells a restored copy from the one it was taken from.
create table facts (
    name text primary key,
    value text not null
) strict, without rowid;
insert into facts (name, value) values ('epoch', lower(hex(randomblob(8))));

create table users (
    id integer primary key autoincrement,
    name text not null check (length(name) between 1 and 100),
    email_address text,
    password_digest text,
    role text not null default 'member' check (role in ('member', 'administrator', 'bot')),
    status text not null default 'active' check (status in ('active', 'deactivated', 'banned')),
    bio text check (length(bio) <= 200),
    -- The secret half of a bot's key, hashed; and the key itself for the administrator's pages.
    bot_token_hash blob,
    bot_token text,
    avatar_path text,
    avatar_changed_at integer,
    settings text not null default '{}' check (json_valid(settings)),
    created_at integer not null
) strict;
create unique index users_email_address on users (email_address) where email_address is not null;
create unique index users_bot_token_hash on users (bot_token_hash) where bot_token_hash is not null;
create index users_by_name on users (status, lower(name), id);
create index users_by_status on users (status, id);

create table sessions (
    id integer primary key autoincrement,
    user_id integer not null references users (id),
    token_hash blob not null unique check (length(token_hash) = 32),
    ip_address text not null,
    user_agent text not null,
    created_at integer not null,
    last_active_at integer not null,
    -- Until then this session may set a new password without knowing the old one.
    recovers_until integer
) strict;
create index sessions_of_user on sessions (user_id);
create index sessions_by_activity on sessions (last_active_at);

-- Links that sign somebody in once.
create table transfers (
    token_hash blob primary key check (length(token_hash) = 32),
    user_id integer not null references users (id),
    -- Made by somebody who looks after this place, for a person who is locked out.
    recovery integer not null default 0 check (recovery in (0, 1)),
    created_at integer not null,
    expires_at integer not null
) strict, without rowid;
create index transfers_of_user on transfers (user_id);

create table rooms (
    id integer primary key autoincrement,
    kind text not null check (kind in ('open', 'closed', 'direct')),
    name text check (length(name) between 1 and 100),
    creator_id integer not null references users (id),
    -- The people of a direct room as sorted ids, '3,7': one room per exact set.
    direct_key text,
    created_at integer not null,
    archived_at integer,
    -- Gone for everybody since then: nobody is in it any more, and its content is being removed.
    deleted_at integer,
    last_message_id integer not null default 0,
    -- When anything was last said or changed here; orders pings.
    active_at integer not null,
    check ((kind = 'direct') = (direct_key is not null)),
    check ((kind = 'direct') = (name is null))
) strict;
create unique index rooms_direct_key on rooms (direct_key) where direct_key is not null;
create index rooms_by_kind on rooms (kind, id);
create index deleted_rooms on rooms (id) where deleted_at is not null;

create table memberships (
    room_id integer not null references rooms (id) on delete cascade,
    user_id integer not null references users (id),
    involvement text not null default 'mentions'
        check (involvement in ('invisible', 'nothing', 'mentions', 'everything')),
    -- The newest message this member has seen.
    last_read_message_id integer not null default 0,
    muted_until integer,
    created_at integer not null,
    primary key (room_id, user_id)
) strict, without rowid;
create index memberships_of_user on memberships (user_id, room_id);

-- Who left a room of their own accord: whatever lets everybody in leaves these people out.
create table departures (
    user_id integer not null references users (id),
    room_id integer not null references rooms (id) on delete cascade,
    left_at integer not null,
    primary key (user_id, room_id)
) strict, without rowid;
create index departures_of_room on departures (room_id);

create table messages (
    id integer primary key autoincrement,
    room_id integer not null references rooms (id) on delete cascade,
    creator_id integer not null references users (id),
    client_message_id text not null check (length(client_message_id) between 1 and 64),
    body_html text not null,
    body_source text not null,
    body_format text not null check (body_format in ('markdown', 'html')),
    plain_text text not null,
    reply_to_id integer,
    -- How many bot answers lie between this message and what a person wrote.
    bot_hops integer not null default 0,
    created_at integer not null,
    edited_at integer,
    unique (room_id, creator_id, client_message_id)
) strict;
-- The author is in it so that unread messages can be counted from the index alone.
create index messages_of_room on messages (room_id, id, creator_id);
create index messages_of_creator on messages (creator_id, id);
create index replies_to_message on messages (reply_to_id) where reply_to_id is not null;

create table boosts (
    id integer primary key autoincrement,
    message_id integer not null references messages (id) on delete cascade,
    booster_id integer not null references users (id),
    content text not null check (length(content) between 1 and 128),
    created_at integer not null,
    unique (message_id, booster_id, content)
) strict;
create index boosts_of_booster on boosts (booster_id);

create table mentions (
    message_id integer not null references messages (id) on delete cascade,
    user_id integer not null references users (id),
    primary key (message_id, user_id)
) strict, without rowid;
create index mentions_of_user on mentions (user_id, message_id);

create table attachments (
    id integer primary key autoincrement,
    -- Null while the file is uploaded and its message is not yet posted.
    message_id integer references messages (id) on delete cascade,
    position integer not null default 0,
    storage_key text not null unique,
    filename text not null,
    content_type text not null,
    byte_size integer not null check (byte_size >= 0),
    sha256 blob,
    width integer,
    height integer,
    thumbnail_key text,
    created_at integer not null
) strict;
create index attachments_of_message on attachments (message_id, position);

create table searches (
    id integer primary key autoincrement,
    user_id integer not null references users (id),
    query text not null check (length(query) between 1 and 200),
    searched_at integer not null,
    unique (user_id, query)
) strict;

create table push_subscriptions (
    id integer primary key autoincrement,
    user_id integer not null references users (id),
    session_id integer references sessions (id) on delete set null,
    endpoint text not null unique,
    p256dh_key text not null,
    auth_key text not null,
    user_agent text not null,
    created_at integer not null,
    last_success_at integer
) strict;
create index push_subscriptions_of_user on push_subscriptions (user_id);
create index push_subscriptions_of_session on push_subscriptions (session_id) where session_id is not null;

create table webhooks (
    user_id integer primary key references users (id),
    url text not null check (length(url) > 0),
    secret text
) strict;

create table bans (
    id integer primary key autoincrement,
    user_id integer not null references users (id),
    ip_address text not null,
    created_at integer not null,
    unique (user_id, ip_address)
) strict;
create index bans_of_address on bans (ip_address);

-- Every alteration of a room gets the next number; that number is a reader's cursor.
create table changes (
    id integer primary key autoincrement,
    room_id integer not null references rooms (id) on delete cascade,
    message_id integer not null,
    kind text not null check (kind in ('posted', 'edited', 'deleted', 'boosted')),
    at integer not null
) strict;
create index changes_of_room on changes (room_id, id);

-- Work that must survive a crash: written in the transaction that caused it, claimed by a worker.
create table jobs (
    id integer primary key autoincrement,
    kind text not null,
    payload text not null check (json_valid(payload)),
    attempts integer not null default 0,
    run_at integer not null,
    -- Since when somebody works on it; null while it waits.
    claimed_at integer,
    drop_at integer not null,
    created_at integer not null
) strict;
create index jobs_due on jobs (run_at, id) where claimed_at is null;

create virtual table message_search using fts5 (
    plain_text,
    content = 'messages',
    content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
insert into message_search (message_search, rank) values ('secure-delete', 1);
