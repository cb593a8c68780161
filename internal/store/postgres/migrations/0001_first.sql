-- Times are milliseconds since 1970, UTC. Ids are texts as the protocols show
-- them, compared byte by byte whatever the database's language is; inside, a
-- chat is its number, given in sequence, so that what is new lies together at
-- the end of each index.

CREATE SEQUENCE chat_numbers;

CREATE TABLE chats (
	number   bigint PRIMARY KEY,
	id       text COLLATE "C" NOT NULL, -- of the first contact
	instance text COLLATE "C" NOT NULL,
	version  bigint NOT NULL,
	started  bigint NOT NULL,
	ended    bigint,                    -- NULL until it has
	queue    text,                      -- queue and since: while it waits and rings at nobody
	since    bigint,
	doc      text NOT NULL              -- contact.Chat as JSON
);
CREATE INDEX chats_waiting ON chats (instance, since, number) WHERE since IS NOT NULL;
CREATE INDEX chats_active ON chats (instance) WHERE ended IS NULL;

-- Which chat a contact belongs to.
CREATE TABLE contacts (
	id   text COLLATE "C" PRIMARY KEY,
	chat bigint NOT NULL
);

-- Rows lie in the order in which they arrived. The key finds them, and refuses a
-- number given twice.
CREATE TABLE items (
	chat bigint NOT NULL,
	seq  bigint NOT NULL,
	body bytea  NOT NULL, -- see package driver
	PRIMARY KEY (chat, seq)
);

CREATE TABLE receipts (
	chat        bigint NOT NULL,
	seq         bigint NOT NULL,
	participant text COLLATE "C" NOT NULL, -- who received it
	author      text   NOT NULL,           -- who said it
	message     bytea  NOT NULL,
	delivered   bigint,
	read        bigint,
	PRIMARY KEY (chat, seq, participant)
);

CREATE TABLE timers (
	chat bigint NOT NULL,
	kind text COLLATE "C" NOT NULL,
	ref  text COLLATE "C" NOT NULL,
	due  bigint NOT NULL,
	PRIMARY KEY (chat, kind, ref)
);
CREATE INDEX timers_due ON timers (due);

CREATE TABLE agents (
	id       text COLLATE "C" PRIMARY KEY, -- the user's
	instance text COLLATE "C" NOT NULL,
	version  bigint  NOT NULL,
	routable boolean NOT NULL,
	doc      text    NOT NULL              -- contact.Agent as JSON
);
CREATE INDEX agents_instance ON agents (instance, id);
CREATE INDEX agents_routable ON agents (instance, id) WHERE routable;

-- Idempotency keys. Clients make them; they hold any bytes.
CREATE TABLE tokens (
	key    bytea PRIMARY KEY,
	answer bytea  NOT NULL,
	at     bigint NOT NULL
);
CREATE INDEX tokens_at ON tokens (at);

-- What an administrator keeps, an entry a row.
CREATE TABLE directory (
	instance text COLLATE "C" NOT NULL,
	kind     text COLLATE "C" NOT NULL,
	id       text COLLATE "C" NOT NULL,
	doc      text NOT NULL, -- the entry as JSON
	PRIMARY KEY (instance, kind, id)
);

CREATE TABLE signing_keys (
	id      bigint PRIMARY KEY,
	secret  bytea  NOT NULL,
	created bigint NOT NULL
);

-- The last transaction of each process that was more than messages. By it a
-- process whose connection is lost while it commits learns what came of it.
CREATE TABLE committers (
	id     text COLLATE "C" PRIMARY KEY,
	number bigint NOT NULL,
	at     timestamptz NOT NULL
);

-- What only one process does at a time, until which moment it is somebody's.
CREATE TABLE claims (
	name   text COLLATE "C" PRIMARY KEY,
	holder text COLLATE "C" NOT NULL,
	until  timestamptz NOT NULL
);

-- When agents were last seen, by any process.
CREATE TABLE presence (
	agent text COLLATE "C" PRIMARY KEY,
	at    bigint NOT NULL
);
