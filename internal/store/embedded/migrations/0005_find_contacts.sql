-- What contacts are found by: their own id, the customer's name, and who the
-- customer is.
ALTER TABLE legs ADD COLUMN id       TEXT NOT NULL DEFAULT '';
ALTER TABLE legs ADD COLUMN name     TEXT NOT NULL DEFAULT '';
ALTER TABLE legs ADD COLUMN customer TEXT NOT NULL DEFAULT '';
UPDATE legs SET
	id = coalesce((SELECT c.doc ->> ('$.Contacts[' || place || '].ID') FROM chats c WHERE c.number = legs.chat), ''),
	name = coalesce((SELECT p.value ->> 'Name' FROM chats c, json_each(c.doc, '$.Participants') p
		WHERE c.number = legs.chat AND p.value ->> 'Role' = 'CUSTOMER' LIMIT 1), ''),
	customer = coalesce((SELECT c.doc ->> '$.CustomerID' FROM chats c WHERE c.number = legs.chat), '');
CREATE INDEX legs_new ON legs (instance, initiated, id);
CREATE INDEX legs_of_agent ON legs (instance, agent, initiated, id) WHERE agent <> '';
CREATE INDEX legs_of_customer ON legs (instance, customer, initiated, id) WHERE customer <> '';
