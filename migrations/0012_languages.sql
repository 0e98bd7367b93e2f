-- The language somebody has chosen to read our pages in: a tag of RFC 5646, or none for that of
-- their browser.

alter table users add column language text;
