-- Work that waits for other machines takes a lane of its own. The worker of each lane finds what is
-- due by this index alone, however much waits in the others.
alter table jobs add column lane text not null default 'work';
update jobs set lane = 'previews' where kind = 'make_preview';
update jobs set lane = 'look_ups' where kind = 'preview_link';
drop index jobs_due;
create index jobs_due on jobs (lane, run_at, id) where claimed_at is null;
