import { useState } from 'react';
import type { AgentContact } from '../../chat/agent/snapshot';
import { Avatar, Badge, Button, Icon, IconButton, TextField, Timer } from '../../ui';
import { safeAddress } from '../../ui/markdown/address';
import { useChat, useController, useDesk, useSettings } from '../app/context';
import { moment } from '../app/times';
import { wishes } from '../app/wishes';
import { isolated } from '../conversation/words';
import './customer.css';

/** Who one talks with, and what is known of them. */
export function Customer({ contact }: { contact: AgentContact }) {
  const skew = useDesk((d) => d.skew);
  const { dates } = useSettings();
  const details = useChat(contact.id)?.details ?? null;
  const description = details?.description || contact.description;
  const references = contact.references.length > 0 ? contact.references : (details?.references ?? []);
  const stretches = details?.stretches ?? [];
  return (
    <div className="about">
      <div className="about-who">
        <Avatar name={contact.customer} size="large" />
        <div>
          <h2>{contact.customer}</h2>
          <p>
            {contact.state === 'connected' &&
              (contact.customerHere ? (
                <Badge tone="good" icon="accept">
                  Here
                </Badge>
              ) : (
                <Badge tone="warn" icon="offline">
                  Has left
                </Badge>
              ))}
          </p>
        </div>
      </div>
      {description !== '' && <p>{description}</p>}

      {references.length > 0 && (
        <section aria-label="Links">
          <h3>Links</h3>
          <ul className="about-links">
            {references.map((r) => {
              const address = safeAddress(r.value);
              return (
                <li key={r.name}>
                  {address === null ? (
                    <>
                      <b>{r.name}</b> {r.value}
                    </>
                  ) : (
                    <a href={address} target="_blank" rel="noopener noreferrer">
                      <Icon name="open" size={16} /> {r.name}
                    </a>
                  )}
                </li>
              );
            })}
          </ul>
        </section>
      )}

      <Attributes contact={contact} attributes={{ ...details?.attributes, ...contact.attributes }} />

      <section aria-label="This contact">
        <h3>This contact</h3>
        <dl>
          <dt>Queue</dt>
          <dd>{contact.queue || 'None'}</dd>
          {details !== null && details.started > 0 && (
            <>
              <dt>Began</dt>
              <dd>
                {moment(details.started, dates)}
                <span className="quiet">
                  <Timer since={details.started} skew={skew} label="Open" /> ago
                </span>
              </dd>
            </>
          )}
          {details !== null && details.customerId !== '' && (
            <>
              <dt>Customer id</dt>
              <dd>{details.customerId}</dd>
            </>
          )}
          <dt>Contact id</dt>
          <dd>
            <code>{contact.id}</code>
          </dd>
        </dl>
        {stretches.length > 1 && (
          <ol className="about-stretches" aria-label="Who has had this chat">
            {stretches.map((s) => (
              <li key={s.contact}>
                {s.agent || 'No agent'} <span className="quiet">{s.queue}</span>
              </li>
            ))}
          </ol>
        )}
      </section>

      {details !== null && (
        <section aria-label="Earlier chats">
          <h3>Earlier chats</h3>
          {details.earlier.length === 0 ? (
            <p className="quiet">None that you may see.</p>
          ) : (
            <ul className="about-earlier">
              {details.earlier.map((e) => (
                <li key={e.id}>
                  <Button
                    size="small"
                    look="ghost"
                    icon="history"
                    onPress={() => wishes.dispatch({ box: 'past', contact: e.id, title: `${isolated(e.customer)}, ${moment(e.started, dates)}` })}
                  >
                    {moment(e.started, dates)}
                    {e.agent !== '' && ` · ${e.agent}`}
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
    </div>
  );
}

function Attributes({ contact, attributes }: { contact: AgentContact; attributes: Readonly<Record<string, string>> }) {
  const controller = useController();
  const [edits, setEdits] = useState<Readonly<{ key: string; value: string; added: boolean }> | null>(null);
  const editable = contact.monitor === null;
  const entries = Object.entries(attributes).sort(([a], [b]) => a.localeCompare(b));
  const save = (e: React.FormEvent) => {
    e.preventDefault();
    if (edits === null || edits.key.trim() === '') return;
    controller.setAttributes(contact, { [edits.key.trim()]: edits.value });
    setEdits(null);
  };
  const form = edits !== null && (
    <form className="about-edit" onSubmit={save} onKeyDown={(e) => e.key === 'Escape' && setEdits(null)}>
      {edits.added && <TextField label="Name" value={edits.key} onChange={(key) => setEdits({ ...edits, key })} autoFocus />}
      <TextField label={edits.added ? 'Value' : edits.key} value={edits.value} onChange={(value) => setEdits({ ...edits, value })} autoFocus={!edits.added} />
      <p>
        <Button type="submit" look="primary" size="small">
          Save
        </Button>
        <Button size="small" onPress={() => setEdits(null)}>
          Cancel
        </Button>
      </p>
    </form>
  );
  return (
    <section aria-label="Attributes">
      <h3>
        Attributes
        {editable && <IconButton label="Add an attribute" icon="add" size="small" onPress={() => setEdits({ key: '', value: '', added: true })} />}
      </h3>
      {edits?.added === true && form}
      {entries.length === 0 && edits === null && <p className="quiet">None.</p>}
      <dl>
        {entries.map(([key, value]) =>
          edits !== null && !edits.added && edits.key === key ? (
            <div key={key}>
              <dt className="unseen">{key}</dt>
              <dd>{form}</dd>
            </div>
          ) : (
            <div key={key} className="about-attribute">
              <dt>{key}</dt>
              <dd>
                {value}
                {editable && <IconButton label={`Change ${key}`} icon="edit" size="small" onPress={() => setEdits({ key, value, added: false })} />}
              </dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}
