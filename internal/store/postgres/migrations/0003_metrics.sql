-- What figures of the past are made from. Each contact of a chat has a row that
-- follows its state, so that a report reads narrow rows and no chats.
CREATE TABLE legs (
	chat          bigint NOT NULL,
	place         bigint NOT NULL, -- in the chat, from 0
	instance      text COLLATE "C" NOT NULL,
	method        text   NOT NULL,
	initiated     bigint NOT NULL,
	queue         text   NOT NULL,
	enqueued      bigint,          -- moments are NULL until they have come
	dequeued      bigint,
	agent         text   NOT NULL,
	answered      bigint,
	after_started bigint,
	after_ended   bigint,
	disconnected  bigint,
	reason        text   NOT NULL,
	next          text   NOT NULL,
	first         text   NOT NULL, -- the id of the chat
	PRIMARY KEY (chat, place)
);
CREATE INDEX legs_over ON legs (instance, disconnected, initiated);
CREATE INDEX legs_long ON legs (instance, disconnected, initiated) WHERE disconnected - initiated > 21600000; -- six hours

-- What counts of an agent from a moment on. Number tells marks of one moment
-- apart, of one agent in the order of commits.
CREATE SEQUENCE mark_numbers;
CREATE TABLE agent_marks (
	number     bigint  PRIMARY KEY DEFAULT nextval('mark_numbers'),
	agent      text COLLATE "C" NOT NULL,
	at         bigint  NOT NULL,
	instance   text COLLATE "C" NOT NULL,
	status     text    NOT NULL,
	on_contact boolean NOT NULL,
	error      boolean NOT NULL,
	incoming   boolean NOT NULL
);
CREATE INDEX agent_marks_agent ON agent_marks (agent, at, number);
CREATE INDEX agent_marks_at ON agent_marks (instance, at, number);

-- Offers that are over.
CREATE SEQUENCE offer_numbers;
CREATE TABLE offer_ends (
	number   bigint PRIMARY KEY DEFAULT nextval('offer_numbers'),
	instance text COLLATE "C" NOT NULL,
	ended    bigint NOT NULL,
	agent    text   NOT NULL,
	contact  text   NOT NULL,
	queue    text   NOT NULL,
	offered  bigint NOT NULL,
	outcome  text   NOT NULL
);
CREATE INDEX offer_ends_at ON offer_ends (instance, ended, number);
