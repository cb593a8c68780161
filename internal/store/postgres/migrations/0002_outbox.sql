-- What the world outside is to be told, in the order of commits. A number is
-- never given again: receivers remember the last one that they got.
CREATE TABLE outbox (
	number   bigint PRIMARY KEY,
	kind     text   NOT NULL,
	id       text   NOT NULL, -- of the event
	key      text   NOT NULL, -- the chat or agent that it is about
	instance text   NOT NULL,
	at       bigint NOT NULL,
	contact  text   NOT NULL, -- of records and transcripts, else empty
	body     bytea            -- JSON; NULL for what is composed when it is due
);

-- The last number given. Whoever adds to the outbox holds this row until the
-- commit is made, so that numbers become visible in their order.
CREATE TABLE outbox_last (
	id     bigint PRIMARY KEY,
	number bigint NOT NULL
);
INSERT INTO outbox_last (id, number) VALUES (1, 0);

-- How far each receiver has come.
CREATE TABLE outbox_positions (
	receiver text COLLATE "C" PRIMARY KEY,
	position bigint NOT NULL
);
