import { useEffect, useRef, useState } from 'react';
import type { FoundContact } from '../../chat/agent/records';
import { Banner, Button, EmptyState, SearchField, Table, clockOf } from '../../ui';
import { useController, useDesk, useSettings } from '../app/context';
import { words } from '../app/controller';
import { moment } from '../app/times';
import { wishes } from '../app/wishes';
import './history.css';

/** Past chats: an agent's own, a supervisor's all. */
export function History() {
  const controller = useController();
  const supervisor = useDesk((d) => d.configuration.supervisor);
  const { dates } = useSettings();
  const [wanted, setWanted] = useState('');
  const [found, setFound] = useState<readonly FoundContact[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const asked = useRef(0);

  const search = async (text: string, from: string | null) => {
    const mine = ++asked.current;
    setBusy(true);
    try {
      const page = await controller.search(text === '' ? { text: '' } : { text }, from);
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
    const timer = setTimeout(() => void search(wanted.trim(), null), wanted === '' ? 0 : 250);
    return () => clearTimeout(timer);
  }, [wanted]);

  return (
    <section className="page" aria-label="Past chats">
      <header className="page-head">
        <h1>Past chats</h1>
        <p className="quiet">{supervisor ? 'Everybody’s chats.' : 'Chats that you took part in.'}</p>
      </header>
      <div className="history-search">
        <SearchField label="Search by name or words" value={wanted} onChange={setWanted} autoFocus />
      </div>
      {problem !== null && <Banner tone="bad">{problem}</Banner>}
      <p className="unseen" role="status">
        {found === null || busy ? '' : `${found.length} chats found`}
      </p>
      {found !== null && found.length === 0 ? (
        <EmptyState icon="history" title="No chats found">
          {wanted === '' ? 'Chats appear here once they have ended.' : 'Try another word, or less of it.'}
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
                  <Button size="small" look="ghost" className="history-open" onPress={() => wishes.dispatch({ box: 'past', contact: c.id, title: `${c.customer}, ${moment(c.started, dates)}` })}>
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
        <Button isDisabled={busy} onPress={() => void search(wanted.trim(), next)}>
          {busy ? 'Loading…' : 'More'}
        </Button>
      )}
    </section>
  );
}
