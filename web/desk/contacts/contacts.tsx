import { memo, useMemo } from 'react';
import type { AgentContact } from '../../chat/agent/snapshot';
import { preview } from '../conversation/words';
import { Avatar, Badge, Count, Icon, Timer } from '../../ui';
import { useChat, useController, useDesk } from '../app/context';
import { lastSaid, standing, turn, unread } from '../app/state';
import { WaitBadge } from './wait';
import './contacts.css';

/** The agent's chats, oldest first, so that none moves while one looks for it. */
export function Contacts({ onOpen }: { onOpen(): void }) {
  const controller = useController();
  const snapshot = useDesk((d) => d.snapshot);
  const active = useDesk((d) => d.active);
  const panes = useDesk((d) => d.panes);
  const skew = useDesk((d) => d.skew);
  const capacity = useDesk((d) => d.configuration.capacity);
  const contacts = snapshot.contacts.filter((c) => c.state !== 'connecting');
  const open = (id: string) => {
    controller.select(id);
    onOpen();
  };
  return (
    <nav className="contacts" aria-label="Chats">
      <h2 className="contacts-head">
        Chats
        <span className="quiet">
          {contacts.length} of {capacity}
        </span>
      </h2>
      {contacts.length === 0 ? (
        <p className="contacts-none quiet">{snapshot.state.type === 'routable' ? 'None yet. The next one rings here.' : 'None.'}</p>
      ) : (
        <ul onKeyDown={moveByArrows}>
          {contacts.map((c, i) => (
            <li key={c.id}>
              <Row contact={c} number={i + 1} active={c.id === active} shown={panes.includes(c.id)} skew={skew} onOpen={open} />
            </li>
          ))}
        </ul>
      )}
    </nav>
  );
}

/** Arrow keys go from row to row, as in every list. */
function moveByArrows(e: React.KeyboardEvent<HTMLUListElement>): void {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
  const rows = [...e.currentTarget.querySelectorAll<HTMLElement>('.contact')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (step === 0 || at < 0) return;
  e.preventDefault();
  rows[at + step]?.focus();
}

type RowProps = Readonly<{ contact: AgentContact; number: number; active: boolean; shown: boolean; skew: number; onOpen(id: string): void }>;

const Row = memo(function Row({ contact, number, active, shown, skew, onOpen }: RowProps) {
  const chat = useChat(contact.id);
  const transcript = chat?.transcript;
  const last = useMemo(() => (transcript === undefined ? null : lastSaid(transcript)), [transcript]);
  const whose = useMemo(() => (transcript === undefined ? null : turn(transcript)), [transcript]);
  const state = standing(contact);
  const fresh = chat === undefined ? 0 : unread(chat);
  return (
    <button
      type="button"
      className={`contact ${active ? 'active' : ''} ${shown ? 'shown' : ''} ${state}`}
      aria-current={active ? 'true' : undefined}
      onClick={() => onOpen(contact.id)}
    >
      <Avatar name={contact.customer} />
      <span className="contact-text">
        <span className="contact-top">
          <b>{contact.customer}</b>
          {number <= 9 && (
            <span className="contact-number quiet" aria-hidden="true">
              {number}
            </span>
          )}
        </span>
        <span className="contact-last quiet">
          {transcript !== undefined && transcript.typing.size > 0 ? 'is typing…' : last === null ? contact.queue : preview(last, transcript?.me ?? '')}
        </span>
        <span className="contact-signs">
          {state === 'missed' && (
            <Badge tone="bad" icon="missed">
              Missed
            </Badge>
          )}
          {state === 'declined' && <Badge icon="decline">Declined</Badge>}
          {state === 'after' && (
            <Badge tone="info" icon="clock">
              After work <Timer since={contact.since} skew={skew} label="After-contact work" />
            </Badge>
          )}
          {state === 'talking' && (
            <>
              {whose !== null && <WaitBadge waiting={whose.waiting} since={whose.since} skew={skew} />}
              <span className="contact-age quiet" title="Time since you took the chat">
                <Icon name="chat" size={14} />
                <Timer since={contact.since} skew={skew} label="Connected" />
              </span>
              {contact.monitor !== null && (
                <Badge tone="accent" icon="ear">
                  {contact.monitor.mode === 'BARGE' ? 'Taking part' : 'Listening'}
                </Badge>
              )}
            </>
          )}
        </span>
      </span>
      <Count value={fresh} label="unread" />
    </button>
  );
});
