/** @jsxImportSource preact */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ringFor, ringLeft, type AgentContact, type AgentState, type ContactState } from '../../chat/agent/snapshot';
import { demoConfig, type DemoConfig } from '../../chat/service';
import { Conversation } from '../parts/conversation';
import { Store } from '../store';
import { Controller } from './controller';
import { atTheDoor, offers, reduce, selectedContact, tabs, type Chat, type Desk } from './desk';
import '../base.css';
import './agent.css';

type Open = Extract<Desk, { at: 'desk' }>;

const store = new Store(reduce, atTheDoor);
const controller = new Controller(store);
const root = document.getElementById('root');

function show(): void {
  if (root !== null) render(<Page desk={store.state} />, root);
}

function Page({ desk }: { desk: Desk }) {
  return desk.at === 'door' ? <Door problem={desk.problem} busy={desk.busy} /> : <Desktop desk={desk} />;
}

function Door(props: { problem: string | null; busy: boolean }) {
  const [config, setConfig] = useState<DemoConfig | null>(null);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const agents = config?.agents ?? [];
  const choose = (name: string, from = agents) => {
    setUsername(name);
    setPassword(from.find((a) => a.username === name)?.password ?? '');
  };
  useEffect(() => {
    void demoConfig().then((c) => {
      setConfig(c);
      choose(c.agents[0]?.username ?? '', c.agents);
    });
  }, []);
  return (
    <div class="page">
      <header aria-label="Agent">
        <h1 class="grow">
          Agent
          <small>On the agent API</small>
        </h1>
      </header>
      <main aria-label="Agent">
        <form
          class="door"
          hidden={config === null} // what it asks for depends on it
          onSubmit={(e) => {
            e.preventDefault();
            void controller.signIn(username, password);
          }}
        >
          <p class="lead">{agents.length > 0 ? 'A development server: the seeded agents are filled in.' : 'Sign in to take chats.'}</p>
          <div class="field">
            <label for="username">User name</label>
            {agents.length > 0 ? (
              <select id="username" value={username} onChange={(e) => choose(e.currentTarget.value)}>
                {agents.map((a) => (
                  <option key={a.username}>{a.username}</option>
                ))}
              </select>
            ) : (
              <input id="username" required autocomplete="username" value={username} onInput={(e) => setUsername(e.currentTarget.value)} />
            )}
          </div>
          <div class="field">
            <label for="password">Password</label>
            <input
              id="password"
              type="password"
              required
              autocomplete="current-password"
              value={password}
              onInput={(e) => setPassword(e.currentTarget.value)}
            />
          </div>
          <button type="submit" disabled={props.busy}>
            {props.busy ? 'Signing in…' : 'Sign in'}
          </button>
          <div role="alert">{props.problem !== null && <p class="problem">{props.problem}</p>}</div>
        </form>
      </main>
    </div>
  );
}

function Desktop({ desk }: { desk: Open }) {
  return (
    <div class="page">
      <header aria-label="Agent">
        <h1 class="grow">
          {desk.configuration.name}
          <small>Agent</small>
        </h1>
        <Status desk={desk} />
        <button type="button" class="quiet" onClick={() => controller.signOut(null)}>
          Sign out
        </button>
      </header>
      <p class="banner" role="status">
        {lineInWords(desk)}
      </p>
      <div role="alert">
        {desk.problem !== null && (
          <p class="banner">
            {desk.problem}
            <button type="button" class="plain" onClick={() => store.dispatch({ type: 'problem', problem: null })}>
              Dismiss
            </button>
          </p>
        )}
      </div>
      <Offers desk={desk} />
      <main aria-label="Agent">
        <Chats desk={desk} />
      </main>
    </div>
  );
}

function Status({ desk }: { desk: Open }) {
  const { state, next } = desk.snapshot;
  return (
    <div class="status">
      <label for="status">Status</label>
      <select
        id="status"
        value={next?.arn ?? state.arn}
        onChange={(e) => {
          const chosen = desk.configuration.states.find((s) => s.arn === e.currentTarget.value);
          if (chosen !== undefined) controller.putState(chosen);
        }}
      >
        {withCurrent(desk.configuration.states, state).map((s) => (
          <option key={s.arn} value={s.arn}>
            {s.name}
          </option>
        ))}
      </select>
      {next !== null && <small role="status">{`After these chats. Now ${state.name}.`}</small>}
    </div>
  );
}

/** The server may put an agent in a state that cannot be chosen; it is shown all the same. */
function withCurrent(states: readonly AgentState[], current: AgentState): readonly AgentState[] {
  return states.some((s) => s.arn === current.arn) ? states : [current, ...states];
}

function Offers({ desk }: { desk: Open }) {
  const ringing = offers(desk);
  return (
    <section class="offers" aria-label="Incoming chats">
      <p class="visually-hidden" role="alert">
        {ringing.length === 0 ? '' : `Incoming chat from ${ringing.map((c) => c.customer).join(', ')}`}
      </p>
      {ringing.map((c) => (
        <Offer key={c.id} contact={c} left={ringLeft(c, desk.now + desk.skew)} />
      ))}
    </section>
  );
}

