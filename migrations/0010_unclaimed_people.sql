-- People who were brought along from another chat and have not been here yet: whoever joins with
-- their address takes the account over.

alter table users add column unclaimed integer not null default 0 check (unclaimed in (0, 1));
