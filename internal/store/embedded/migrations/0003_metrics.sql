-- What figures of the past are made from. Each contact of a chat has a row that
-- follows its state, so that a report reads narrow rows and no chats.
CREATE TABLE legs (
	chat          INTEGER NOT NULL,
	place         INTEGER NOT NULL, -- in the chat, from 0
	instance      TEXT    NOT NULL,
	method        TEXT    NOT NULL,
	initiated     INTEGER NOT NULL,
	queue         TEXT    NOT NULL,
	enqueued      INTEGER,          -- moments are NULL until they have come
	dequeued      INTEGER,
	agent         TEXT    NOT NULL,
	answered      INTEGER,
	after_started INTEGER,
	after_ended   INTEGER,
	disconnected  INTEGER,
	reason        TEXT    NOT NULL,
	next          TEXT    NOT NULL,
	first         TEXT    NOT NULL, -- the id of the chat
	PRIMARY KEY (chat, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX legs_over ON legs (instance, disconnected, initiated);
CREATE INDEX legs_long ON legs (instance, disconnected, initiated) WHERE disconnected - initiated > 21600000; -- six hours

-- What counts of an agent from a moment on.
CREATE TABLE agent_marks (
	user       TEXT    NOT NULL,
	at         INTEGER NOT NULL,
	instance   TEXT    NOT NULL,
	status     TEXT    NOT NULL,
	on_contact INTEGER NOT NULL,
	error      INTEGER NOT NULL,
	incoming   INTEGER NOT NULL
) STRICT;
CREATE INDEX agent_marks_user ON agent_marks (user, at);
CREATE INDEX agent_marks_at ON agent_marks (instance, at);

-- Offers that are over.
CREATE TABLE offer_ends (
	instance TEXT    NOT NULL,
	ended    INTEGER NOT NULL,
	user     TEXT    NOT NULL,
	contact  TEXT    NOT NULL,
	queue    TEXT    NOT NULL,
	offered  INTEGER NOT NULL,
	outcome  TEXT    NOT NULL
) STRICT;
CREATE INDEX offer_ends_at ON offer_ends (instance, ended);

-- The contacts and agents that are there already. Go writes a moment that has
-- not come as the year 1.
CREATE TEMP VIEW leg AS
	SELECT c.number AS chat, c.id AS first, c.instance, k.key AS place, k.value AS doc,
		k.value ->> 'Method' AS method, k.value ->> 'Queue' AS queue, k.value ->> 'Agent' AS agent, k.value ->> 'Reason' AS reason,
		CAST(round(unixepoch(k.value ->> 'Initiated', 'subsec') * 1000) AS INTEGER) AS initiated,
		CAST(round(unixepoch(k.value ->> 'Enqueued', 'subsec') * 1000) AS INTEGER) AS enqueued,
		CAST(round(unixepoch(k.value ->> 'Dequeued', 'subsec') * 1000) AS INTEGER) AS dequeued,
		CAST(round(unixepoch(k.value ->> 'AgentConnected', 'subsec') * 1000) AS INTEGER) AS answered,
		CAST(round(unixepoch(k.value ->> 'AfterWorkStarted', 'subsec') * 1000) AS INTEGER) AS after_started,
		CAST(round(unixepoch(k.value ->> 'AfterWorkEnded', 'subsec') * 1000) AS INTEGER) AS after_ended,
		CAST(round(unixepoch(k.value ->> 'Disconnected', 'subsec') * 1000) AS INTEGER) AS disconnected,
		CAST(round(unixepoch(k.value ->> 'Transferred', 'subsec') * 1000) AS INTEGER) AS transferred
	FROM chats c, json_each(c.doc, '$.Contacts') k;
INSERT INTO legs (chat, place, instance, method, initiated, queue, enqueued, dequeued, agent, answered, after_started, after_ended,
		disconnected, reason, next, first)
	SELECT chat, place, instance, coalesce(method, ''), initiated, coalesce(queue, ''),
		iif(enqueued > 0, enqueued, NULL), iif(dequeued > 0, dequeued, NULL), coalesce(agent, ''),
		iif(answered > 0, answered, NULL), iif(after_started > 0, after_started, NULL), iif(after_ended > 0, after_ended, NULL),
		iif(disconnected > 0, disconnected, NULL), coalesce(reason, ''),
		iif(transferred > 0, 'TRANSFER', coalesce((SELECT n.value ->> 'Method' FROM chats o, json_each(o.doc, '$.Contacts') n
			WHERE o.number = leg.chat AND n.value ->> 'Previous' = leg.doc ->> 'ID'
				AND n.value ->> 'Method' IN ('QUEUE_TRANSFER', 'DISCONNECT') LIMIT 1), '')),
		first
	FROM leg;
DROP VIEW leg;
INSERT INTO agent_marks (user, at, instance, status, on_contact, error, incoming)
	SELECT user, CAST(round(unixepoch(doc ->> '$.Status.Since', 'subsec') * 1000) AS INTEGER), instance, doc ->> '$.Status.Type',
		EXISTS (SELECT 1 FROM json_each(doc, '$.Work') WHERE value ->> 'State' IN ('connected', 'ended') AND coalesce(value ->> 'Monitor', '') = ''),
		EXISTS (SELECT 1 FROM json_each(doc, '$.Work') WHERE value ->> 'State' IN ('missed', 'rejected', 'error')),
		EXISTS (SELECT 1 FROM json_each(doc, '$.Work') WHERE value ->> 'State' = 'connecting')
	FROM agents;
