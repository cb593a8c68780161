-- What the world outside is to be told, in the order of commits. A number is
-- never given again: receivers remember the last one that they got.
CREATE TABLE outbox (
	number   INTEGER PRIMARY KEY AUTOINCREMENT,
	kind     TEXT    NOT NULL,
	id       TEXT    NOT NULL, -- of the event
	key      TEXT    NOT NULL, -- the chat or agent that it is about
	instance TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	contact  TEXT    NOT NULL, -- of records and transcripts, else empty
	body     BLOB              -- JSON; NULL for what is composed when it is due
) STRICT;

-- How far each receiver has come.
CREATE TABLE outbox_positions (
	receiver TEXT    PRIMARY KEY,
	position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
