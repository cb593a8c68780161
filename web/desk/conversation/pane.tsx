import { memo, useEffect, useState } from 'react';
import type { AgentContact } from '../../chat/agent/snapshot';
import { Avatar, Banner, Button, CopyText, EmptyState, Icon, IconButton, Menu, Timer, type MenuEntry } from '../../ui';
import { useChat, useController, useDesk, useSettings } from '../app/context';
import { standing } from '../app/state';
import { wishes } from '../app/wishes';
import { Composer } from '../composer/composer';
import { keysOf, printed } from '../shortcuts/shortcuts';
import { Lines } from './lines';
import './pane.css';

/** One chat: who it is with, what was said, and where to answer. */
export const Pane = memo(function Pane({ contact, active, onBack }: { contact: AgentContact; active: boolean; onBack(): void }) {
  const controller = useController();
  const state = standing(contact);
  return (
    <section
      className={`pane ${active ? 'active' : ''}`}
      aria-label={`Chat with ${contact.customer}`}
      data-contact={contact.id}
      tabIndex={-1}
      onFocus={() => !active && controller.select(contact.id)}
    >
      <Head contact={contact} onBack={onBack} />
      {state === 'missed' || state === 'declined' ? <Missed contact={contact} declined={state === 'declined'} /> : <Talk contact={contact} active={active} />}
    </section>
  );
});

function Head({ contact, onBack }: { contact: AgentContact; onBack(): void }) {
  const controller = useController();
  const skew = useDesk((d) => d.skew);
  const { keys: changed, shortcuts } = useSettings();
  const keys = keysOf(changed);
  const key = (k: string) => (shortcuts && k !== '' ? printed(k) : undefined);
  const state = standing(contact);
  const listens = contact.monitor?.mode === 'SILENT_MONITOR';
  const open = (box: 'transfer' | 'colleague' | 'end') => wishes.dispatch({ box, contact: contact.id });
  const entries: MenuEntry[] = [
    { id: 'transfer', label: 'Transfer…', icon: 'transfer', keys: key(keys.transfer), onAction: () => open('transfer') },
    ...(contact.multiParty ? [{ id: 'colleague', label: 'Add a colleague…', icon: 'addPerson', keys: key(keys.colleague), onAction: () => open('colleague') } as const] : []),
    { id: 'line', separator: true },
    { id: 'end', label: leaves(contact) ? 'Leave the chat…' : 'End the chat…', icon: 'end', danger: true, keys: key(keys.end), onAction: () => open('end') },
  ];
  return (
    <header className="pane-head">
      <IconButton className="pane-back" label="Back to the list" icon="back" onPress={onBack} />
      <Avatar name={contact.customer} />
      <div className="pane-who">
        <h2>{contact.customer}</h2>
        <p className="quiet">
          {contact.queue !== '' && <span>{contact.queue}</span>}
          <span>
            {state === 'after' ? 'Ended ' : 'Connected '}
            <Timer since={contact.since} skew={skew} label={state === 'after' ? 'Since the end' : 'Connected'} />
          </span>
          {contact.colleagues.filter((c) => c.state !== 'disconnected').map((c) => (
            <span key={c.id} className="pane-colleague">
              <Icon name="person" size={14} /> {c.name}
              {c.state === 'connecting' && ' (asked)'}
            </span>
          ))}
        </p>
      </div>
      {state === 'talking' && contact.monitor === null && (
        <>
          <span className="pane-wide">
            <Button size="small" icon="transfer" onPress={() => open('transfer')}>
              Transfer
            </Button>
          </span>
          <Menu label="More" trigger={<IconButton label={`More about the chat with ${contact.customer}`} icon="more" />} entries={entries} />
        </>
      )}
      {contact.monitor !== null && state === 'talking' && (
        <>
          {contact.monitor.mayBarge && (
            <Button size="small" icon={listens ? 'speak' : 'ear'} onPress={() => controller.setMonitorMode(contact, listens ? 'BARGE' : 'SILENT_MONITOR')}>
              {listens ? 'Take part' : 'Only listen'}
            </Button>
          )}
          <Button size="small" icon="end" onPress={() => controller.end(contact)}>
            Leave
          </Button>
        </>
      )}
      {state === 'after' && (
        <Button look="primary" size="small" className="pane-main-action" icon="accept" onPress={() => controller.clear(contact)}>
          Close contact
        </Button>
      )}
      <IconButton className="pane-details" label="Customer details" keys={key(keys.customer)} icon="info" onPress={() => wishes.dispatch({ box: 'customer' })} />
    </header>
  );
}

