-- The routing steps of contacts that are over.
ALTER TABLE legs ADD COLUMN steps TEXT NOT NULL DEFAULT '';

-- Flows that began, and how they ended.
CREATE TABLE flow_marks (
	instance TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	contact  TEXT    NOT NULL,
	flow     TEXT    NOT NULL,
	type     TEXT    NOT NULL,
	began    INTEGER NOT NULL,
	outcome  TEXT    NOT NULL -- empty at the beginning
) STRICT;
CREATE INDEX flow_marks_at ON flow_marks (instance, at);
