-- What contacts are found by: their own id, the customer's name, and who the
-- customer is.
ALTER TABLE legs
	ADD COLUMN id       text COLLATE "C" NOT NULL DEFAULT '',
	ADD COLUMN name     text NOT NULL DEFAULT '',
	ADD COLUMN customer text COLLATE "C" NOT NULL DEFAULT '';
-- A zero byte is JSON, and no text here.
UPDATE legs l SET
	id = coalesce(c.doc -> 'Contacts' -> l.place::int ->> 'ID', ''),
	name = coalesce((SELECT p ->> 'Name' FROM json_array_elements(c.doc -> 'Participants') p WHERE p ->> 'Role' = 'CUSTOMER' LIMIT 1), ''),
	customer = coalesce(c.doc ->> 'CustomerID', '')
FROM (SELECT number, replace(doc, '\u0000', '\ufffd')::json AS doc FROM chats) c WHERE c.number = l.chat;
CREATE INDEX legs_new ON legs (instance, initiated, id);
CREATE INDEX legs_of_agent ON legs (instance, agent, initiated, id) WHERE agent <> '';
CREATE INDEX legs_of_customer ON legs (instance, customer, initiated, id) WHERE customer <> '';
