import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useMemo, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { AgentState } from '../../chat/agent/snapshot';
import { Avatar, Badge, Button, Dialog, EmptyState, Icon, IconButton, Menu, SearchField, Select, Timer, type Tone } from '../../ui';
import { useController, useDesk } from '../app/context';
import { words, type Controller } from '../app/controller';
import { go } from '../app/route';
import { focusChat } from '../app/wishes';
import { filterAgents, isAfterWork, isTalking, type AgentChat, type AgentFilter, type AgentRow } from './board';

const kinds: readonly Readonly<{ id: AgentFilter['kind']; label: string }>[] = [
  { id: 'here', label: 'Signed in' },
  { id: 'available', label: 'With room' },
  { id: 'busy', label: 'With chats' },
  { id: 'away', label: 'Away' },
  { id: 'all', label: 'All' },
];

type Wanted = Readonly<{ agent: AgentRow; state: AgentState }>;

/** The agents, what they do and since when, and their chats. Only those in sight are drawn. */
export const Agents = memo(function Agents({ agents, skew, changed }: { agents: readonly AgentRow[]; skew: number; changed(): void }) {
  const controller = useController();
  const [filter, setFilter] = useState<AgentFilter>({ words: '', kind: 'here' });
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const shown = useMemo(() => filterAgents(agents, filter), [agents, filter]);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => box.current, estimateSize: () => 72, overscan: 6, getItemKey: (i) => shown[i]?.username ?? i });
  const set = async ({ agent, state }: Wanted) => {
    setWanted(null);
    try {
      await controller.call('PutUserState', { username: agent.username, agentStateARN: state.arn });
      controller.toasts.show('good', agent.chats.length === 0 ? `${agent.name} is ${state.name} now.` : `${agent.name} will be ${state.name}.`);
      changed();
    } catch (e) {
      controller.toasts.show('bad', words(e));
    }
  };
  return (
    <section className="board-part" aria-label="Agents">
      <header className="board-part-head">
        <h2>
          Agents{' '}
          <span className="quiet">
            {shown.length} of {agents.length}
          </span>
        </h2>
        <SearchField label="Find an agent or a customer" value={filter.words} onChange={(w) => setFilter((f) => ({ ...f, words: w }))} />
        <Select label="Which agents" hideLabel options={kinds} value={filter.kind} onChange={(kind) => setFilter((f) => ({ ...f, kind }))} />
      </header>
      {shown.length === 0 ? (
        <EmptyState icon="person" title="No such agent" />
      ) : (
        <div ref={box} className="board-agents">
          <ul aria-label="Agents" style={{ height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map((v) => {
              const agent = shown[v.index];
              return agent === undefined ? null : (
                <li
                  key={v.key}
                  data-index={v.index}
                  ref={rows.measureElement}
                  aria-setsize={shown.length}
                  aria-posinset={v.index + 1}
                  style={{ transform: `translateY(${v.start}px)` }}
                >
                  <Agent agent={agent} skew={skew} onSet={setWanted} />
                </li>
              );
            })}
          </ul>
        </div>
      )}
      {wanted !== null && (
        <Dialog
          title={`Set ${wanted.agent.name} to ${wanted.state.name}?`}
          alert
          size="small"
          isOpen
          onClose={() => setWanted(null)}
          actions={
            <>
              <Button onPress={() => setWanted(null)} autoFocus>
                Cancel
              </Button>
              <Button look="primary" onPress={() => void set(wanted)}>
                Set to {wanted.state.name}
              </Button>
            </>
          }
        >
          <p>{wanted.agent.chats.length === 0 ? 'It counts at once, and the agent sees it.' : 'The agent has chats. It counts once they are over.'}</p>
        </Dialog>
      )}
    </section>
  );
});

const stateTones = (agent: AgentRow): Tone => (agent.type === 'routable' ? 'good' : agent.type === 'offline' ? 'neutral' : 'warn');

