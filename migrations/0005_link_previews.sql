-- What a page says of itself, shown under the message that links to it.

create table link_previews (
    message_id integer primary key references messages (id) on delete cascade,
    -- The address as the message links to it.
    url text not null,
    -- The address the page wants to be known by, and what is shown. Null while it is looked up.
    page_url text,
    title text,
    description text,
    -- The stored picture, written anew by this server.
    picture_key text,
    picture_width integer,
    picture_height integer,
    -- A picture of a person, shown small and round.
    portrait integer not null default 0 check (portrait in (0, 1)),
    created_at integer not null
) strict;
create index link_previews_by_picture on link_previews (picture_key) where picture_key is not null;
