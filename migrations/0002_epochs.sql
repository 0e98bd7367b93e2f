-- Readers who come back are told apart by the start of the server they heard of, and learn of new names.
--
-- An epoch is one start of the server on this database. A restored copy does not know the epochs
-- that began after it was taken, and ends those it knows where it was taken: a cursor beyond that
-- is of a past that this database never had.
create table epochs (
    id integer primary key autoincrement,
    name text not null unique check (length(name) = 16),
    -- The last change number that had been given when it began.
    begins_after integer not null,
    begun_at integer not null
) strict;
delete from facts where name = 'epoch';

-- A person whose name or picture is another one alters the rooms that show it.
create table changes_anew (
    id integer primary key autoincrement,
    room_id integer not null references rooms (id) on delete cascade,
    message_id integer,
    user_id integer references users (id),
    kind text not null check (kind in ('posted', 'edited', 'deleted', 'boosted', 'renamed')),
    at integer not null,
    check ((kind = 'renamed') = (user_id is not null)),
    check ((kind = 'renamed') = (message_id is null))
) strict;
insert into changes_anew (id, room_id, message_id, kind, at)
    select id, room_id, message_id, kind, at from changes;
-- No number is given twice, not even one whose change is gone.
delete from sqlite_sequence where name = 'changes_anew';
insert into sqlite_sequence (name, seq)
    select 'changes_anew', seq from sqlite_sequence where name = 'changes';
drop table changes;
alter table changes_anew rename to changes;
create index changes_of_room on changes (room_id, id);
