import { memo, useMemo, useState } from 'react';
import { Badge, Table, clockOf, type Column } from '../../ui';
import { sortQueues, urgency, type QueueKey, type QueueRow, type Sort } from './board';
import { meaning, percent, tones } from './words';

const columns: readonly Column<QueueRow>[] = [
  { id: 'name', label: 'Queue', sortable: true, cell: (q) => <strong className="board-name">{q.name}</strong> },
  { id: 'waiting', label: 'Waiting', number: true, sortable: true, tip: meaning('waiting'), cell: (q) => q.waiting },
  { id: 'oldest', label: 'Oldest', number: true, sortable: true, tip: meaning('oldest'), cell: (q) => <Oldest queue={q} /> },
  { id: 'available', label: 'Available', number: true, sortable: true, tip: meaning('available'), cell: (q) => `${q.available} of ${q.staffed}` },
  { id: 'inContact', label: 'In contact', number: true, sortable: true, tip: meaning('inContact'), cell: (q) => q.inContact },
  { id: 'handled', label: 'Handled', number: true, sortable: true, tip: meaning('handled'), cell: (q) => q.handled },
  { id: 'abandoned', label: 'Abandoned', number: true, sortable: true, tip: meaning('abandoned'), cell: (q) => q.abandoned },
  { id: 'serviceLevel', label: 'Service level', number: true, sortable: true, tip: meaning('serviceLevel'), cell: (q) => percent(q.serviceLevel) },
];

/** The queues, in the order that the supervisor has chosen. */
export const Queues = memo(function Queues({ queues }: { queues: readonly QueueRow[] }) {
  const [sort, setSort] = useState<Sort<QueueKey>>({ by: 'oldest', descending: true });
  const rows = useMemo(() => sortQueues(queues, sort), [queues, sort]);
  const onSort = (id: string) => {
    const by = id as QueueKey;
    setSort((s) => (s.by === by ? { by, descending: !s.descending } : { by, descending: by !== 'name' }));
  };
  return (
    <section className="board-part" aria-label="Queues">
      <h2>Queues</h2>
      <Table caption="Figures of the queues" columns={columns} rows={rows} keyOf={(q) => q.id} sort={sort} onSort={onSort} />
    </section>
  );
});

function Oldest({ queue }: { queue: QueueRow }) {
  if (queue.oldest === null) return <span className="quiet">–</span>;
  const how = urgency(queue.oldest, queue.target);
  return (
    <span className="board-oldest">
      {how === 'well' ? null : (
        <Badge tone={tones[how]} icon={how === 'late' ? 'warning' : 'clock'}>
          {how === 'late' ? 'Late' : 'Soon'}
        </Badge>
      )}
      <span className="timer">{clockOf(queue.oldest * 1000)}</span>
    </span>
  );
}
