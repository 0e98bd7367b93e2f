-- What the programs behind bots are told, and the chains in which bots answer each other.

-- What a bot wrote soon after it was told of something belongs to the chain that this began: the
-- message of a person, or of a bot that nobody had addressed.
alter table messages add column bot_chain_id integer;
create index messages_of_bot_chain on messages (bot_chain_id) where bot_chain_id is not null;

-- A row is written with the message that causes it, waits here until the bot's program has heard
-- of it, and stays for a day, so that administrators see what became of it.
create table webhook_deliveries (
    id integer primary key autoincrement,
    bot_id integer not null references users (id),
    room_id integer not null,
    -- Null for a test event. What is sent is read when it is sent, so nothing deleted is.
    message_id integer,
    -- Who asked for a test event.
    requester_id integer references users (id),
    chain_id integer not null,
    -- How many bot answers lie between the message and what a person wrote.
    bot_hops integer not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'delivered', 'failed', 'dropped')),
    attempts integer not null default 0,
    -- Not before then; of a settled one, when it was last due.
    run_at integer not null,
    attempted_at integer,
    settled_at integer,
    -- What the program answered last.
    http_status integer,
    -- What became of it, in a sentence.
    outcome text,
    created_at integer not null
) strict;
create index deliveries_of_bot on webhook_deliveries (bot_id, id);
create index waiting_deliveries on webhook_deliveries (bot_id, run_at, id) where state = 'waiting';
create index deliveries_of_chain on webhook_deliveries (chain_id);
create index attempted_deliveries on webhook_deliveries (bot_id, attempted_at)
    where attempted_at is not null;
create index deliveries_by_age on webhook_deliveries (created_at);