/** Reports whether the chat goes on when the agent leaves. */
export function leaves(contact: AgentContact): boolean {
  return contact.colleagues.some((c) => c.state === 'connected');
}

function Talk({ contact, active }: { contact: AgentContact; active: boolean }) {
  const controller = useController();
  const { dates } = useSettings();
  const skew = useDesk((d) => d.skew);
  const chat = useChat(contact.id);
  if (chat === undefined) return null;
  const { transcript, loading, older } = chat;
  const names = [...transcript.typing.values()].map((t) => t.name || 'Somebody');
  return (
    <>
      {contact.monitor?.mode === 'SILENT_MONITOR' && (
        <Banner tone="info" icon="ear">
          You are listening. Nobody sees you.
        </Banner>
      )}
      {loading === 'failed' && (
        <Banner tone="bad" actions={<Button size="small" icon="retry" onPress={() => controller.reload(contact)}>Try again</Button>}>
          The messages could not be read.
        </Banner>
      )}
      <Lines
        label={contact.customer}
        transcript={transcript}
        earlier={typeof older === 'string'}
        busy={loading === 'reading' || loading === 'failed'}
        onEarlier={() => void controller.more(contact)}
        announce={active}
        language={dates}
        onRetry={(p) => controller.retry(p.clientToken)}
        onDiscard={(p) => controller.discard(p.clientToken)}
        onFile={contact.state === 'connected' ? (id) => void controller.openFile(contact, id) : undefined}
      />
      <p className="pane-typing" role="status">
        {names.length > 0 && (
          <>
            <span className="dots" aria-hidden="true" /> <bdi>{names.join(' and ')}</bdi> {names.length === 1 ? 'is' : 'are'} typing…
          </>
        )}
      </p>
      {contact.state === 'connected' && contact.monitor?.mode !== 'SILENT_MONITOR' && <Composer key={contact.id} contact={contact} />}
      {contact.state === 'ended' && <Unsent contact={contact} />}
      {contact.state === 'ended' && (
        <div className="pane-after">
          <Icon name="clock" />
          <p>
            <b>After-contact work</b> <Timer since={contact.since} skew={skew} label="After-contact work" />
            <span className="quiet">Finish your notes, then close the contact. Its place is free for the next chat.</span>
          </p>
          <Button look="primary" icon="accept" onPress={() => controller.clear(contact)}>
            Close contact
          </Button>
        </div>
      )}
    </>
  );
}

/** What the agent was writing when the chat ended: it is not lost, though nobody gets it. */
function Unsent({ contact }: { contact: AgentContact }) {
  const controller = useController();
  const [words, setWords] = useState('');
  useEffect(() => setWords(controller.draft(contact.id)), [controller, contact.id]); // which the composer keeps as it goes
  if (words === '') return null;
  return (
    <div className="pane-unsent">
      <p className="quiet">You were still writing:</p>
      <CopyText label="what you were writing" text={words} />
    </div>
  );
}

function Missed({ contact, declined }: { contact: AgentContact; declined: boolean }) {
  const controller = useController();
  return (
    <EmptyState
      icon={declined ? 'decline' : 'missed'}
      title={declined ? 'You declined this chat' : 'You missed this chat'}
      actions={
        <Button look="primary" icon="accept" className="pane-main-action" onPress={() => controller.clear(contact)}>
          Clear contact
        </Button>
      }
    >
      {contact.customer} waits for the next free colleague. Clear it to take other chats.
    </EmptyState>
  );
}
