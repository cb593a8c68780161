-- The routing steps of contacts that are over.
ALTER TABLE legs ADD COLUMN steps text NOT NULL DEFAULT '';

-- Flows that began, and how they ended.
CREATE SEQUENCE flow_mark_numbers;
CREATE TABLE flow_marks (
	number   bigint PRIMARY KEY DEFAULT nextval('flow_mark_numbers'),
	instance text COLLATE "C" NOT NULL,
	at       bigint NOT NULL,
	contact  text   NOT NULL,
	flow     text   NOT NULL,
	type     text   NOT NULL,
	began    bigint NOT NULL,
	outcome  text   NOT NULL -- empty at the beginning
);
CREATE INDEX flow_marks_at ON flow_marks (instance, at, number);
