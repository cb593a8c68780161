import { memo, useCallback, useState } from 'react';
import { Badge, Button, Dialog, EmptyState, Table, Timer, useNow, wordsOf, type Column } from '../../ui';
import { useController } from '../app/context';
import { words } from '../app/controller';
import { filterAgents, urgency, type AgentRow, type QueueRow, type WaitingRow } from './board';
import { usePoll } from './use-poll';
import { parseExplanation, reasonOf, standingOf } from './why';
import { tones } from './words';

/** So many are shown until the supervisor asks for all. */
const few = 20;

type Asked = Readonly<{ box: 'why' | 'assign'; contact: WaitingRow }>;

/** Who waits, why, and to whom they can be given. */
export const Waiting = memo(function Waiting({ waiting, queues, agents, skew, changed }: {
  waiting: readonly WaitingRow[];
  queues: readonly QueueRow[];
  agents: readonly AgentRow[];
  skew: number;
  changed(): void;
}) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [all, setAll] = useState(false);
  const targets = new Map(queues.map((q) => [q.name, q.target]));
  const columns: readonly Column<WaitingRow>[] = [
    { id: 'customer', label: 'Customer', cell: (w) => <strong className="board-name">{w.customer}</strong> },
    { id: 'queue', label: 'Queue', cell: (w) => w.queue },
    { id: 'position', label: 'Place', number: true, cell: (w) => w.position },
    { id: 'since', label: 'Waits', number: true, cell: (w) => <Waits contact={w} target={targets.get(w.queue) ?? 0} skew={skew} /> },
    { id: 'state', label: 'State', cell: (w) => (w.rings ? <Badge tone="info" icon="bell">Rings</Badge> : <Badge>In line</Badge>) },
    {
      id: 'do',
      label: 'What to do',
      cell: (w) => (
        <span className="board-acts">
          <Button size="small" icon="info" aria-label={`Why is ${w.customer} waiting?`} onPress={() => setAsked({ box: 'why', contact: w })}>
            Why?
          </Button>
          <Button size="small" icon="addPerson" isDisabled={w.rings} aria-label={`Assign ${w.customer}`} onPress={() => setAsked({ box: 'assign', contact: w })}>
            Assign
          </Button>
        </span>
      ),
    },
  ];
  const close = () => setAsked(null);
  return (
    <section className="board-part" aria-label="Waiting customers">
      <h2>
        Waiting <span className="quiet">{waiting.length}</span>
      </h2>
      {waiting.length === 0 ? (
        <EmptyState icon="accept" title="Nobody waits" />
      ) : (
        <Table caption="Customers in line" columns={columns} rows={all ? waiting : waiting.slice(0, few)} keyOf={(w) => w.id} />
      )}
      {!all && waiting.length > few && (
        <Button size="small" onPress={() => setAll(true)}>
          Show all {waiting.length}
        </Button>
      )}
      {asked?.box === 'why' && <Why contact={asked.contact} skew={skew} onClose={close} />}
      {asked?.box === 'assign' && <Assign contact={asked.contact} agents={agents} onClose={close} onDone={changed} />}
    </section>
  );
});

function Waits({ contact, target, skew }: { contact: WaitingRow; target: number; skew: number }) {
  const how = urgency((useNow() + skew - contact.since) / 1000, target);
  const clock = <Timer since={contact.since} skew={skew} label="Waits" />;
  return how === 'well' ? (
    clock
  ) : (
    <Badge tone={tones[how]} icon={how === 'late' ? 'warning' : 'clock'}>
      {clock}
    </Badge>
  );
}

function Why({ contact, skew, onClose }: { contact: WaitingRow; skew: number; onClose(): void }) {
  const controller = useController();
  const ask = useCallback(async () => parseExplanation(await controller.call('WhyWaiting', { contactId: contact.id })), [controller, contact.id]);
  const { value, problem } = usePoll(ask, 2000);
  return (
    <Dialog title={`Why is ${contact.customer} waiting?`} isOpen onClose={onClose}>
      {value === null ? (
        <p className="quiet" role="status">
          {problem ?? 'Looking…'}
        </p>
      ) : (
        <>
          <p>{standingOf(value)}</p>
          <ul className="board-reasons" aria-label="Agents">
            {value.agents.map((a) => (
              <li key={a.username}>
                <strong>{a.username}</strong>
                <span>
                  {reasonOf(a)}
                  {a.until !== null && <Until at={a.until} skew={skew} />}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

function Until({ at, skew }: { at: number; skew: number }) {
  const left = at - useNow() - skew;
  return left > 0 ? <> – for another {wordsOf(left)}</> : null;
}

function Assign({ contact, agents, onClose, onDone }: { contact: WaitingRow; agents: readonly AgentRow[]; onClose(): void; onDone(): void }) {
  const controller = useController();
  const able = filterAgents(agents, { words: '', kind: 'here' }).filter((a) => a.type !== 'offline');
  const [busy, setBusy] = useState(false);
  const give = async (agent: AgentRow) => {
    setBusy(true);
    try {
      await controller.call('AssignContact', { contactId: contact.id, username: agent.username });
      controller.toasts.show('good', `${contact.customer} goes to ${agent.name}.`);
      onDone();
      onClose();
    } catch (e) {
      controller.toasts.show('bad', words(e));
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Assign ${contact.customer}`} isOpen onClose={onClose}>
      {able.length === 0 ? (
        <p>No agent is signed in.</p>
      ) : (
        <>
          <p className="quiet">It rings there at once, whatever the agent’s status is.</p>
          <ul className="board-reasons" aria-label="Agents">
            {able.map((a) => (
              <li key={a.username}>
                <span>
                  <strong>{a.name}</strong>{' '}
                  <span className="quiet">
                    {a.state}, {a.chats.length} of {a.capacity}
                  </span>
                </span>
                <Button size="small" aria-label={`Assign to ${a.name}`} isDisabled={busy || a.chats.length >= a.capacity} onPress={() => void give(a)}>
                  {a.chats.length >= a.capacity ? 'Full' : 'Assign'}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}
