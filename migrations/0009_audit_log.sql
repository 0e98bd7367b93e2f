-- What administrators did, and the operator at the machine, for administrators to read.

create table audit_log (
    id integer primary key autoincrement,
    -- Null: the operator, at the machine.
    actor_id integer references users (id),
    deed text not null,
    -- Whom it was done to, or whose message it was.
    subject_id integer references users (id),
    -- A name as it was then, where there is nobody to be named. Never a secret, never what was said.
    detail text not null default '',
    at integer not null
) strict;