const Agent = memo(function Agent({ agent, skew, onSet }: { agent: AgentRow; skew: number; onSet(wanted: Wanted): void }) {
  const states = useDesk((d) => d.configuration.states);
  return (
    <article className="board-agent" aria-label={agent.name}>
      <Avatar name={agent.name} size="small" />
      <div className="board-agent-who">
        <strong className="board-name">{agent.name}</strong>
        <span className="board-agent-state">
          <Badge tone={stateTones(agent)} icon={agent.type === 'routable' ? 'accept' : agent.type === 'offline' ? 'end' : 'clock'}>
            {agent.state}
          </Badge>
          {agent.since !== null && (
            <span className="quiet">
              <Timer since={agent.since} skew={skew} label="In this status" />
            </span>
          )}
          {agent.next !== '' && <span className="quiet">next {agent.next}</span>}
        </span>
      </div>
      <Load used={agent.chats.length} of={agent.capacity} />
      <ul className="board-chats" aria-label={`Chats of ${agent.name}`}>
        {agent.chats.map((c) => (
          <li key={c.id}>
            <Chat chat={c} agent={agent} skew={skew} />
          </li>
        ))}
      </ul>
      <Menu
        label={`Status of ${agent.name}`}
        trigger={<IconButton label={`Set the status of ${agent.name}`} icon="more" size="small" />}
        entries={states.map((s) => ({ id: s.arn, label: s.name, ...(s.name === agent.state ? { icon: 'accept' as const } : {}), onAction: () => onSet({ agent, state: s }) }))}
      />
    </article>
  );
});

/** 3 of 5: as a figure and as places taken. */
function Load({ used, of }: { used: number; of: number }) {
  return (
    <span className="board-load">
      <span>
        {used} of {of}
      </span>
      <span className="board-places" aria-hidden="true">
        {Array.from({ length: Math.min(Math.max(of, used), 10) }, (_, i) => (
          <i key={i} className={i < used ? 'taken' : ''} />
        ))}
      </span>
    </span>
  );
}

const chatStates: Readonly<Record<string, string>> = { connecting: 'rings', missed: 'missed', error: 'missed', rejected: 'declined' };

function Chat({ chat, agent, skew }: { chat: AgentChat; agent: AgentRow; skew: number }) {
  const controller = useController();
  const said = isTalking(chat) ? null : isAfterWork(chat) ? 'after-contact work' : (chatStates[chat.state] ?? chat.state);
  const inside = (
    <>
      <Icon name={isTalking(chat) ? 'chat' : isAfterWork(chat) ? 'edit' : 'bell'} size={14} />
      <span className="board-chat-name">{chat.customer}</span>
      {said !== null && <span className="quiet">{said}</span>}
      <span className="quiet">
        <Timer since={chat.since} skew={skew} label="So" />
      </span>
    </>
  );
  if (!isTalking(chat)) return <span className="board-chat">{inside}</span>;
  return (
    <Menu
      label={`Chat of ${agent.name} with ${chat.customer}`}
      trigger={
        <AriaButton className="board-chat" aria-label={`${chat.customer} in ${chat.queue}, with ${agent.name}: listen`}>
          {inside}
        </AriaButton>
      }
      entries={[
        { id: 'listen', label: 'Listen', hint: 'Nobody sees you', icon: 'ear', onAction: () => void listen(controller, chat, false) },
        { id: 'barge', label: 'Listen, and join in if need be', hint: 'Silent at first', icon: 'speak', onAction: () => void listen(controller, chat, true) },
      ]}
    />
  );
}

/** Opens the chat in the desk, to listen to. */
async function listen(controller: Controller, chat: AgentChat, mayBarge: boolean): Promise<void> {
  try {
    const id = await controller.monitor(chat.id, mayBarge);
    await arrival(controller, id);
    go('chats');
    controller.select(id);
    focusChat(id);
  } catch (e) {
    controller.toasts.show('bad', words(e));
  }
}

/** Waits until a contact is on the desk; the server tells of it on the socket. */
function arrival(controller: Controller, id: string): Promise<void> {
  const { store } = controller;
  const here = () => store.state.at === 'desk' && store.state.snapshot.contacts.some((c) => c.id === id);
  if (here()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      end();
      reject(new Error('The chat has not come to your desk. Please try again.'));
    }, 5000);
    const end = store.watch(() => {
      if (!here()) return;
      clearTimeout(late);
      end();
      resolve();
    });
  });
}
