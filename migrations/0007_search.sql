-- What a message is found by is made by the program: words and stems, parts of identifiers, pairs
-- of characters for scripts without spaces, file names, and marks for room, author, files, links.
-- What was indexed is kept, as the index has to be told word by word what it is to forget. Messages
-- that are there already are indexed by a job, a little at a time and the newest first; those up to
-- the number in `search_missing_up_to` wait for it.

drop table message_search;
create table search_entries (
    -- The message's.
    id integer primary key,
    words text not null,
    parts text not null,
    marks text not null
) strict;
create virtual table message_search using fts5 (
    words,
    parts,
    marks,
    content = 'search_entries',
    content_rowid = 'id',
    tokenize = 'ascii'
);
insert into message_search (message_search, rank) values ('secure-delete', 1);

insert into facts (name, value)
    select 'search_missing_up_to', max(id) from messages having max(id) is not null;
insert into jobs (kind, payload, run_at, drop_at, created_at)
    select 'index_messages', '{"kind":"index_messages"}', 0, 9223372036854775807, 0
    from messages limit 1;
