-- Files in messages: who sent them, what is shown of them, and how they are found by name.

-- Who sent the file; until its message is posted nobody else can name it.
alter table attachments add column uploader_id integer references users (id);
-- What is shown of a picture or a film: nothing (other files), or a small copy that is still to
-- be made, is there, or cannot be made.
alter table attachments add column preview text not null default 'none'
    check (preview in ('none', 'pending', 'ready', 'failed'));
-- A picture that moves is shown as it is; its small copy is its first frame.
alter table attachments add column animated integer not null default 0 check (animated in (0, 1));

create index attachments_of_uploader on attachments (uploader_id, byte_size);
create index attachments_by_thumbnail on attachments (thumbnail_key) where thumbnail_key is not null;
create index unposted_attachments on attachments (created_at) where message_id is null;

-- The names of a message's files, one a line, so that it is found by them.
alter table messages add column file_names text not null default '';
