/** @jsxImportSource preact */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { demoConfig, type DemoConfig } from '../../chat/service';
import { Conversation } from '../parts/conversation';
import { Store } from '../../chat/store';
import { Controller } from './controller';
import { atTheDoor, over, reduce, type Visit } from './visit';
import '../base.css';

let config: Promise<DemoConfig> | null = null;
let draft = '';

const store = new Store(reduce, atTheDoor);
const controller = new Controller(
  store,
  () => (config ??= demoConfig()),
  (words) => {
    draft = words;
    show();
  },
);
const root = document.getElementById('root');

function show(): void {
  if (root !== null) render(<Page visit={store.state} />, root);
}

function Page({ visit }: { visit: Visit }) {
  return (
    <div class="page">
      <header aria-label="Customer">
        <h1 class="grow">
          Customer
          <small>{visit.at === 'chat' ? `Chatting as ${visit.name}` : 'Unmodified ChatJS'}</small>
        </h1>
        {visit.at === 'chat' &&
          (over(visit) ? (
            <button type="button" onClick={() => controller.again()}>
              Start again
            </button>
          ) : (
            <button type="button" class="quiet" disabled={visit.leaving} onClick={() => void controller.leave()}>
              End chat
            </button>
          ))}
      </header>
      <p class="banner" role="status">
        {visit.at === 'chat' ? banner(visit) : ''}
      </p>
      <main aria-label="Customer">{visit.at === 'door' ? <Door problem={visit.problem} busy={visit.busy} /> : <Chat visit={visit} />}</main>
    </div>
  );
}

function Door(props: { problem: string | null; busy: boolean }) {
  const [name, setName] = useState('Ada');
  return (
    <form
      class="door"
      onSubmit={(e) => {
        e.preventDefault();
        void controller.start(name.trim());
      }}
    >
      <p class="lead">Start a chat as a customer would on a web site.</p>
      <div class="field">
        <label for="name">Your name</label>
        <input id="name" required maxLength={256} autocomplete="name" value={name} onInput={(e) => setName(e.currentTarget.value)} />
      </div>
      <button type="submit" disabled={props.busy || name.trim() === ''}>
        {props.busy ? 'Starting…' : 'Start chat'}
      </button>
      <div role="alert">{props.problem !== null && <p class="problem">{props.problem}</p>}</div>
    </form>
  );
}

function Chat({ visit }: { visit: Extract<Visit, { at: 'chat' }> }) {
  useEffect(() => {
    const timer = setInterval(() => store.dispatch({ type: 'transcript', event: { type: 'tick', now: Date.now() } }), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Conversation
      label="Your chat"
      transcript={visit.transcript}
      draft={draft}
      closed={over(visit) ? (visit.transcript.ended ? 'The chat has ended.' : 'The connection cannot be restored.') : null}
      actions={controller}
    />
  );
}

function banner(visit: Extract<Visit, { at: 'chat' }>): string {
  if (visit.transcript.ended) return '';
  if (visit.problem !== null) return visit.problem;
  switch (visit.line) {
    case 'connecting':
      return 'Connecting…';
    case 'lost':
      return 'Connection lost. Reconnecting…';
    case 'broken':
      return 'Connection lost for good.';
    case 'open':
      return '';
  }
}

store.watch(show);
show();
void controller.resume();
