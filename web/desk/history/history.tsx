import { useEffect, useRef, useState } from 'react';
import type { FoundContact, SearchChoices } from '../../chat/agent/records';
import { Banner, Button, EmptyState, SearchField, Select, Table, TextField, clockOf, type Option } from '../../ui';
import { useController, useDesk, useSettings } from '../app/context';
import { words } from '../app/controller';
import { moment } from '../app/times';
import { wishes } from '../app/wishes';
import { isolated } from '../conversation/words';
import { nothing, searchOf, type Wanted } from './wanted';
import './history.css';

/** Past chats: an agent's own, a supervisor's all. */
export function History() {
  const controller = useController();
  const supervisor = useDesk((d) => d.configuration.supervisor);
  const { dates } = useSettings();
  const [wanted, setWanted] = useState(nothing);
  const [found, setFound] = useState<readonly FoundContact[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const asked = useRef(0);

  const search = async (from: string | null) => {
    const mine = ++asked.current;
    setBusy(true);
    try {
      const page = await controller.search(searchOf(wanted), from);
      if (mine !== asked.current) return;
      setFound((before) => (from === null ? page.entries : [...(before ?? []), ...page.entries]));
      setNext(page.next);
      setProblem(null);
    } catch (e) {
      if (mine === asked.current) setProblem(words(e));
    } finally {
      if (mine === asked.current) setBusy(false);
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => void search(null), wanted === nothing ? 0 : 250);
    return () => clearTimeout(timer);
  }, [wanted]);

  return (
    <section className="page" aria-label="Past chats">
      <header className="page-head">
        <h1>Past chats</h1>
        <p className="quiet">{supervisor ? 'Everybody’s chats.' : 'Chats that you took part in.'}</p>
      </header>
      <div className="history-search">
        <SearchField label="Search by customer or contact id" value={wanted.words} onChange={(words) => setWanted((w) => ({ ...w, words }))} autoFocus />
        <Filters wanted={wanted} onChange={(change) => setWanted((w) => ({ ...w, ...change }))} />
      </div>
      {problem !== null && <Banner tone="bad">{problem}</Banner>}
      <p className="unseen" role="status">
        {found === null || busy ? '' : `${found.length} chats found${next === null ? '' : ', and there may be more'}`}
      </p>
      {found !== null && found.length === 0 ? (
        <EmptyState icon="history" title="No chats found">
          {next !== null ? 'There are older ones that have not been looked at yet.' : wanted === nothing ? 'Chats appear here as they come.' : 'Try another word, or ask for less.'}
        </EmptyState>
      ) : (
        found !== null && (
          <Table
            caption="Chats found"
            rows={found}
            keyOf={(c) => c.id}
            columns={[
              {
                id: 'customer',
                label: 'Customer',
                cell: (c) => (
                  <Button size="small" look="ghost" className="history-open" onPress={() => wishes.dispatch({ box: 'past', contact: c.id, title: `${isolated(c.customer)}, ${moment(c.started, dates)}` })}>
                    {c.customer}
                  </Button>
                ),
              },
              { id: 'began', label: 'Began', cell: (c) => moment(c.started, dates) },
              { id: 'took', label: 'Took', number: true, cell: (c) => (c.ended === null ? 'Going on' : clockOf(c.ended - c.started)) },
              { id: 'queue', label: 'Queue', cell: (c) => c.queue },
              { id: 'agent', label: 'Agent', cell: (c) => c.agent },
            ]}
          />
        )
      )}
      {next !== null && (
        <Button isDisabled={busy} onPress={() => void search(next)}>
          {busy ? 'Loading…' : 'More'}
        </Button>
      )}
    </section>
  );
}

/** Narrows the search: to a queue, for supervisors to an agent, and to some days. */
function Filters({ wanted, onChange }: { wanted: Wanted; onChange(change: Partial<Wanted>): void }) {
  const controller = useController();
  const [choices, setChoices] = useState<SearchChoices>({ queues: [], agents: [] });
  useEffect(() => void controller.searchChoices().then(setChoices, () => undefined), [controller]); // without them one can search still
  const queues: readonly Option<string>[] = [{ id: '', label: 'All queues' }, ...choices.queues.map((q) => ({ id: q.id, label: q.name }))];
  const agents: readonly Option<string>[] = [{ id: '', label: 'All agents' }, ...choices.agents.map((a) => ({ id: a.username, label: a.name, hint: a.username }))];
  return (
    <div className="history-filters" role="group" aria-label="Narrow the search">
      <Select label="Queue" options={queues} value={wanted.queue} onChange={(queue) => onChange({ queue })} />
      {choices.agents.length > 0 && <Select label="Agent" options={agents} value={wanted.agent} onChange={(agent) => onChange({ agent })} />}
      <TextField label="From" type="date" value={wanted.from} onChange={(from) => onChange({ from })} />
      <TextField label="Up to" type="date" value={wanted.to} onChange={(to) => onChange({ to })} />
      <Button look="ghost" icon="close" isDisabled={wanted === nothing} onPress={() => onChange(nothing)}>
        Clear
      </Button>
    </div>
  );
}