function Offer({ contact, left }: { contact: AgentContact; left: number }) {
  const seconds = Math.ceil(left / 1000);
  return (
    <article class="offer" aria-label={`Incoming chat from ${contact.customer}`}>
      <div class="grow">
        <h2>{contact.customer}</h2>
        <small>
          {contact.queue !== '' && `${contact.queue} · `}
          <span role="timer" aria-live="off">{`${seconds} s left to answer`}</span>
        </small>
        <progress aria-hidden="true" max={ringFor} value={left} />
      </div>
      <button type="button" onClick={() => controller.accept(contact)}>
        Accept
      </button>
      <button type="button" class="quiet" onClick={() => controller.decline(contact)}>
        Decline
      </button>
    </article>
  );
}

function Chats({ desk }: { desk: Open }) {
  const open = tabs(desk);
  const selected = selectedContact(desk);
  const chat = selected === null ? undefined : desk.chats.get(selected.id);
  if (selected === null || chat === undefined) return <p class="nothing">{emptyInWords(desk)}</p>;
  return (
    <>
      <div class="tabs" role="tablist" aria-label="Chats" onKeyDown={(e) => moveBetweenTabs(e, open, selected)}>
        {open.map((c) => (
          <Tab key={c.id} contact={c} unread={desk.chats.get(c.id)?.unread ?? 0} selected={c.id === selected.id} />
        ))}
      </div>
      <div class="panel" id="panel" role="tabpanel" aria-labelledby={`tab-${selected.id}`}>
        <Talk key={selected.id} contact={selected} chat={chat} />
      </div>
    </>
  );
}

function Tab(props: { contact: AgentContact; unread: number; selected: boolean }) {
  const { contact, unread, selected } = props;
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${contact.id}`}
      class="tab"
      aria-selected={selected}
      aria-controls="panel"
      tabIndex={selected ? 0 : -1}
      onClick={() => store.dispatch({ type: 'select', contact: contact.id })}
    >
      <span class="name">{contact.customer}</span>
      <small>{unread > 0 ? `${stateInWords(contact.state)} · ${unread} new` : stateInWords(contact.state)}</small>
    </button>
  );
}

function Talk({ contact, chat }: { contact: AgentContact; chat: Chat }) {
  return (
    <>
      <div class="about">
        <h2 class="grow">
          {contact.customer}
          {contact.queue !== '' && <small>{contact.queue}</small>}
        </h2>
        {contact.state === 'connected' ? (
          <button type="button" class="quiet" onClick={() => controller.end(contact)}>
            End chat
          </button>
        ) : (
          <button type="button" onClick={() => controller.clear(contact)}>
            Close contact
          </button>
        )}
      </div>
      <Conversation
        label={`Chat with ${contact.customer}`}
        transcript={chat.transcript}
        draft={chat.draft}
        closed={contact.state === 'connected' ? null : closedInWords(contact.state)}
        actions={{
          send: (words) => controller.send(contact, words),
          retry: (pending) => controller.retry(contact, pending),
          typing: () => controller.typing(contact),
          draft: (text) => store.dispatch({ type: 'draft', contact: contact.id, text }),
        }}
      />
    </>
  );
}

/** Arrow keys, Home and End move between tabs, as the tabs pattern asks. */
function moveBetweenTabs(e: KeyboardEvent, open: readonly AgentContact[], selected: AgentContact): void {
  const at = open.findIndex((c) => c.id === selected.id);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + open.length, Home: 0, End: open.length - 1 }[e.key];
  const contact = to === undefined ? undefined : open[to % open.length];
  if (contact === undefined) return;
  e.preventDefault();
  store.dispatch({ type: 'select', contact: contact.id });
  document.getElementById(`tab-${contact.id}`)?.focus();
}

function lineInWords(desk: Open): string {
  return desk.line === 'lost' ? 'Connection lost. Reconnecting…' : desk.line === 'connecting' ? 'Connecting…' : '';
}

function emptyInWords(desk: Open): string {
  if (offers(desk).length > 0) return 'A chat is waiting for your answer.';
  return desk.snapshot.state.type === 'routable' ? 'No chats. New ones will ring here.' : `You are ${desk.snapshot.state.name}. Choose Available to take chats.`;
}

function stateInWords(state: ContactState): string {
  switch (state) {
    case 'connecting':
      return 'Ringing';
    case 'connected':
      return 'Open';
    case 'ended':
      return 'Ended';
    case 'missed':
    case 'error':
      return 'Missed';
    case 'rejected':
      return 'Declined';
    case 'other':
      return '';
  }
}

function closedInWords(state: ContactState): string {
  return state === 'ended' ? 'The chat is over. Close the contact when your work on it is done.' : 'You did not take this chat. Close it to be free for the next one.';
}

store.watch(show);
show();
void controller.resume();
