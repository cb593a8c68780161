-- Times are milliseconds since 1970, UTC. Ids are texts as the protocols show
-- them; inside, a chat is its number, given in sequence, so that what is new
-- lies together at the end of each index.

CREATE TABLE chats (
	number   INTEGER PRIMARY KEY,
	id       TEXT    NOT NULL, -- of the first contact
	instance TEXT    NOT NULL,
	version  INTEGER NOT NULL,
	started  INTEGER NOT NULL,
	ended    INTEGER,          -- NULL until it has
	queue    TEXT,             -- queue and since: while it waits and rings at nobody
	since    INTEGER,
	doc      TEXT    NOT NULL  -- contact.Chat as JSON
) STRICT;
CREATE INDEX chats_waiting ON chats (instance, since, number) WHERE since IS NOT NULL;
CREATE INDEX chats_active ON chats (instance) WHERE ended IS NULL;

-- Which chat a contact belongs to.
CREATE TABLE contacts (
	id   TEXT    PRIMARY KEY,
	chat INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Items lie in the order in which they arrived: a batch of many chats fills
-- whole pages. The narrow index finds them, and refuses a number given twice.
CREATE TABLE items (
	chat INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	body BLOB    NOT NULL  -- see codec.go
) STRICT;
CREATE UNIQUE INDEX items_place ON items (chat, seq);

CREATE TABLE receipts (
	chat        INTEGER NOT NULL,
	seq         INTEGER NOT NULL,
	participant TEXT    NOT NULL, -- who received it
	author      TEXT    NOT NULL, -- who said it
	message     BLOB    NOT NULL,
	delivered   INTEGER,
	read        INTEGER,
	PRIMARY KEY (chat, seq, participant)
) STRICT, WITHOUT ROWID;

CREATE TABLE timers (
	chat INTEGER NOT NULL,
	kind TEXT    NOT NULL,
	ref  TEXT    NOT NULL,
	due  INTEGER NOT NULL,
	PRIMARY KEY (chat, kind, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due);

CREATE TABLE agents (
	user     TEXT    PRIMARY KEY,
	instance TEXT    NOT NULL,
	version  INTEGER NOT NULL,
	routable INTEGER NOT NULL,
	doc      TEXT    NOT NULL  -- contact.Agent as JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX agents_routable ON agents (instance) WHERE routable;

-- Idempotency keys.
CREATE TABLE tokens (
	key    TEXT    PRIMARY KEY,
	answer TEXT    NOT NULL,
	at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_at ON tokens (at);

-- What an administrator keeps, an entry a row.
CREATE TABLE directory (
	instance TEXT NOT NULL,
	kind     TEXT NOT NULL,
	id       TEXT NOT NULL,
	doc      TEXT NOT NULL,  -- the entry as JSON
	PRIMARY KEY (instance, kind, id)
) STRICT;

CREATE TABLE signing_keys (
	id      INTEGER PRIMARY KEY,
	secret  BLOB    NOT NULL,
	created INTEGER NOT NULL
) STRICT;
